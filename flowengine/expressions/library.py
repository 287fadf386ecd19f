"""Jinja2's filters and tests: within bounds, and with results that are values.

Imported when a flow that uses one is compiled: Jinja2 takes as long to import as a small project takes to check.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from jinja2.exceptions import TemplateError
from jinja2.runtime import Undefined
from markupsafe import Markup

from flowengine.expressions.budget import MOST_ITEMS, MOST_WEIGHT, bounded, format_fields
from flowengine.expressions.environment import ENVIRONMENT, Reading
from flowengine.expressions.errors import BudgetExceeded, ExpressionError
from flowengine.expressions.filters import apply_filter
from flowengine.expressions.scope import Meter, Scope
from flowengine.expressions.values import MISSING, Value, in_text, kind_of, text_of, weight

LIBRARY_ERRORS = (TemplateError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What Jinja2, Babel and Python raise for values that do not fit."""

_LOOKING = frozenset({"length", "count", "first", "last"})
"""Filters that look at a value of any size without making one."""
_OF_TEXT = frozenset(
    {"capitalize", "center", "e", "escape", "forceescape", "format", "indent", "lower", "replace", "safe", "string"}
    | {"striptags", "title", "trim", "truncate", "upper", "urlencode", "urlize", "wordcount", "wordwrap"}
)
"""Filters of a text: none is empty for them, and truth reads as it does in a text."""
_SIZED = frozenset({"batch", "center", "indent", "round", "slice", "tojson", "truncate", "urlize", "wordwrap"})
"""Filters whose numbers say how large the result is."""
_MOST_LAID_OUT = 2_000
"""The largest value for `pprint`, which takes milliseconds for more."""

_BY_ITEM = frozenset({"dictsort", "groupby", "max", "min", "sort", "unique"})
"""Filters that compute something of each item before they compare it."""

_WORK_OF_A_FILTER = 15


def apply_library_filter(scope: Scope, name: str, value: Value, args: list[Value], named: dict[str, Value]) -> Value:
    """The value that a filter of Jinja2 gives; MISSING when there is none.

    Raises:
        ExpressionError: there is no such filter, or the value or an argument does not fit it.
        BudgetExceeded: the result would be too large.
    """
    function = ENVIRONMENT.filters.get(name)
    if function is None:
        raise ExpressionError(f"there is no filter `{name}`")
    if name in _LOOKING:
        return _plain(ENVIRONMENT.call_jinja_filter(name, value, args, named, Reading(scope)))
    if name in _OF_TEXT and not isinstance(value, str | list | dict):
        value = text_of(value, scope.text_limit)
    _refuse_large(scope, name, value, args, named)
    if name == "join" and isinstance(value, list):
        value = [in_text(item) for item in value]
    if hasattr(function, "jinja_pass_arg"):
        found = ENVIRONMENT.call_jinja_filter(name, value, args, named, Reading(scope, apply_filter))
    else:
        found = function(value, *args, **named)
    return bounded(_plain(found, scope.meter), scope.text_limit)


def apply_library_test(scope: Scope, name: str, value: Value, args: list[Value], named: dict[str, Value]) -> bool:
    """Whether a test of Jinja2 holds. Raises what Jinja2 raises for a value or an argument that does not fit."""
    reading: Any = Reading(scope)
    return bool(ENVIRONMENT.call_test(name, value, args, named, context=reading))


def _refuse_large(scope: Scope, name: str, value: Value, args: list[Value], named: dict[str, Value]) -> None:
    """Refuse what would take long or become large.

    Raises:
        BudgetExceeded: it would.
        ExpressionError: `sum` of something else than numbers, whose sum would be copied with every item.
    """
    given = [*args, *named.values()]
    size = weight(value, MOST_WEIGHT) + sum(weight(argument, MOST_WEIGHT) for argument in given)
    if scope.meter is not None:
        scope.meter.charge(_WORK_OF_A_FILTER + (2 * size if name in _BY_ITEM else size))
    if size > (_MOST_LAID_OUT if name == "pprint" else MOST_WEIGHT):
        raise BudgetExceeded(f"{kind_of(value)} of this size is too large for `{name}`")
    if name in _SIZED:
        for argument in given:
            if isinstance(argument, int) and abs(argument) > MOST_ITEMS:
                raise BudgetExceeded(f"{argument} is too large for `{name}`")
    if name == "sum" and not all(isinstance(start, int | float) for start in [*args[1:], named.get("start", 0)]):
        raise ExpressionError("`sum` adds up numbers")
    if _grown(name, value, given) > 2 * scope.text_limit:
        raise BudgetExceeded(f"the text that `{name}` would give is longer than {scope.text_limit} characters")


def _grown(name: str, value: Value, given: list[Value]) -> int:
    """About how many characters a filter adds that puts its arguments into a text again and again."""
    longest = max((len(argument) for argument in given if isinstance(argument, str)), default=0)
    match name:
        case "replace" if isinstance(value, str) and given:
            return value.count(str(in_text(given[0]))) * longest
        case "join" if isinstance(value, list):
            texts = sum(len(item) if isinstance(item, str) else weight(item, MOST_WEIGHT) for item in value)
            return texts + len(value) * longest
        case "indent" if isinstance(value, str):
            width = max((argument for argument in given if isinstance(argument, int)), default=0)
            return (value.count("\n") + 1) * max(width, longest)
        case "wordwrap" if isinstance(value, str):
            return len(value) * longest if longest > 1 else 0
        case "format" if isinstance(value, str):
            return format_fields(value) * longest // 10
    return 0


def _plain(value: Any, meter: Meter | None = None) -> Value:
    """What a filter gives, as a value: Jinja2's own types become texts, lists and MISSING."""
    if isinstance(value, Undefined):
        return MISSING
    if isinstance(value, Markup):
        return str(value)
    if value is None or isinstance(value, str | int | float | dict):
        return value
    if isinstance(value, list | tuple | Iterator):
        return list(_items(value, meter))
    raise TypeError("the result is no value")


def _items(values: Any, meter: Meter | None) -> Iterator[Value]:
    total = 0
    for item in islice(iter(values), MOST_ITEMS + 1):
        plain = _plain(item, meter)
        if plain is MISSING:
            raise ExpressionError("an item does not have this key")
        # Weighed while they are made: each of ten thousand items may be a list of ten thousand.
        total += 1 if not isinstance(plain, str | list | dict) else weight(plain, MOST_WEIGHT)
        if total > MOST_WEIGHT:
            break
        yield plain
    else:
        return
    raise BudgetExceeded("the list is too large")
