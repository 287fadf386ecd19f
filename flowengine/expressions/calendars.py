"""Opening hours: when a calendar is open, and when it opens next. Pure: the time comes from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FURTHEST = 400
"""How many days ahead `next_open` looks: a year, and as much again as a holiday may move."""

MOST_DAYS = 1_000
"""Days whose hours a calendar keeps worked out: what `next_open` looks at, twice."""

_DAY = timedelta(days=1)
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})", re.ASCII)


class CalendarError(ValueError):
    """A calendar is not well described. `key_path` leads to the value below the calendar's own table."""

    def __init__(self, key_path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.key_path = key_path
        self.message = message


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours that begin on one day, in minutes after its midnight; `end` is exclusive, and above 1440 it is past
    midnight."""

    start: int
    end: int


class Calendar:
    """A week of opening hours in a time zone, without its holidays and closed days."""

    def __init__(
        self,
        zone: tzinfo,
        week: Mapping[int, tuple[Span, ...]],
        closed: frozenset[date] = frozenset(),
        holidays: tuple[str, str | None] | None = None,
    ) -> None:
        self.zone = zone
        self.week = dict(week)
        self.closed = closed
        self.holidays = holidays
        self._known: dict[int, frozenset[date]] = {}
        self._days: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    def is_closed(self, day: date) -> bool:
        """Whether nothing opens on `day`: a holiday, or a day that is listed as closed."""
        return day in self.closed or (self.holidays is not None and day in self._holidays_of(day.year))

    def _holidays_of(self, year: int) -> frozenset[date]:
        if year not in self._known and self.holidays is not None:
            country, subdivision = self.holidays
            days = country_holidays(country, subdivision, year)
            self._known[year] = frozenset(day for day in days if day.year == year)
        return self._known.get(year, frozenset())

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at a moment (an aware datetime)."""
        now = at.astimezone(UTC)
        today = at.astimezone(self.zone).date()
        for day in (today, today - _DAY):
            for start, end in self._on(day):
                if start <= now < end:
                    return True
        return False

    def next_open(self, at: datetime) -> datetime | None:
        """The next moment at which the calendar opens, in its zone; `at` itself while it is open; None if there is none
        within FURTHEST days."""
        if self.is_open(at):
            return at.astimezone(self.zone)
        if not self.week:
            return None
        now = at.astimezone(UTC)
        day = at.astimezone(self.zone).date()
        for _ in range(FURTHEST):
            starts = [start for start, end in self._on(day) if now < start < end]
            if starts:
                return min(starts).astimezone(self.zone)
            day += _DAY
        return None

    def _on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The spans that begin on `day`, as moments in UTC: a day with a clock change is as long as it is.

        Kept by day, since every call of the day asks for the same two: `open(...)` takes 2 µs instead of 13.
        """
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= MOST_DAYS:
                self._days.clear()
            spans = () if self.is_closed(day) else self.week.get(day.weekday(), ())
            known = self._days[day] = tuple(
                (self._moments(day, span.start)[0], self._moments(day, span.end)[1]) for span in spans
            )
        return known

    def _moments(self, day: date, minutes: int) -> tuple[datetime, datetime]:
        """The first and the last moment, in UTC, at which the clock gets to so many minutes after midnight.

        They differ in the hour that the clock shows twice: what opens in it opens the first time, what closes in it
        closes the second time. What the clock leaps over is the moment of the leap.
        """
        days, rest = divmod(minutes, 24 * 60)
        wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
        first = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        last = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        if first <= last:
            return first, last
        leap = self._leap(last, first)
        return leap, leap

    def _leap(self, before: datetime, after: datetime) -> datetime:
        """The second between two moments in UTC at which the clock leaps ahead."""
        offset = before.astimezone(self.zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after


def parse_calendar(data: Mapping[str, Any]) -> Calendar:
    """A calendar from its table in `flowengine.toml`: `timezone`, `hours`, `holidays`, `closed`.

    Raises:
        CalendarError: a value in it is wrong.
    """
    zone = _zone(data.get("timezone", "UTC"))
    hours = data.get("hours", {})
    if not isinstance(hours, Mapping):
        raise CalendarError(("hours",), 'the hours are a table such as `{ mon-fri = "09:00-17:30" }`')
    week: dict[int, list[Span]] = {}
    for key, value in hours.items():
        spans = _spans(value, ("hours", str(key)))
        for day in _days(str(key)):
            week.setdefault(day, []).extend(spans)
    return Calendar(
        zone,
        {day: tuple(sorted(spans, key=lambda span: span.start)) for day, spans in week.items()},
        frozenset(_closed(data.get("closed", []))),
        _holidays(data.get("holidays")),
    )


def _zone(name: Any) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise CalendarError(("timezone",), f"there is no time zone `{name}`") from None


def _days(key: str) -> list[int]:
    days: list[int] = []
    for part in key.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise CalendarError(
                ("hours", key), f"`{key}` is no day: write mon, tue, wed, thu, fri, sat, sun, or mon-fri"
            )
        start, end = DAYS.index(first), DAYS.index(last if dash else first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return days


def _spans(value: Any, path: tuple[str, ...]) -> list[Span]:
    texts = [part.strip() for text in (value if isinstance(value, list) else [value]) for part in str(text).split(",")]
    return [_span(text, path) for text in texts if text]


def _span(text: str, path: tuple[str, ...]) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise CalendarError(path, f"`{text}` is no time span: write `09:00-17:30`")
    h1, m1, h2, m2 = map(int, match.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if m1 > 59 or m2 > 59 or start >= 24 * 60 or end > 24 * 60:
        raise CalendarError(path, f"`{text}` is no time span: a day goes from 00:00 to 24:00")
    if start == end:
        raise CalendarError(path, f"`{text}` is empty: for the whole day write `00:00-24:00`")
    return Span(start, end if end > start else end + 24 * 60)


def _closed(value: Any) -> list[date]:
    days: list[date] = []
    for item in value if isinstance(value, list) else [value]:
        try:
            days.append(item if type(item) is date else date.fromisoformat(str(item)))
        except ValueError:
            raise CalendarError(("closed",), f"`{item}` is no date: write `2026-12-24`") from None
    return days


def country_holidays(country: str, subdivision: str | None, year: int) -> Iterable[date]:
    """The public holidays of a country, or of a part of it, in a year; of the neighbouring years a few.

    Raises:
        NotImplementedError: nobody knows them.
    """
    # A large package, and most projects have no holidays: it is not there before somebody asks.
    import holidays

    return cast("Iterable[date]", holidays.country_holidays(country, subdiv=subdivision, years=year))


def _holidays(value: Any) -> tuple[str, str | None] | None:
    if value in (None, ""):
        return None
    country, _, subdivision = str(value).partition("-")
    try:
        country_holidays(country, subdivision or None, 2026)
    except (NotImplementedError, KeyError, ValueError):
        raise CalendarError(
            ("holidays",), f"no holidays are known for `{value}`: write a country such as `DE` or `DE-BE`"
        ) from None
    return country, subdivision or None
