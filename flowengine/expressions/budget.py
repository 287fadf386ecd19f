"""Bounds on what an expression may make: a call is never kept waiting by a number that a caller typed."""

from __future__ import annotations

from math import isfinite
from typing import Any

from flowengine.expressions.errors import BudgetExceeded, ExpressionError
from flowengine.expressions.values import Value, kind_of, weight

MOST_BITS = 4_096
"""The largest whole number, in bits."""
MOST_ITEMS = 10_000
"""The longest list that an expression may make."""
MOST_WEIGHT = 100_000
"""The largest value that a filter takes or gives, in characters and items."""
MOST_WIDTH = 999
"""The widest field that a `%` format may ask for, in characters."""


def bounded(value: Value, text_limit: int) -> Value:
    """The value, when it is not too large.

    Raises:
        BudgetExceeded: a text longer than `text_limit`, a number or a list that is too large.
        ExpressionError: a number that is none: infinity, or what remains of dividing it.
    """
    if isinstance(value, str):
        if len(value) > text_limit:
            raise BudgetExceeded(f"a text of {len(value)} characters is longer than the limit of {text_limit}")
    elif isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise BudgetExceeded("the number is too large")
    elif isinstance(value, float):
        if not isfinite(value):
            raise ExpressionError("the result is not a number that can be kept")
    elif isinstance(value, list | dict) and weight(value, MOST_WEIGHT) > MOST_WEIGHT:
        raise BudgetExceeded(f"{kind_of(value)} with {len(value)} items is too large")
    return value


def product(left: Any, right: Any, text_limit: int) -> Any:
    """`left * right`.

    Raises:
        BudgetExceeded: it would be too large, which is known before it is made.
    """
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str) and isinstance(times, int):
            if len(many) * times > text_limit:
                raise BudgetExceeded(f"a text of {len(many) * times} characters is longer than {text_limit}")
        elif isinstance(many, list) and isinstance(times, int) and _too_large(many, times):
            raise BudgetExceeded("the list is too large")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MOST_BITS + 1:
        raise BudgetExceeded("the number is too large")
    return left * right


def _too_large(items: list[Value], times: int) -> bool:
    return len(items) * times > MOST_ITEMS or weight(items, MOST_WEIGHT) * times > MOST_WEIGHT


def remainder(left: Any, right: Any, text_limit: int) -> Any:
    """`left % right`; of a text it is formatting, whose fields are bounded.

    Raises:
        BudgetExceeded: the text would be too large.
    """
    if isinstance(left, str):
        fields = format_fields(left)
        if fields * weight(right, text_limit) > 50 * text_limit:
            raise BudgetExceeded("the text of this format is too long")
    return left % right


def format_fields(text: str) -> int:
    """How many fields a `%` format has.

    Raises:
        BudgetExceeded: one of them is wider than MOST_WIDTH, or takes its width from an argument.
    """
    fields = 0
    place = text.find("%")
    while place >= 0:
        fields += 1
        place = _after_key(text, place + 1)
        start = place
        while place < len(text) and text[place] in "#0- +.*0123456789":
            place += 1
        if "*" in text[start:place] or any(int(width) > MOST_WIDTH for width in _numbers(text[start:place])):
            raise BudgetExceeded(f"a field of a format is at most {MOST_WIDTH} characters wide")
        place = text.find("%", place + 1)
    return fields


def _after_key(text: str, place: int) -> int:
    """The place after the `(key)` of a field, whose brackets may be nested."""
    depth = 0
    for at in range(place, len(text)):
        if text[at] == "(":
            depth += 1
        elif depth == 0:
            return at
        elif text[at] == ")":
            depth -= 1
    return len(text)


def _numbers(flags: str) -> list[str]:
    # The width is cut: what counts is that it is too large, not by how much.
    words = "".join(character if character.isdigit() else " " for character in flags).split()
    return [word.lstrip("0")[:6] or "0" for word in words]


def spread(*numbers: Any) -> list[int]:
    """The function `range`: the whole numbers from 0, or from the first argument, up to but without the next.

    Raises:
        ExpressionError: an argument is not a whole number, or the step is 0.
        BudgetExceeded: there are too many.
    """
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int):
            raise ExpressionError(f"`range` takes whole numbers, not {kind_of(number)}")
    if len(numbers) == 3 and numbers[2] == 0:
        raise ExpressionError("the step of `range` cannot be 0")
    found = range(*numbers)
    # Not `len`, which fails on what does not fit a machine word; one item past the limit says as much.
    if found[MOST_ITEMS : MOST_ITEMS + 1]:
        raise BudgetExceeded(f"`range` gives at most {MOST_ITEMS} numbers")
    return list(found)
