"""Operators on values: arithmetic within bounds, comparisons, and what they refuse in plain words."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from flowengine.diagnostics import Span
from flowengine.expressions import budget
from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.scope import Scope, work_of
from flowengine.expressions.values import Value, kind_of, text_of

_SMALL = 2**62
"""Whole numbers below it need no look at their size."""

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "/": operator.truediv,
    "//": operator.floordiv,
}
"""Operators whose result is not much larger than their operands."""

GROWING: dict[str, Callable[[Any, Any, int], Any]] = {"*": budget.product, "%": budget.remainder}
"""Operators that look at their operands first."""

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, of: item in of,
    "not in": lambda item, of: item not in of,
}


def calculate(sign: str, left: Value, right: Value, scope: Scope, span: Span) -> Value:
    """`left sign right` for every operator but `and`, `or` and `~`.

    Raises:
        ExpressionError: the operands do not fit the operator; BudgetExceeded: the result would be too large.
    """
    try:
        if scope.meter is not None:
            scope.meter.charge(work_of(left) + work_of(right))
        growing = GROWING.get(sign)
        found = ARITHMETIC[sign](left, right) if growing is None else growing(left, right, scope.text_limit)
        if type(found) is int and -_SMALL < found < _SMALL:
            return found
        return budget.bounded(found, scope.text_limit)
    except ZeroDivisionError:
        raise ExpressionError("a division by zero", span) from None
    except ExpressionError as error:
        error.locate(span)
        raise
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise ExpressionError(f"{kind_of(left)} `{sign}` {kind_of(right)} cannot be computed", span) from error


def join(left: Value, right: Value, scope: Scope, span: Span) -> str:
    """`left ~ right`.

    Raises:
        BudgetExceeded: the text would be too long.
    """
    try:
        text = text_of(left, scope.text_limit) + text_of(right, scope.text_limit)
        budget.bounded(text, scope.text_limit)
    except ExpressionError as error:
        error.locate(span)
        raise
    return text


def incomparable(sign: str, left: Value, right: Value, span: Span) -> ExpressionError:
    """The error of a comparison that Python refuses."""
    return ExpressionError(f"{kind_of(left)} `{sign}` {kind_of(right)} cannot be compared", span)


def charge_comparison(scope: Scope, left: Value, right: Value, span: Span) -> None:
    """Count the work of comparing in a loop.

    Raises:
        BudgetExceeded: it was too much.
    """
    if scope.meter is not None:
        try:
            scope.meter.charge(work_of(left) + work_of(right))
        except ExpressionError as error:
            error.locate(span)
            raise
