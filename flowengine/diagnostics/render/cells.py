"""How wide a text is in a terminal, and what of it is safe to show there."""

from __future__ import annotations

import unicodedata

_TAB = "    "
_CONTROL_PICTURES = 0x2400
_DELETE = 0x7F


def visible(text: str) -> str:
    """The text as it can be shown: tabs as four spaces, and what is invisible or steers a terminal as a visible sign.

    A file under check is not to be trusted: an escape sequence in it would be obeyed by the terminal, and a
    right-to-left override would show a line in another order than it is read.
    """
    return "".join(_shown(character) for character in text)


def width(text: str) -> int:
    """The cells that `text` takes in a terminal, once shown: 2 for an East Asian wide character, 0 for an accent."""
    return sum(_cells(character) for character in visible(text))


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    code = ord(character)
    if code < ord(" "):
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return "\u2421"
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
