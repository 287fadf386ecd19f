"""Dates on the command line: `2026-11-21`, or `2026-11-21T09:00`, in the project's zone unless they say another."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from flowengine.cli.main import UsageError


def beginning(text: str, zone: tzinfo) -> float:
    """The time that is named, as Unix time.

    Raises:
        UsageError: it is none.
    """
    return _time(text, zone).timestamp()


def end(text: str, zone: tzinfo) -> float:
    """The end of what is named, as Unix time: of a date alone, the end of its day.

    Raises:
        UsageError: it is none.
    """
    found = _time(text, zone)
    return (found + timedelta(days=1) if len(text) == len("2026-11-21") else found).timestamp()


def _time(text: str, zone: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is no date: write one such as 2026-11-21 or 2026-11-21T09:00") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
