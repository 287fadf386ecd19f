"""Values: what JSON can hold, how they read in a text, and when two of them are the same choice."""

from __future__ import annotations

from typing import Any

from flowengine.expressions.errors import BudgetExceeded

Value = Any
"""None, a bool, an int, a float, a str, or a list or dict (with text keys) of these. No value is changed in place."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()
"""What stands for "no value": of a name that is not there, and of an expression that is not constant."""


def kind_of(value: Value) -> str:
    """The kind of a value in plain words, for messages: `a text`, `a number`, `none` …"""
    match value:
        case None:
            return "none"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a dict"
    return "nothing"


def in_text(value: Any) -> Any:
    """A value as it is put into a text: none is empty, and truth is written as the language writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def text_of(value: Value, limit: int) -> str:
    """The text of a value of any kind.

    Raises:
        BudgetExceeded: a list or dict whose text would be longer than `limit` characters.
    """
    if type(value) is str:
        return value
    if isinstance(value, list | dict):
        # Weighed first: a list may hold one long text a thousand times without taking more room than once.
        if weight(value, limit) > limit:
            raise BudgetExceeded(f"the text of {kind_of(value)} is longer than {limit} characters")
        return str(value)
    return str(in_text(value))


def weight(value: Value, most: int) -> int:
    """About how large a value is: characters of its texts and number of its items, at all depths.

    Counting ends soon after `most` is passed, so that a value which holds itself a million times costs no more.
    """
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | dict):
        return 1
    total = 0
    open_values: list[list[Value] | dict[str, Value]] = [value]
    while open_values:
        current = open_values.pop()
        total += len(current) + 1
        if isinstance(current, dict):
            total += sum(map(len, current))
            current = list(current.values())
        if total > most:
            return total
        for item in current:
            if item.__class__ is str:
                total += len(item)
            elif item.__class__ is list or item.__class__ is dict:
                open_values.append(item)
    return total


def loosely_equal(value: Value, candidate: Value | range) -> bool:
    """Whether `when candidate` fits `value`: `1` also equals the text "1", and a range is each of its numbers."""
    if isinstance(candidate, range):
        if isinstance(value, str):
            # A limit on the length: Python refuses to read numbers of thousands of digits.
            plain = len(value) < 20 and value.isascii() and value.isdigit()
            return plain and str(int(value)) == value and int(value) in candidate
        return isinstance(value, int | float) and not isinstance(value, bool) and value in candidate
    if isinstance(value, bool) or isinstance(candidate, bool):
        return value is candidate
    if isinstance(value, str) and isinstance(candidate, int | float):
        return value == str(candidate)
    if isinstance(candidate, str) and isinstance(value, int | float):
        return candidate == str(value)
    return bool(value == candidate)
