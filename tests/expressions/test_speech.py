"""What is said of numbers, money and times, in several languages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flowengine.expressions.evaluate import ExpressionError, Scope
from tests.expressions import reading

BERLIN = ZoneInfo("Europe/Berlin")


def say(source: str, language: str = "en-US", **variables: Any) -> Any:
    now = datetime(2026, 1, 5, 12, tzinfo=BERLIN)
    return reading.value(source, Scope(variables, language=language, now=now, zone=BERLIN))


LANGUAGES = {
    "en-US": {
        '1 | money("USD")': "1 US dollar",
        '10 | money("EUR")': "10 euros",
        '10.5 | money("eur")': "10.50 euros",
        '"1234.567" | money("EUR")': "1,234.57 euros",
        '-3 | money("EUR")': "-3 euros",
        '500 | money("JPY")': "500 Japanese yen",
        "1234567.5 | number": "1,234,567.5",
        "1 | ordinal": "1st",
        "2 | ordinal": "2nd",
        "3 | ordinal": "3rd",
        "11 | ordinal": "11th",
        "22 | ordinal": "22nd",
        '0 | plural("message", "messages")': "messages",
        "at | date": "Monday, November 23, 2026",
        "at | time": "9:05 AM",
        "at | datetime": "Monday, November 23, 2026, 9:05 AM",
    },
    "en-GB": {
        '10 | money("GBP")': "10 British pounds",
        "1234.5 | number": "1,234.5",
        "3 | ordinal": "3rd",
        "at | date": "Monday, 23 November 2026",
        "at | time": "09:05",
        "at | datetime": "Monday, 23 November 2026, 09:05",
    },
    "de-DE": {
        '1 | money("USD")': "1 US-Dollar",
        '1234.5 | money("EUR")': "1.234,50 Euro",
        "1234.5 | number": "1.234,5",
        "3 | ordinal": "3.",
        "at | date": "Montag, 23. November 2026",
        "at | time": "09:05",
        "at | datetime": "Montag, 23. November 2026, 09:05",
    },
    "fr-FR": {
        '1 | money("EUR")': "1 euro",
        '1234.5 | money("EUR")': "1234,50 euros",
        "1234.5 | number": "1234,5",
        "1 | ordinal": "1er",
        '0 | plural("appel", "appels")': "appel",
        "3 | ordinal": "3e",
        "at | date": "lundi 23 novembre 2026",
        "at | time": "09:05",
    },
    "es-ES": {
        '10 | money("EUR")': "10 euros",
        "12345.5 | number": "12.345,5",
        "3 | ordinal": "3.º",
        "at | date": "lunes, 23 de noviembre de 2026",
        "at | time": "9:05",
    },
    "ja-JP": {'500 | money("JPY")': "500円", "3 | ordinal": "3."},
}


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [(language, source, said) for language, cases in LANGUAGES.items() for source, said in cases.items()],
)
def test_said(language: str, source: str, expected: str) -> None:
    assert say(source, language, at="2026-11-23T09:05:00") == expected


@pytest.mark.parametrize("language", ["en", "en_US", "en-Latn-US", "en-ZZ", "en-US-x-private"])
def test_a_language_may_be_named_in_several_ways(language: str) -> None:
    assert say("1234.5 | number", language) == "1,234.5"


@pytest.mark.parametrize("language", ["", "xx-XX", "klingon", "../../etc", "e"])
def test_an_unknown_language_is_an_error(language: str) -> None:
    with pytest.raises(ExpressionError, match="there is no language"):
        say("1 | number", language)


@pytest.mark.parametrize(
    ("value", "hour", "weekday", "day"),
    [
        ("2026-11-23T09:05:00", 9, "monday", 23),
        ("2026-11-23T09:05+01:00", 9, "monday", 23),
        ("2026-11-23T09:05Z", 10, "monday", 23),
        ("2026-11-22T23:30:00Z", 0, "monday", 23),
        ("2026-11-23T00:30+10:00", 15, "sunday", 22),
        ("2026-07-01T10:00:00Z", 12, "wednesday", 1),
        ("2026-11-23", 0, "monday", 23),
        (" 2026-11-23T09:05 ", 9, "monday", 23),
    ],
)
def test_times_are_those_of_the_project_s_zone(value: str, hour: int, weekday: str, day: int) -> None:
    assert say("[at | hour, at | weekday, at | day]", at=value) == [hour, weekday, day]


@pytest.mark.parametrize(
    "value", ["", "soon", "09:05", "2026-13-01", "2026-02-30T10:00", "0001-01-01T00:00+14:00", 5, None, []]
)
@pytest.mark.parametrize("name", ["hour", "weekday", "day", "date", "time", "datetime"])
def test_what_is_no_time_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ExpressionError, match="a time such as"):
        say(f"at | {name}", at=value)


@pytest.mark.parametrize("value", ["", "x", "1,5", "nan", "inf", "1e999", "9" * 50, True, None, [], {}])
@pytest.mark.parametrize("name", ["number", "ordinal", 'money("EUR")'])
def test_what_is_no_number_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ExpressionError, match="a number is needed"):
        say(f"n | {name}", n=value)


@pytest.mark.parametrize("currency", ["", "euro", "XXY", 5, None])
def test_what_is_no_currency_is_an_error(currency: Any) -> None:
    with pytest.raises(ExpressionError, match="there is no currency"):
        say("1 | money(currency)", currency=currency)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("123", "1 2 3"),
        (123, "1 2 3"),
        ("+49 30-12", "4 9 3 0 1 2"),
        ("", ""),
        (None, ""),
        ("anonymous", "anonymous"),
        ("٣", "٣"),
    ],
)
def test_digits(value: Any, said: str) -> None:
    assert say("value | digits", value=value) == said


@pytest.mark.parametrize(("value", "said"), [("ab1", "A B 1"), ("a b", "A B"), ("", ""), (12, "1 2"), ("äß", "Ä SS")])
def test_spell(value: Any, said: str) -> None:
    assert say("value | spell", value=value) == said


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        ("+12125551234", "en-US", "2 1 2, 5 5 5, 1 2 3 4"),
        ("+12125551234", "de-DE", "+ 1, 2 1 2, 5 5 5, 1 2 3 4"),
        ("+4930123456", "de-DE", "0 3 0, 1 2 3 4 5 6"),
        ("+4930123456", "en-US", "+ 4 9, 3 0, 1 2 3 4 5 6"),
        ("2125551234", "en-US", "2 1 2, 5 5 5, 1 2 3 4"),
        ("110", "de-DE", "1 1 0"),
        ("12", "en", "1 2"),
        ("anonymous", "en-US", "anonymous"),
        ("sip:ada@acme.example", "en-US", "sip:ada@acme.example"),
        ("", "en-US", ""),
    ],
)
def test_phone(value: str, language: str, said: str) -> None:
    assert say("value | phone", language, value=value) == said


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("4539578763621486", True),
        ("4539578763621487", False),
        ("79927398713", True),
        (79927398713, True),
        ("0", True),
        ("18", True),
        ("81", False),
        ("", False),
        ("4539 5787", False),
        ("-18", False),
        ("١٨", False),
        ("¹⁸", False),
        (None, False),
        (1.8, False),
        (True, False),
        ([1, 8], False),
    ],
)
def test_luhn(value: Any, right: bool) -> None:
    assert say("value | luhn", value=value) is right


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("+15551230000", True),
        ("+12", True),
        ("+1", False),
        ("+" + "1" * 15, True),
        ("+" + "1" * 16, False),
        ("15551230000", False),
        ("+05551230000", False),
        ("+1 555", False),
        ("+15551230000\n", False),
        ("+١٥٥٥١٢٣", False),
        ("", False),
        (None, False),
        (15551230000, False),
    ],
)
def test_e164(value: Any, right: bool) -> None:
    assert say("value | e164", value=value) is right
