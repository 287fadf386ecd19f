"""How filters and tests are applied: those of the language here, Jinja2's in `library`."""

from __future__ import annotations

from functools import cache
from typing import Any

from flowengine.expressions.budget import bounded
from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.functions import FILTERS
from flowengine.expressions.scope import Scope
from flowengine.expressions.values import Value, kind_of

GOES_ROUND = frozenset({"map", "select", "reject", "selectattr", "rejectattr"})
"""Filters that apply another one, or a test, to each item."""

_WORK_OF_SPEECH = 60


@cache
def library() -> Any:
    """What is Jinja2's; whoever compiles a filter or test of it asks for it then, so that no caller waits."""
    from flowengine.expressions import library as module

    return module


def library_errors() -> tuple[type[Exception], ...]:
    """What Jinja2, Babel and Python raise for values that do not fit: looked up when something was raised."""
    errors: tuple[type[Exception], ...] = library().LIBRARY_ERRORS
    return errors


def apply_filter(scope: Scope, name: str, value: Value, args: list[Value], named: dict[str, Value]) -> Value:
    """The value that a filter gives; MISSING when there is none, as with `first` of an empty list.

    Raises:
        ExpressionError: there is no such filter, or the value or an argument does not fit it.
        BudgetExceeded: the result would be too large.
    """
    own = FILTERS.get(name)
    try:
        if own is not None:
            if scope.meter is not None:
                scope.meter.charge(_WORK_OF_SPEECH)
            return bounded(own.does(scope, value, *args, **named), scope.text_limit)
        return library().apply_library_filter(scope, name, value, args, named)
    except library_errors() as error:
        raise ExpressionError(f"`{name}` cannot be applied to {kind_of(value)}: {_reason(error)}") from error


def apply_test(scope: Scope, name: str, value: Value, args: list[Value], named: dict[str, Value]) -> bool:
    """Whether a test holds.

    Raises:
        ExpressionError: the value or an argument does not fit the test.
    """
    try:
        holds: bool = library().apply_library_test(scope, name, value, args, named)
        return holds
    except library_errors() as error:
        raise ExpressionError(f"`is {name}` cannot be asked of {kind_of(value)}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)
