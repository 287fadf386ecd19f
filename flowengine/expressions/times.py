"""Times in expressions: ISO 8601 text, read in the project's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.scope import Scope
from flowengine.expressions.values import kind_of

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_time(scope: Scope, value: Any) -> datetime:
    """The moment that a text means, in the project's zone, where also a time without an offset is; a date is its
    midnight.

    Raises:
        ExpressionError: the value is no time.
    """
    if not isinstance(value, str):
        raise ExpressionError(f"a time such as `2026-01-05T12:00` is needed, not {kind_of(value)}")
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=scope.zone) if found.tzinfo is None else found.astimezone(scope.zone)
    except (ValueError, OverflowError):
        raise ExpressionError(f"a time such as `2026-01-05T12:00` is needed, not `{value[:40]}`") from None


def hour(scope: Scope, value: Any) -> int:
    """The hour of a time, from 0 to 23. Raises ExpressionError."""
    return parse_time(scope, value).hour


def weekday(scope: Scope, value: Any) -> str:
    """The weekday of a time: `monday` to `sunday`, in every language. Raises ExpressionError.

    English and small, since it is there to be compared (`now | weekday == "sunday"`); to say a weekday there is `date`.
    """
    return _WEEKDAYS[parse_time(scope, value).weekday()]


def day(scope: Scope, value: Any) -> int:
    """The day of the month of a time, from 1 to 31. Raises ExpressionError."""
    return parse_time(scope, value).day
