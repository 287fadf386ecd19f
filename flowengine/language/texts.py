"""The text before it is parsed: what is refused at once, and where its comments and brackets are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flowengine.diagnostics import Diagnostic, Span
from flowengine.language.problems import finding
from flowengine.language.tree import Comment

MOST_BYTES = 1024 * 1024
"""The largest file, in characters."""
MOST_COLUMNS = 20_000
"""The longest line."""

_FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ud800-\udfff]")
_TOKEN = re.compile(
    r'"""(?:\{\{.*?\}\}|[^"\\]|\\.|"(?!""))*"""'
    r'|"(?!"")(?:\{\{(?:"(?:[^"\\\n]|\\.)*"|[^"}\n]|\}(?!\}))*\}\}|\{%(?:"(?:[^"\\\n]|\\.)*"|[^"%\n]|%(?!\}))*%\}|[^"\\\n]|\\[^\n])*"'
    r"|'(?:[^'\\\n]|\\[^\n])*'|\#[^\n]*|[()\[\]{}]",
    re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}


def prepare(text: str, file: str) -> tuple[str, list[Diagnostic]]:
    """The text with its line ends made `\\n` and its byte order mark taken off, and what forbids to parse it at all."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if len(text) > MOST_BYTES:
        return text, [finding("FE120", f"the file has more than {MOST_BYTES} characters", Span(file, 1, 1, 1, 1))]
    found: list[Diagnostic] = []
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MOST_COLUMNS:
            found.append(
                finding("FE120", f"the line has more than {MOST_COLUMNS} characters", Span(file, number, 1, number, 2))
            )
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip():
            column = indent.index("\t") + 1
            span = Span(file, number, column, number, len(indent) + 1)
            found.append(finding("FE102", "a tab in the indentation", span, "indent with spaces"))
        for match in _FORBIDDEN.finditer(line):
            column = match.start() + 1
            code = f"U+{ord(match[0]):04X}"
            span = Span(file, number, column, number, column + 1)
            hint = "in a text it is written `\\u" + f"{ord(match[0]):04X}`"
            found.append(finding("FE125", f"the invisible character {code} may not stand in a flow", span, hint))
            if len(found) > 20:
                return text, found
    return text, found


def comments(text: str, file: str) -> Iterator[Comment]:
    """Every comment of a text that parses."""
    line_start, line = 0, 1
    position = 0
    for match in _TOKEN.finditer(text):
        if not match[0].startswith("#"):
            continue
        line += text.count("\n", position, match.start())
        position = match.start()
        line_start = text.rfind("\n", 0, match.start()) + 1
        column = match.start() - line_start + 1
        alone = not text[line_start : match.start()].strip()
        yield Comment(match[0].rstrip(), Span(file, line, column, line, column + len(match[0].rstrip())), alone)


@dataclass(frozen=True, slots=True)
class Bracket:
    """An opening bracket and where it stands, 1-based."""

    text: str
    line: int
    column: int


def unclosed_bracket(text: str) -> Bracket | None:
    """The first bracket that nothing closes."""
    opened: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text):
        if match[0] in "([{":
            opened.append(match)
        elif match[0] in ")]}":
            if opened and opened[-1][0] == _CLOSES[match[0]]:
                opened.pop()
            elif opened:
                break
    if not opened:
        return None
    first = opened[0]
    return Bracket(first[0], text.count("\n", 0, first.start()) + 1, first.start() - text.rfind("\n", 0, first.start()))
