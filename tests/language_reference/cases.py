"""Cases of the checker: small flows whose lines say which findings they must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = "flow sample:\n    on failed:\n        hangup\n\nstart:\n"
"""What a case begins with that is only the body of a step."""

FILE = "--- "
"""A line that begins so names the file whose text follows; what stands before the first one is `sample.flow`."""

MARK = "  <<< "


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that a line must have: a code or its group (`FE2`), and the severity."""

    file: str
    line: int
    group: str
    severity: str


@dataclass(frozen=True, slots=True)
class Case:
    """A small project, as it is checked, and what must be found in it. `files` are texts by name."""

    name: str
    files: dict[str, str]
    expected: tuple[Expected, ...]


def read_cases(path: Path) -> list[Case]:
    """The cases of a `.cases` file.

    Each begins with `=== name`; `<<< FE2` or `<<< FE4 warning` ends a line that has such a finding.
    """
    return [_case(*part.split("\n", 1)) for part in path.read_text("utf-8").split("\n=== ")[1:]]


def _case(name: str, body: str) -> Case:
    files: dict[str, str] = {}
    expected: list[Expected] = []
    for file, marked in _files(body.rstrip("\n") + "\n"):
        lines = []
        for number, line in enumerate(marked.split("\n"), 1):
            text, mark, findings = line.partition(MARK)
            lines.append(text)
            expected += [_expected(file, number, finding) for finding in findings.split(",") if mark]
        files[file] = "\n".join(lines)
    return Case(name, files, tuple(expected))


def _files(body: str) -> Iterator[tuple[str, str]]:
    first, *others = ("\n" + body).split(f"\n{FILE}")
    if first.strip():
        text = first.removeprefix("\n")
        yield "sample.flow", HEAD + text if text.startswith(" ") else text
    for part in others:
        file, _, text = part.partition("\n")
        yield file, text


def _expected(file: str, line: int, finding: str) -> Expected:
    group, _, severity = finding.strip().partition(" ")
    return Expected(file, line, group, severity or "error")
