"""What an argument may be: its check of a literal at author time, its check of a value at call time, and its words.

A kind answers two questions with the same rule. `accept(value)` gives the value in the form that the verb uses or
raises `ValueError` with what was expected; `literal(expr, value)` adds what only the source can show, such as a
missing unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from flowengine.core.keys import KEYS
from flowengine.core.policy import is_number, is_sip
from flowengine.expressions.tree import Duration, Expr, Literal, Range


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of argument.

    `expected` completes the sentence "… must be EXPECTED".
    """

    name: str
    expected: str
    accept: Callable[[Any], Any]
    literal: Callable[[Expr], str | None] = lambda _: None


def _refuse(expected: str) -> ValueError:
    return ValueError(expected)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _refuse("a text")
    return str(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse("true or false")
    return value


def _unit_missing(expr: Expr) -> str | None:
    if isinstance(expr, Literal) and isinstance(expr.value, int | float) and not isinstance(expr.value, bool):
        return f"a time needs its unit: `{expr.text}s`, `{expr.text}ms` or `{expr.text}m`"
    return None


def _unit_unwanted(expr: Expr) -> str | None:
    if isinstance(expr, Duration):
        return f"a number without a unit is expected, not the time `{expr.text}`"
    return None


def duration(low: float, high: float) -> Kind:
    """A time from `low` to `high` seconds; a literal needs its unit."""
    expected = f"a time from {_spoken(low)} to {_spoken(high)}"

    def accept(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise _refuse(expected)
        return value

    return Kind("duration", expected, accept, _unit_missing)


def _spoken(seconds: float) -> str:
    if seconds and seconds % 3600 == 0:
        return f"{seconds / 3600:g}h"
    if seconds and seconds % 60 == 0:
        return f"{seconds / 60:g}m"
    return f"{seconds:g}s" if seconds >= 1 or not seconds else f"{seconds * 1000:g}ms"


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`."""
    expected = f"a whole number from {low} to {high}"

    def accept(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _refuse(expected)
        return value

    return Kind("number", expected, accept, _unit_unwanted)


def one_of(*values: str) -> Kind:
    """One of these texts."""
    expected = " or ".join(f'"{value}"' for value in values)

    def accept(value: Any) -> str:
        if value not in values:
            raise _refuse(expected)
        return str(value)

    return Kind("choice", expected, accept)


def _digits_literal(expr: Expr) -> str | None:
    if isinstance(expr, Range):
        return None if 0 <= expr.low <= expr.high else "a range runs from its smaller number to its larger one"
    return _unit_unwanted(expr)


def _digits(value: Any) -> tuple[int, int]:
    expected = "a count of digits from 1 to 64, or a range such as `4..8`"
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 64:
        return (value, value)
    if (
        isinstance(value, list)
        and value
        and all(isinstance(n, int) for n in value)
        and 0 <= value[0] <= value[-1] <= 64
    ):
        if value[-1] < 1:
            raise _refuse(expected)
        return (value[0], value[-1])
    raise _refuse(expected)


def _finish(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1 or not KEYS.issuperset(value):
        raise _refuse('one key such as "#" or "*", or "" for none')
    return value


def _key(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) != 1 or value not in KEYS:
        raise _refuse('one key: a digit, "*" or "#"')
    return value


def _dtmf(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        value = str(value)
    if not isinstance(value, str) or not value or re.fullmatch(r"[0-9*#A-DwW]{1,64}", value, re.ASCII) is None:
        raise _refuse('keys to play: digits, "*", "#", and "w" for half a second of waiting')
    return value.replace("W", "w")


def _language(value: Any) -> str:
    expected = 'a language such as "en-US" or "de"'
    if not isinstance(value, str) or re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value, re.ASCII) is None:
        raise _refuse(expected)
    try:
        Locale.parse(value, sep="-")
    except (UnknownLocaleError, ValueError):
        raise _refuse(f"{expected}; no language `{value}` is known") from None
    return value


def _number(value: Any) -> str:
    if not isinstance(value, str) or not is_number(value):
        raise _refuse('a phone number in E.164 form, such as "+15551230000"')
    return value


def _target(value: Any) -> str:
    if isinstance(value, str) and (
        is_number(value) or is_sip(value) or (value.startswith("queue:") and len(value) > 6)
    ):
        return value
    raise _refuse(
        'a phone number such as "+15551230000", a SIP address such as "sip:ada@acme.example", or "queue:NAME"'
    )


def _targets(value: Any) -> str | list[str]:
    if isinstance(value, list):
        if not value or len(value) > 50:
            raise _refuse("a list of 1 to 50 numbers")
        return [_target(item) for item in value]
    return _target(value)


def _url(value: Any) -> str:
    expected = "an http or https URL"
    if not isinstance(value, str) or any(c <= " " or c == "\x7f" for c in value):
        raise _refuse(expected)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise _refuse(expected) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refuse(expected)
    return value


def _source(value: Any) -> str:
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return _url(value)
    return _file(value, "an audio file under the project's audio folder, or an http(s) URL")


def _file(value: Any, expected: str = "an audio file under the project's audio folder") -> str:
    if not isinstance(value, str) or not value or "\\" in value or "\0" in value or "://" in value:
        raise _refuse(expected)
    parts = value.split("/")
    if value.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise _refuse(expected)
    return value


def _hints(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    raise _refuse("a list of words to expect, or a text with commas between them")


def _mapping(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _refuse("a dict of names and values")
    return {key: _text(item) for key, item in value.items()}


def _headers(value: Any) -> dict[str, str]:
    headers = _mapping(value)
    for name, text in headers.items():
        if re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name, re.ASCII) is None or any(c in text for c in "\r\n\0"):
            raise _refuse("a dict of HTTP header names and values")
    return headers


def _name_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 128 or not value.isprintable():
        raise _refuse("a name of 1 to 128 printable characters")
    return value


TEXT = Kind("text", "a text", _text)
NAMED = Kind("name", "a name of 1 to 128 printable characters", _name_text)
BOOLEAN = Kind("boolean", "true or false", _boolean)
DIGITS = Kind("digits", "a count of digits, or a range such as `4..8`", _digits, _digits_literal)
FINISH = Kind("finish", 'one key such as "#", or "" for none', _finish)
KEY = Kind("key", 'one key: a digit, "*" or "#"', _key)
DTMF = Kind("dtmf", "keys to play", _dtmf)
LANGUAGE = Kind("language", 'a language such as "en-US"', _language)
NUMBER = Kind("phone", "a phone number in E.164 form", _number)
TARGETS = Kind("targets", "a number, a SIP address, or a list of them", _targets)
URL = Kind("url", "an http or https URL", _url)
FILE = Kind("file", "an audio file of the project", _file)
SOURCE = Kind("source", "an audio file or URL", _source)
HINTS = Kind("hints", "a list of words", _hints)
MAPPING = Kind("mapping", "a dict of names and values", _mapping)
HEADERS = Kind("headers", "a dict of HTTP headers", _headers)
VALUE = Kind("value", "any value", lambda value: value)
CONDITION = Kind("condition", "a condition", lambda value: value)
"""A condition is kept as an expression and evaluated by the verb, not once on entry."""
