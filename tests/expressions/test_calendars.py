"""Opening hours: days, spans, holidays, and the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.expressions.calendars import Calendar, CalendarError, parse_calendar

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(**hours: Any) -> Calendar:
    return parse_calendar(
        {"timezone": "Europe/Berlin", "hours": {day.replace("_", "-"): at for day, at in hours.items()}}
    )


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-01-05T08:59:59", False),
        ("2026-01-05T09:00:00", True),
        ("2026-01-05T17:29:59", True),
        ("2026-01-05T17:30:00", False),
        ("2026-01-09T12:00:00", True),
        ("2026-01-10T12:00:00", True),
        ("2026-01-10T13:00:00", False),
        ("2026-01-11T12:00:00", False),
    ],
)
def test_from_is_inclusive_and_to_is_exclusive(at: str, is_open: bool) -> None:
    assert calendar(mon_fri="09:00-17:30", sat="10:00-13:00").is_open(berlin(at)) is is_open


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", {0}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("fri-mon", {4, 5, 6, 0}),
        ("sun-sat", {0, 1, 2, 3, 4, 5, 6}),
        ("mon,wed, fri", {0, 2, 4}),
        ("mon-tue,sun", {0, 1, 6}),
        ("Mon", {0}),
    ],
)
def test_days(key: str, days: set[int]) -> None:
    assert set(parse_calendar({"hours": {key: "09:00-10:00"}}).week) == days


@pytest.mark.parametrize("hours", [["09:00-12:00", "13:00-17:00"], "09:00-12:00, 13:00-17:00"])
def test_several_spans_on_a_day(hours: Any) -> None:
    office = calendar(mon=hours)
    assert office.is_open(berlin("2026-01-05T11:59"))
    assert not office.is_open(berlin("2026-01-05T12:30"))
    assert office.is_open(berlin("2026-01-05T13:00"))
    assert office.next_open(berlin("2026-01-05T12:30")) == berlin("2026-01-05T13:00")


def test_a_day_named_twice_has_both_spans() -> None:
    office = parse_calendar({"hours": {"mon-fri": "09:00-12:00", "mon": "14:00-16:00"}})
    assert len(office.week[0]) == 2
    assert len(office.week[1]) == 1


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-01-09T21:59", False),
        ("2026-01-09T22:00", True),
        ("2026-01-10T05:59", True),
        ("2026-01-10T06:00", False),
        ("2026-01-10T22:30", False),
    ],
)
def test_a_span_may_pass_midnight(at: str, is_open: bool) -> None:
    assert calendar(fri="22:00-06:00").is_open(berlin(at)) is is_open


def test_the_end_of_a_day_is_24_00() -> None:
    always = calendar(mon_sun="00:00-24:00")
    assert always.is_open(berlin("2026-01-05T23:59:59"))
    assert always.is_open(berlin("2026-01-06T00:00"))
    only_monday = calendar(mon="00:00-24:00")
    assert not only_monday.is_open(berlin("2026-01-06T00:00"))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    nights = parse_calendar(
        {"timezone": "Europe/Berlin", "hours": {"mon-sun": "22:00-02:00"}, "closed": ["2026-01-06"]}
    )
    assert nights.is_open(berlin("2026-01-06T01:00"))
    assert not nights.is_open(berlin("2026-01-06T23:00"))
    assert not nights.is_open(berlin("2026-01-07T01:00"))
    assert nights.is_open(berlin("2026-01-07T22:00"))


class TestClocksChange:
    """In Berlin, 2026-03-29 has no 02:00 to 03:00, and 2026-10-25 has it twice."""

    def test_hours_of_the_short_day(self) -> None:
        office = calendar(sun="01:00-04:00")
        opened = [minute for minute in range(0, 300, 15) if office.is_open(_after("2026-03-29T00:00", minute))]
        assert (opened[0], opened[-1]) == (60, 165)  # two hours, not three

    def test_hours_of_the_long_day(self) -> None:
        office = calendar(sun="01:00-04:00")
        opened = [minute for minute in range(0, 400, 15) if office.is_open(_after("2026-10-25T00:00", minute))]
        assert (opened[0], opened[-1]) == (60, 285)  # four hours, not three

    def test_opening_in_the_hour_that_is_not_there(self) -> None:
        office = calendar(sun="02:30-05:00")
        leap = datetime(2026, 3, 29, 1, tzinfo=UTC)
        assert office.next_open(berlin("2026-03-29T00:00")) == leap
        assert not office.is_open(leap - timedelta(seconds=1))
        assert office.is_open(leap)

    def test_closing_in_the_hour_that_is_not_there(self) -> None:
        office = calendar(sun="00:00-02:30")
        leap = datetime(2026, 3, 29, 1, tzinfo=UTC)
        assert office.is_open(leap - timedelta(seconds=1))
        assert not office.is_open(leap)

    def test_hours_that_are_not_there_at_all(self) -> None:
        office = calendar(sun="02:15-02:45")
        assert not any(office.is_open(_after("2026-03-29T00:00", minute)) for minute in range(0, 300, 5))
        assert office.next_open(berlin("2026-03-29T00:00")) == berlin("2026-04-05T02:15")

    def test_opening_in_the_hour_that_comes_twice(self) -> None:
        office = calendar(sun="02:30-05:00")
        first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        opens = office.next_open(berlin("2026-10-25T00:00"))
        assert opens is not None
        assert opens.astimezone(UTC) == first
        assert not office.is_open(first - timedelta(seconds=1))
        assert all(office.is_open(first + timedelta(minutes=minute)) for minute in range(0, 210, 5))

    def test_closing_in_the_hour_that_comes_twice(self) -> None:
        office = calendar(sun="00:00-02:30")
        second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert office.is_open(second - timedelta(seconds=1))
        assert not office.is_open(second)

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2026-03-28T12:00", "2026-03-30T09:00:00+02:00"),
            ("2026-10-24T12:00", "2026-10-26T09:00:00+01:00"),
        ],
    )
    def test_the_offset_after_the_change(self, at: str, expected: str) -> None:
        opens = calendar(mon_fri="09:00-17:00").next_open(berlin(at))
        assert opens is not None
        assert opens.isoformat() == expected


def _after(text: str, minutes: int) -> datetime:
    """So many real minutes later: sums of times in a zone are those of its clock."""
    return berlin(text).astimezone(UTC) + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-05T08:00", "2026-01-05T09:00"),
        ("2026-01-05T10:00", "2026-01-05T10:00"),
        ("2026-01-05T17:30", "2026-01-06T09:00"),
        ("2026-01-09T18:00", "2026-01-12T09:00"),
    ],
)
def test_next_open(at: str, expected: str) -> None:
    assert calendar(mon_fri="09:00-17:30").next_open(berlin(at)) == berlin(expected)


def test_a_calendar_that_never_opens() -> None:
    assert parse_calendar({}).next_open(berlin("2026-01-05T12:00")) is None
    year = [(date(2026, 1, 1) + timedelta(days=days)).isoformat() for days in range(450)]
    closed = parse_calendar({"hours": {"mon-sun": "09:00-17:00"}, "closed": year})
    assert closed.next_open(berlin("2026-01-05T12:00")) is None


def test_a_calendar_that_opens_in_a_year() -> None:
    year = [(date(2026, 1, 1) + timedelta(days=days)).isoformat() for days in range(365)]
    closed = parse_calendar({"timezone": "Europe/Berlin", "hours": {"mon-sun": "09:00-17:00"}, "closed": year})
    assert closed.next_open(berlin("2026-01-05T12:00")) == berlin("2027-01-01T09:00")


@pytest.mark.parametrize(
    ("holidays", "day", "is_open"),
    [
        ("DE-BE", "2026-03-09", True),  # not a Sunday: the holiday is the 8th
        ("DE-BE", "2027-03-08", False),  # Women's Day, in Berlin
        ("DE-BY", "2027-03-08", True),  # and not in Bavaria
        ("DE", "2026-05-01", False),
        ("US", "2026-11-26", False),
        ("US", "2026-05-01", True),
        ("US-CA", "2026-03-31", False),
        (None, "2026-12-25", True),
    ],
)
def test_holidays(holidays: str | None, day: str, is_open: bool) -> None:
    office = parse_calendar({"timezone": "Europe/Berlin", "hours": {"mon-sun": "09:00-17:00"}, "holidays": holidays})
    assert office.is_open(berlin(f"{day}T12:00")) is is_open


def test_closed_days() -> None:
    office = parse_calendar(
        {"timezone": "Europe/Berlin", "hours": {"mon-sun": "09:00-17:00"}, "closed": ["2026-12-24", date(2026, 12, 31)]}
    )
    assert not office.is_open(berlin("2026-12-24T12:00"))
    assert not office.is_open(berlin("2026-12-31T12:00"))
    assert office.next_open(berlin("2026-12-23T18:00")) == berlin("2026-12-25T09:00")


def test_the_calendar_s_zone_decides_not_the_caller_s() -> None:
    office = parse_calendar({"timezone": "America/New_York", "hours": {"mon": "09:00-17:00"}})
    assert not office.is_open(berlin("2026-01-05T12:00"))
    assert office.is_open(berlin("2026-01-05T15:00"))
    opens = office.next_open(berlin("2026-01-05T12:00"))
    assert opens is not None
    assert opens.isoformat() == "2026-01-05T09:00:00-05:00"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    st.integers(0, 23 * 60 + 59),
    st.integers(0, 23 * 60 + 59),
)
def test_next_open_is_the_first_moment_that_is_open(at: datetime, zone: str, start: int, end: int) -> None:
    if start == end:
        end = (end + 60) % (24 * 60)
    span = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    office = parse_calendar({"timezone": zone, "hours": {"wed,fri-sat": span}, "holidays": "DE"})
    now = at.replace(tzinfo=UTC)
    opens = office.next_open(now)
    assert opens is not None
    assert now <= opens < now + timedelta(days=15)
    assert office.is_open(opens)
    if opens > now:
        assert not office.is_open(now)
        assert not office.is_open(opens - timedelta(seconds=1))
        minutes = int((opens - now) / timedelta(minutes=1))
        assert not any(office.is_open(now + timedelta(minutes=minute)) for minute in range(0, minutes, 37))


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"timezone": "Mars/Phobos"}, ("timezone",)),
        ({"timezone": 5}, ("timezone",)),
        ({"timezone": ""}, ("timezone",)),
        ({"timezone": "../../etc/passwd"}, ("timezone",)),
        ({"hours": "09:00-17:00"}, ("hours",)),
        ({"hours": {"monday": "09:00-17:00"}}, ("hours", "monday")),
        ({"hours": {"mon-": "09:00-17:00"}}, ("hours", "mon-")),
        ({"hours": {"": "09:00-17:00"}}, ("hours", "")),
        ({"hours": {"mon": "9-17"}}, ("hours", "mon")),
        ({"hours": {"mon": "09:00-25:00"}}, ("hours", "mon")),
        ({"hours": {"mon": "09:60-17:00"}}, ("hours", "mon")),
        ({"hours": {"mon": "24:00-25:00"}}, ("hours", "mon")),
        ({"hours": {"mon": "09:00-24:30"}}, ("hours", "mon")),
        ({"hours": {"mon": "09:00-09:00"}}, ("hours", "mon")),
        ({"hours": {"mon": "٠٩:00-17:00"}}, ("hours", "mon")),
        ({"hours": {"mon": 9}}, ("hours", "mon")),
        ({"hours": {"mon": ["09:00-12:00", "13:00"]}}, ("hours", "mon")),
        ({"closed": ["2026-02-30"]}, ("closed",)),
        ({"closed": "tomorrow"}, ("closed",)),
        ({"closed": [datetime(2026, 12, 24, 12)]}, ("closed",)),
        ({"holidays": "XX"}, ("holidays",)),
        ({"holidays": "DE-XX"}, ("holidays",)),
        ({"holidays": "-BE"}, ("holidays",)),
        ({"holidays": 5}, ("holidays",)),
    ],
)
def test_a_calendar_that_is_wrong(table: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(CalendarError) as caught:
        parse_calendar(table)
    assert caught.value.key_path == path
    assert caught.value.message
