"""Data from outside, before anybody works with it."""

from __future__ import annotations

from typing import Any

import msgspec

DEEPEST = 32
"""Lists and objects inside each other that data from outside may have. What is made of a value, from the journal to
an expression, goes down into it by recursion, which Python ends at about a thousand levels."""


class TooDeepError(ValueError):
    """It is nested deeper than `DEEPEST`."""


_Text = bytes | bytearray | str


def decode(text: _Text) -> Any:
    """The value of a JSON text from outside.

    Raises:
        TooDeepError: it is nested deeper than `DEEPEST`.
        ValueError: it is no JSON.
    """
    try:
        value = msgspec.json.decode(text)
        deep = _may_be_deep(text) and _is_deep(value)
    except (msgspec.DecodeError, UnicodeError):
        raise ValueError("this is no JSON") from None
    except RecursionError:
        deep = True
    if deep:
        raise TooDeepError(f"this is nested deeper than {DEEPEST} levels")
    return value


def _may_be_deep(text: _Text) -> bool:
    # Counting takes a hundredth of the time that a walk through the value takes.
    if isinstance(text, str):
        return text.count("[") + text.count("{") > DEEPEST
    return text.count(b"[") + text.count(b"{") > DEEPEST


def _is_deep(value: Any) -> bool:
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for part in level:
            inner += [
                item for item in (part.values() if isinstance(part, dict) else part) if isinstance(item, list | dict)
            ]
        if not inner:
            return False
        level = inner
    return True
