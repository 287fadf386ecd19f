"""The language's own functions and filters, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowengine.expressions import budget, speech
from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.signature import Function, Signature

if TYPE_CHECKING:
    from flowengine.expressions.calendars import Calendar
    from flowengine.expressions.evaluate import Scope


def _calendar(scope: Scope, name: Any) -> Calendar:
    calendar = scope.calendars.get(name) if isinstance(name, str) else None
    if calendar is None:
        raise ExpressionError(f"there is no calendar `{name}`")
    return calendar


def _open(scope: Scope, calendar: Any) -> bool:
    return _calendar(scope, calendar).is_open(scope.now)


def _next_open(scope: Scope, calendar: Any) -> str | None:
    at = _calendar(scope, calendar).next_open(scope.now)
    return None if at is None else at.astimezone(scope.zone).isoformat()


def _range(scope: Scope, *numbers: Any) -> list[int]:
    return budget.spread(*numbers)


FUNCTIONS: dict[str, Function] = {
    "open": Function(Signature("open", "Whether the calendar is open now.", 1, 1, ("calendar",)), _open),
    "next_open": Function(
        Signature("next_open", "When the calendar opens next, as a time; now while it is open.", 1, 1, ("calendar",)),
        _next_open,
    ),
    "range": Function(Signature("range", "The whole numbers from, up to but without, in steps of.", 1, 3), _range),
}

SPEECH_FILTERS: dict[str, Function] = {
    "digits": Function(Signature("digits", "Each digit by itself: `4711` is said `4 7 1 1`."), speech.digits),
    "spell": Function(Signature("spell", "Each character by itself."), speech.spell),
    "phone": Function(Signature("phone", "A phone number in groups, digit by digit."), speech.phone),
    "money": Function(Signature("money", "An amount with the currency's name.", 1, 1, ("currency",)), speech.money),
    "number": Function(Signature("number", "A number as the call's language writes it."), speech.number),
    "ordinal": Function(Signature("ordinal", "`3` as third."), speech.ordinal),
    "date": Function(Signature("date", "The date of a time, with weekday and month by name."), speech.date),
    "time": Function(Signature("time", "The time of day."), speech.time),
    "datetime": Function(Signature("datetime", "Date and time of day."), speech.datetime),
    "hour": Function(Signature("hour", "The hour of a time, from 0 to 23."), speech.hour),
    "weekday": Function(
        Signature("weekday", "The weekday of a time, in English and lower case: `monday` to `sunday`."), speech.weekday
    ),
    "day": Function(Signature("day", "The day of the month of a time."), speech.day),
    "luhn": Function(
        Signature("luhn", "Whether the digits end in the right check digit (ISO/IEC 7812-1)."), speech.luhn
    ),
    "e164": Function(Signature("e164", "Whether the text is a phone number in E.164 form."), speech.e164),
}
"""The filters of section 5, beside Jinja2's. `does(scope, value, …)`."""
