"""Filters that make values speakable in the call's language.

Texts are made for a voice: a currency by its name, a month by its name, digits one by one. Every filter takes the scope
and the value, and raises ExpressionError when the value is not of its kind. A text that is not a number stays what it
is where a caller's number is said: a withheld one reads `anonymous`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, get_group_symbol, is_currency

from flowengine.expressions.errors import ExpressionError
from flowengine.expressions.scope import Scope
from flowengine.expressions.times import parse_time
from flowengine.expressions.values import kind_of, text_of

_SUFFIXES: Mapping[str, Mapping[str, str]] = {
    "en": {"one": "st", "two": "nd", "few": "rd", "other": "th"},
    "fr": {"one": "er", "other": "e"},
    "ca": {"one": "r", "two": "n", "few": "t", "other": "è"},
    "sv": {"one": ":a", "other": ":e"},
    "nl": {"other": "e"},
    "es": {"other": ".º"},
    "it": {"other": "º"},
    "pt": {"other": "º"},
}
"""What follows the digits of an ordinal, by the plural category that CLDR gives the number; elsewhere a period."""


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    for name in (language.replace("_", "-"), language.replace("_", "-").partition("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise ExpressionError(f"there is no language `{language}`")


@lru_cache(maxsize=64)
def _grouped(locale: Locale) -> bool:
    """Whether thousands are parted by something other than a space, which a voice would take for two numbers."""
    return not get_group_symbol(locale).isspace()


def _plain_spaces(text: str) -> str:
    """CLDR's narrow and no-break spaces as spaces: not every voice knows them."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def _number(value: Any) -> Decimal:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        # Beyond twenty digits nobody listens, and the text of a large exponent would be as long as it says.
        if number.is_finite() and -20 <= number.adjusted() <= 20 and len(str(value)) <= 40:
            return number
        if number == 0:
            return Decimal(0)
        raise ExpressionError(f"a number is needed, not `{str(value)[:40]}`")
    raise ExpressionError(f"a number is needed, not {kind_of(value)}")


def _text(scope: Scope, value: Any) -> str:
    if isinstance(value, list | dict):
        raise ExpressionError(f"a text is needed, not {kind_of(value)}")
    return text_of(value, scope.text_limit)


def digits(scope: Scope, value: Any) -> str:
    """`4711` as `4 7 1 1`. What is no digit falls away; a text without any digit stays as it is."""
    text = _text(scope, value)
    # Mostly digits and nothing else, which need not be picked out one by one: 0.2 µs instead of 0.8.
    if text.isascii() and text.isdecimal():
        return " ".join(text)
    return " ".join(character for character in text if character in "0123456789") or text


def spell(scope: Scope, value: Any) -> str:
    """`ab1` as `A B 1`: voices name a large letter. Spaces fall away."""
    return " ".join(character.upper() for character in _text(scope, value) if not character.isspace())


def phone(scope: Scope, value: Any) -> str:
    """A number in the groups in which its country writes it, digit by digit with a comma between groups.

    In the country of the call's language it is said as one dials it there, elsewhere with `+` and the country code.
    """
    import phonenumbers  # a large library, which few flows need: see `core.policy`

    text = _text(scope, value)
    try:
        parsed = phonenumbers.parse(text, _locale(scope.language).territory)
    except phonenumbers.NumberParseException:
        return text if not any(character.isdigit() for character in text) else digits(scope, text)
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    if phonenumbers.region_code_for_number(parsed) == _locale(scope.language).territory:
        form = phonenumbers.PhoneNumberFormat.NATIONAL
    written = phonenumbers.format_number(parsed, form)
    groups = "".join(character if character in "0123456789+" else " " for character in written).split()
    return ", ".join(" ".join(group) for group in groups)


def money(scope: Scope, value: Any, currency: Any) -> str:
    """`10` of `EUR` as `10 euros`: the currency by its name, an amount without cents without their zeros."""
    if not isinstance(currency, str) or not is_currency(currency.upper()):
        raise ExpressionError(f'there is no currency `{currency}`: write its three letters, such as "EUR"')
    number = _number(value)
    locale = _locale(scope.language)
    whole = number == number.to_integral_value()
    spoken = format_currency(
        int(number) if whole else number,
        currency.upper(),
        format=locale.decimal_formats[None] if not whole else _whole(locale),
        locale=locale,
        currency_digits=not whole,
        format_type="name",
        group_separator=_grouped(locale),
    )
    return _plain_spaces(spoken)


@lru_cache(maxsize=64)
def _whole(locale: Locale) -> str:
    """The pattern of a number of the language, without its decimals."""
    return str(locale.decimal_formats[None].pattern).partition(";")[0].partition(".")[0]


def number(scope: Scope, value: Any) -> str:
    """The number with the separators of the language, and at most three decimals."""
    locale = _locale(scope.language)
    return _plain_spaces(format_decimal(_number(value), locale=locale, group_separator=_grouped(locale)))


def ordinal(scope: Scope, value: Any) -> str:
    """`3` as `3rd`, `3.`, `3e`: as the language writes it, which its voices read."""
    found = _number(value)
    if found != found.to_integral_value() or found < 0:
        raise ExpressionError(f"a whole number is needed, not `{value}`")
    locale = _locale(scope.language)
    suffixes = _SUFFIXES.get(locale.language, {})
    return f"{int(found)}{suffixes.get(locale.ordinal_form(int(found)), suffixes.get('other', '.'))}"


def plural(scope: Scope, value: Any, one: Any, other: Any) -> str:
    """`one` where the call's language takes the singular for this number, else `other`.

    A language with more forms than these two has them in its catalogue.
    """
    return _text(scope, one if _locale(scope.language).plural_form(_number(value)) == "one" else other)


def counted(value: Any) -> int | None:
    """The number as gettext's rules of plural forms take it; None for one that is not whole."""
    number = _number(value)
    return abs(int(number)) if number == number.to_integral_value() else None


def date(scope: Scope, value: Any) -> str:
    """`Monday, January 5, 2026`."""
    return _plain_spaces(format_date(parse_time(scope, value), format="full", locale=_locale(scope.language)))


def time(scope: Scope, value: Any) -> str:
    """`9:00 AM`, `09:00`: as the language tells it."""
    return _plain_spaces(format_time(parse_time(scope, value), format="short", locale=_locale(scope.language)))


def datetime(scope: Scope, value: Any) -> str:
    """Date and time of day: `Monday, January 5, 2026, 9:00 AM`."""
    pattern = str(_locale(scope.language).datetime_formats["full"]).replace("'", "")
    return _plain_spaces(pattern.replace("{1}", date(scope, value)).replace("{0}", time(scope, value)))
