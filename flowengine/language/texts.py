"""A text before anything of it is read: its line ends, and what forbids to read it at all."""

from __future__ import annotations

import re

from flowengine.diagnostics import Diagnostic, Span
from flowengine.language.problems import finding

TOO_MUCH = "FE120"
INVISIBLE = "FE125"

MOST_CHARACTERS = 512 * 1024
"""The longest file."""
MOST_COLUMNS = 20_000
"""The longest row: it is read as a whole before it can be refused for anything else."""
MOST_FINDINGS = 20
"""How many characters that nobody sees are told of one file."""

_INVISIBLE = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def prepare(text: str, file: str) -> tuple[str, list[Diagnostic]]:
    """The text without a byte order mark and with `\\n` as line ends, and the findings that forbid to read it."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        message = f"the file is longer than {MOST_CHARACTERS:,} characters"
        return text, [finding(TOO_MUCH, message, Span(file, 1, 1, 1, 1), "make several flows of it")]
    found: list[Diagnostic] = []
    # Not by a pattern, which would look at each row once for each of its columns.
    long = next((number for number, row in enumerate(text.split("\n"), 1) if len(row) > MOST_COLUMNS), None)
    if long is not None:
        message = f"the line is longer than {MOST_COLUMNS:,} characters"
        found.append(finding(TOO_MUCH, message, Span(file, long, MOST_COLUMNS + 1, long, MOST_COLUMNS + 2)))
    for match in _INVISIBLE.finditer(text):
        row = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        code = f"{ord(match[0]):04X}"
        message = f"the invisible character U+{code} may not stand in a file"
        span = Span(file, row, column, row, column + 1)
        found.append(finding(INVISIBLE, message, span, f"take it out; in a text it may be written `\\u{code}`"))
        if len(found) >= MOST_FINDINGS:
            break
    return text, found
