"""Times as people write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flowengine.web.moments import moment

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 22, 12, 0, tzinfo=ZONE)
"""A Thursday; the clock goes back on the Sunday after it."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("18:00", "2026-10-22T18:00:00+02:00"),
        ("9:05", "2026-10-22T09:05:00+02:00"),
        ("Thursday 03:00", "2026-10-22T03:00:00+02:00"),
        ("fri 03:00", "2026-10-23T03:00:00+02:00"),
        ("Sunday, 12:00", "2026-10-25T12:00:00+01:00"),
        ("2026-12-24 18:00", "2026-12-24T18:00:00+01:00"),
        ("2026-12-24T18:00", "2026-12-24T18:00:00+01:00"),
        ("2026-12-24T18:00:30Z", "2026-12-24T18:00:30+00:00"),
        (" 23:59 ", "2026-10-22T23:59:00+02:00"),
    ],
)
def test_what_is_meant(text: str, meant: str) -> None:
    assert moment(text, NOW).isoformat() == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "Sonday 03:00", "Sunday", "2026-13-01 10:00", "\u0660\u0663:\u0660\u0660"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="Sunday 03:00"):
        moment(text, NOW)
