"""Where texts begin and end: the patterns of the grammar's `STRING`, `LONG_STRING` and `SINGLE`, for what reads a text
before the parser does, and for what looks into one.

All patterns take what they can and give nothing back, so that none of them costs more than its length.
"""

from __future__ import annotations

import re

_QUOTED = r""""(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'"""


def _hole(line_end: str) -> str:
    """`{{ … }}`, with braces inside it two deep; `line_end` is what else a hole may not hold."""
    plain = rf"""[^"'{{}}{line_end}]++"""
    inner = rf"\{{(?:{_QUOTED}|{plain})*+\}}"
    braces = rf"\{{(?:{_QUOTED}|{plain}|{inner})*+\}}"
    return rf"\{{\{{(?:{_QUOTED}|{plain}|{braces})*+\}}\}}"


def _tag(line_end: str) -> str:
    """`{% … %}`."""
    return rf"""\{{%(?:{_QUOTED}|[^"'%{line_end}]++|%(?!\}}))*+%\}}"""


def _note(line_end: str) -> str:
    """`{# … #}`."""
    return rf"\{{\#(?:[^\#{line_end}]++|\#(?!\}}))*+\#\}}"


_INSIDE = rf"""[^"\\\n{{]++|\\[^\n]|{_hole(chr(10))}|{_tag(chr(10))}|{_note(chr(10))}|\{{(?![{{%#])"""
_INSIDE_LONG = rf"""[^"\\{{]++|\\(?:.|\n)|"(?!"")|{_hole("")}|{_tag("")}|{_note("")}|\{{(?![{{%#])"""

TEXT = rf"""\"\"\"(?:{_INSIDE_LONG})*+\"\"\"|"(?!"")(?:{_INSIDE})*+"|'(?:[^'\\\n]++|\\[^\n])*+'"""
"""A whole text, in any of its three forms."""

PIECE = re.compile(rf"(?P<hole>{_hole('')})|(?P<tag>{_tag('')})|(?P<note>{_note('')})")
"""A `{{ }}`, `{% %}` or `{# #}` inside a text."""

_BEGUN = re.compile(rf'"""(?:{_INSIDE_LONG})*+|"(?:{_INSIDE})*+')
CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
"""What begins a piece, with what ends it."""


def unclosed_piece(text: str, start: int) -> tuple[int, str, str] | None:
    """The `{{`, `{%` or `{#` because of which the text that begins at `start` does not end: its place, itself, and what
    would close it. None when only the quote at the end is missing."""
    begun = _BEGUN.match(text, start)
    if begun is None:
        return None
    opener = text[begun.end() : begun.end() + 2]
    return (begun.end(), opener, CLOSERS[opener]) if opener in CLOSERS else None
