"""Bounds on what an expression may make: a flow is never stopped by a number that a caller typed."""

from __future__ import annotations

import re
from typing import Any

from flowengine.expressions.errors import BudgetExceeded, ExpressionError

MOST_BITS = 4_096
"""The largest whole number, in bits."""
MOST_ITEMS = 10_000
"""The longest list that an expression may make, and the most rounds of all loops of one template."""

_WIDTH = re.compile(r"%[^a-zA-Z%]*(\*|[0-9]{4,})")


def bounded(value: Any, limit: int) -> Any:
    """The value, when it is not too large. Raises BudgetExceeded."""
    if isinstance(value, str):
        if len(value) > limit:
            raise BudgetExceeded(f"a text of {len(value)} characters is longer than the limit of {limit}")
    elif isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise BudgetExceeded("a number is too large")
    elif isinstance(value, list) and len(value) > MOST_ITEMS:
        raise BudgetExceeded(f"a list of {len(value)} items is longer than the limit of {MOST_ITEMS}")
    return value


def product(left: Any, right: Any, limit: int) -> Any:
    """`left * right`."""
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list) and isinstance(times, int):
            if len(many) * times > (limit if isinstance(many, str) else MOST_ITEMS):
                raise BudgetExceeded("the product is too long")
            return many * times
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MOST_BITS:
        raise BudgetExceeded("a number is too large")
    return left * right


def remainder(left: Any, right: Any, limit: int) -> Any:
    """`left % right`; of a text it is formatting, whose widths are bounded."""
    if isinstance(left, str):
        if _WIDTH.search(left):
            raise BudgetExceeded("the width of a format is too large")
        return bounded(left % (tuple(right) if isinstance(right, list) else right), limit)
    return left % right


def arguments(values: list[Any]) -> None:
    """Refuse numbers that only serve to make a filter's result enormous. Raises BudgetExceeded."""
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MOST_ITEMS:
            raise BudgetExceeded(f"{value} is too large an argument for a filter")


def spread(low: Any, high: Any = None, step: Any = 1) -> list[int]:
    """The function `range`, as a list."""
    if high is None:
        low, high = 0, low
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in (low, high, step)) or step == 0:
        raise ExpressionError("`range` takes whole numbers, and a step that is not 0")
    numbers = range(low, high, step)
    if abs(high - low) // abs(step) > MOST_ITEMS:
        raise BudgetExceeded("the range is too long")
    return list(numbers)
