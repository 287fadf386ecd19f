"""Small projects as texts, with the findings that they must have written into them: `«FE204:godbye»`."""

from __future__ import annotations

import re
from pathlib import Path

from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.sources import CONFIG_FILE, Sources

_MARK = re.compile(r"«(FE\d{3}(?:,FE\d{3})*):([^«»]*)»")
_FLOW = re.compile(r"^\s*flow[ \t]+(\w+)", re.MULTILINE)

Place = tuple[str, str, int, int, str]
"""Code, file, line, column, and the text that is underlined."""

HANDLED = """\
flow reception:
    on failed -> goodbye

start:
{}

goodbye:
    say "Goodbye."
    hangup
"""
"""A flow around the body of its first step, where nothing else is wrong."""


def unmarked(text: str, file: str) -> tuple[str, list[Place]]:
    """The text without its marks, and the findings that they ask for."""
    expected: list[Place] = []
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        while (mark := _MARK.search(line)) is not None:
            expected += [(code, file, number, mark.start() + 1, mark[2]) for code in mark[1].split(",")]
            line = line[: mark.start()] + mark[2] + line[mark.end() :]
        lines.append(line)
    return "\n".join(lines), expected


def file_name(text: str, number: int) -> str:
    """The file of a flow: named by it, and by a number where two have one name."""
    named = _FLOW.search(unmarked(text, "")[0])
    return f"flows/{named[1] if named else 'flow'}{number or ''}.flow"


def project(*flows: str, toml: str | None = None, calls: str | None = None, audio: tuple[str, ...] = ()) -> Build:
    """The project of these texts, built."""
    files: dict[str, str] = {}
    for text in flows:
        number = 0
        while file_name(text, number) in files:
            number += 1
        files[file_name(text, number)] = text
    scripts = {} if calls is None else {"test.call": calls}
    return build_sources(Sources(Path("project"), toml, files, scripts, frozenset(audio)))


def findings(
    *flows: str, toml: str | None = None, calls: str | None = None, audio: tuple[str, ...] = ()
) -> tuple[list[Place], list[Place]]:
    """What a check finds in a marked project, and what the marks ask for, both in order."""
    expected: list[Place] = []
    clean: list[str] = []
    names: set[str] = set()
    for text in flows:
        number = 0
        while file_name(text, number) in names:
            number += 1
        names.add(file_name(text, number))
        plain, wanted = unmarked(text, file_name(text, number))
        clean.append(plain)
        expected += wanted
    if toml is not None:
        toml, wanted = unmarked(toml, CONFIG_FILE)
        expected += wanted
    built = project(*clean, toml=toml, calls=calls, audio=audio)
    found: list[Place] = []
    for finding in built.diagnostics:
        span = finding.span
        text = built.sources.texts[span.file].split("\n")[span.line - 1]
        end = span.end_column - 1 if span.end_line == span.line else len(text)
        found.append((finding.code, span.file, span.line, span.column, text[span.column - 1 : end]))
    return sorted(found), sorted(expected)
