"""The language's own functions and filters: what they are called, and what does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowengine.expressions import budget, checks, speech, times
from flowengine.expressions.calendars import Calendar
from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.scope import Scope
from flowengine.expressions.signature import Function, Kind, Signature


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


def _range(_: Scope, *numbers: Any) -> list[int]:
    return budget.spread(*numbers)


FUNCTIONS: dict[str, Function] = {
    "open": Function(Signature("open", "Whether the calendar is open now.", 1, 1, ("calendar",), gives="truth"), _open),
    "next_open": Function(
        Signature(
            "next_open",
            "When the calendar opens next, now while it is open, or none when it never does.",
            1,
            1,
            ("calendar",),
            gives="time",
        ),
        _next_open,
    ),
    "range": Function(
        Signature("range", "The whole numbers from, up to but without, in steps of.", 1, 3, gives="list"), _range
    ),
}
"""The functions of the language. `does(scope, …)`."""


def _filter(
    name: str,
    doc: str,
    does: Callable[..., Any],
    takes: Kind,
    gives: Kind,
    least: int = 0,
    keywords: tuple[str, ...] = (),
) -> tuple[str, Function]:
    return name, Function(Signature(name, doc, least, len(keywords), keywords, takes, gives), does)


FILTERS: dict[str, Function] = dict(
    (
        _filter("digits", "Each digit by itself: `4711` is said `4 7 1 1`.", speech.digits, "text", "text"),
        _filter("spell", "Each character by itself, letters large: `A B 1`.", speech.spell, "text", "text"),
        _filter("phone", "A phone number digit by digit, in groups.", speech.phone, "text", "text"),
        _filter("money", "An amount with its currency's name.", speech.money, "number", "text", 1, ("currency",)),
        _filter("number", "A number as the call's language writes it.", speech.number, "number", "text"),
        _filter("ordinal", "A place in a row: `3` is said `3rd`.", speech.ordinal, "number", "text"),
        _filter(
            "plural",
            "The first text for one of something in the call's language, else the second.",
            speech.plural,
            "number",
            "text",
            2,
            ("one", "other"),
        ),
        _filter("date", "The date of a time, with weekday and month by name.", speech.date, "time", "text"),
        _filter("time", "The time of day.", speech.time, "time", "text"),
        _filter("datetime", "Date and time of day.", speech.datetime, "time", "text"),
        _filter("hour", "The hour of a time, from 0 to 23.", times.hour, "time", "number"),
        _filter("weekday", "The weekday of a time in English, small: `monday`.", times.weekday, "time", "text"),
        _filter("day", "The day of the month of a time, from 1 to 31.", times.day, "time", "number"),
        _filter("luhn", "Whether the last digit checks the others (ISO/IEC 7812-1).", checks.luhn, "text", "truth"),
        _filter("e164", "Whether it is a phone number in E.164 form.", checks.e164, "text", "truth"),
    )
)
"""The filters that Jinja2 does not have. `does(scope, value, …)`."""
