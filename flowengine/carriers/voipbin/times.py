"""The carrier's times: ISO 8601 with a `Z`, or with a space and no zone, and three ways to say "not yet"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_NEVER = 9999


def read(value: Any) -> datetime | None:
    """The time that a field holds; None where it is missing, null, empty, the year 9999, or no time at all."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if found.year == _NEVER:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def seconds(value: Any) -> float | None:
    """The same as Unix time in seconds."""
    found = read(value)
    return None if found is None else found.timestamp()
