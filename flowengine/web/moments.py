"""Times as people write them: `18:00`, `Sunday 03:00`, `2026-12-24 18:00`."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

from flowengine.expressions.calendars import DAYS

_WEEKDAY = re.compile(r"([a-z]{3})[a-z]*\.?,?\s+(.+)", re.IGNORECASE)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})", re.ASCII)


def moment(text: str, now: datetime) -> datetime:
    """The time that is meant, in the time zone of `now`: of a weekday the next one, today among them.

    Raises:
        ValueError: it is no time.
    """
    text = text.strip()
    try:
        if found := _TIME.fullmatch(text):
            return _at(now, found)
        if (found := _WEEKDAY.fullmatch(text)) and found[1].lower() in DAYS and (at := _TIME.fullmatch(found[2])):
            days = (DAYS.index(found[1].lower()) - now.weekday()) % 7
            return _at(now + timedelta(days=days), at)
        if len(text) > len("2026-12-24"):
            when = datetime.fromisoformat(text)
            return when if when.tzinfo is not None else when.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f'"{text}" is no time: write "Sunday 03:00", "2026-12-24 18:00", or "18:00"')


def shown(at: float, zone: tzinfo) -> str:
    """What a clock in this time zone shows at a Unix time, for people: `Sunday 2026-12-20 03:00`."""
    return datetime.fromtimestamp(at, zone).strftime("%A %Y-%m-%d %H:%M")


def _at(day: datetime, found: re.Match[str]) -> datetime:
    return datetime.combine(day.date(), time(int(found[1]), int(found[2])), day.tzinfo)
