"""Filters that make values speakable in the call's language, and the checks of numbers.

Texts are made for a voice: a currency by its name, a month by its name, digits one by one. Times come as ISO 8601 text;
one without an offset is in the project's zone, and all are told in that zone.
"""

from __future__ import annotations

import re
from datetime import date as calendar_date
from datetime import datetime as moment
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, is_currency
from num2words import num2words

from flowengine.expressions.errors import ExpressionError

if TYPE_CHECKING:
    from flowengine.expressions.evaluate import Scope

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEAR_AT_END = re.compile(r",?\s*('[^']*'\s*)?y+$")
"""The year of a CLDR date pattern, with the comma or the words (`'de' y`) that lead to it."""
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        try:
            return Locale.parse(language.partition("-")[0])
        except (UnknownLocaleError, ValueError):
            raise ExpressionError(f"no language `{language}` is known") from None


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        raise ExpressionError(f"a number is needed, not {value!r}")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ExpressionError(f"a number is needed, not {value!r}") from None
    if not number.is_finite() or number.adjusted() > 300:
        raise ExpressionError(f"a number is needed, not {value!r}")
    return number


def _time(scope: Scope, value: Any) -> moment:
    """The time that a text means, in the project's zone."""
    if isinstance(value, str):
        try:
            found = moment.fromisoformat(value.strip())
        except ValueError:
            raise ExpressionError(f"a time such as 2026-01-05T12:00 is needed, not {value!r}") from None
        return found.replace(tzinfo=scope.zone) if found.tzinfo is None else found.astimezone(scope.zone)
    if isinstance(value, calendar_date):
        return moment(value.year, value.month, value.day, tzinfo=scope.zone)
    raise ExpressionError(f"a time such as 2026-01-05T12:00 is needed, not {value!r}")


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ExpressionError(f"a text is needed, not {value!r}")
    return str(value)


def digits(scope: Scope, value: Any) -> str:
    """`4711` as `4 7 1 1`: what is no digit parts groups."""
    return " ".join(re.findall(r"[0-9]", _text(value)))


def spell(scope: Scope, value: Any) -> str:
    """Each character by itself; spaces fall away."""
    return " ".join(character for character in _text(value) if not character.isspace())


def phone(scope: Scope, value: Any) -> str:
    """A number in the groups in which its country writes it, digit by digit, a comma between groups."""
    text = _text(value)
    try:
        parsed = phonenumbers.parse(text)
        text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        pass
    groups = re.findall(r"[0-9]+", text)
    return ", ".join(" ".join(group) for group in groups) or text


def money(scope: Scope, value: Any, currency: Any) -> str:
    """`10` of `EUR` as `10 euros`: whole amounts without their zeros, others with both digits."""
    if not isinstance(currency, str) or not is_currency(currency.upper()):
        raise ExpressionError(f'there is no currency {currency!r}: write its three letters, such as "EUR"')
    number = _number(value)
    whole = number == number.to_integral_value()
    locale = _locale(scope.language)
    return format_currency(
        int(number) if whole else number,
        currency.upper(),
        format="#,##0" if whole else None,
        locale=locale,
        format_type="name",
        currency_digits=not whole,
    )


def number(scope: Scope, value: Any) -> str:
    """The number with the separators of the language."""
    return str(format_decimal(_number(value), locale=_locale(scope.language)))


def ordinal(scope: Scope, value: Any) -> str:
    """`3` as `third`; in a language whose ordinals are not known, `3.`."""
    number = _number(value)
    if number != number.to_integral_value() or not 0 <= number < 10**12:
        raise ExpressionError(f"a whole number is needed, not {value!r}")
    locale = _locale(scope.language)
    for name in (str(locale), locale.language):
        try:
            return str(num2words(int(number), to="ordinal", lang=name))
        except (NotImplementedError, KeyError, IndexError):
            continue
    return f"{int(number)}."


def date(scope: Scope, value: Any) -> str:
    """`Monday, January 5`: with the year when it is another one than now."""
    at = _time(scope, value)
    locale = _locale(scope.language)
    pattern = str(locale.date_formats["full"].pattern)
    if at.year == scope.now.astimezone(scope.zone).year:
        pattern = _YEAR_AT_END.sub("", pattern)
    return str(format_date(at, format=pattern, locale=locale))


def time(scope: Scope, value: Any) -> str:
    """`9:00 AM`, `09:00`: as the language tells it."""
    return str(format_time(_time(scope, value), format="short", locale=_locale(scope.language))).replace("\u202f", " ")


def datetime(scope: Scope, value: Any) -> str:
    """Date and time: `Monday, January 5, 9:00 AM`."""
    return f"{date(scope, value)}, {time(scope, value)}"


def hour(scope: Scope, value: Any) -> int:
    """The hour, from 0 to 23."""
    return _time(scope, value).hour


def weekday(scope: Scope, value: Any) -> str:
    """`monday` to `sunday`, in every language: a value to compare with."""
    return _WEEKDAYS[_time(scope, value).weekday()]


def day(scope: Scope, value: Any) -> int:
    """The day of the month."""
    return _time(scope, value).day


def luhn(scope: Scope, value: Any) -> bool:
    """Whether a text of ASCII digits ends in the check digit of ISO/IEC 7812-1."""
    text = _text(value)
    if not text.isascii() or not text.isdigit():
        return False
    total = 0
    for place, character in enumerate(reversed(text)):
        digit = int(character) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def e164(scope: Scope, value: Any) -> bool:
    """Whether a text is a number in the form of ITU-T E.164."""
    return isinstance(value, str) and _E164.fullmatch(value) is not None
