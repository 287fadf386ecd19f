"""Numbers that can be bought: the same ones in every run, out of the ranges that are kept free for examples."""

from __future__ import annotations

from collections.abc import Container, Iterator

_AREAS = ("415", "212", "312", "206", "617")
_PER_AREA = 20
# 555-0100 to 555-0199 in the US; the ranges that Ofcom and the Bundesnetzagentur keep for drama.
_OTHERS = {"GB": ("+4420794600", 2), "DE": ("+493023125", 3)}


def numbers_of(country: str, area_code: str | None = None) -> Iterator[str]:
    """All numbers of a country, of one area code where it is given."""
    if country.upper() in ("US", "CA"):
        for area in _AREAS if area_code is None else (area_code,):
            if len(area) == 3 and area.isascii() and area.isdigit() and area[0] not in "01":
                yield from (f"+1{area}555{100 + each:04d}" for each in range(_PER_AREA))
    elif country.upper() in _OTHERS and area_code is None:
        prefix, width = _OTHERS[country.upper()]
        yield from (f"{prefix}{each:0{width}d}" for each in range(_PER_AREA))


def available(country: str, area_code: str | None, taken: Container[str], limit: int) -> list[str]:
    """The first numbers that nobody has."""
    found: list[str] = []
    for number in numbers_of(country, area_code):
        if len(found) >= limit:
            break
        if number not in taken:
            found.append(number)
    return found


def is_for_sale(number: str) -> bool:
    """Whether a number is one of the inventory."""
    if number.startswith("+1"):
        return number in set(numbers_of("US", number[2:5]))
    return any(number in set(numbers_of(country)) for country in _OTHERS)


def country_of(number: str) -> str:
    """The country of a number, as far as it is of the inventory."""
    return next((name for name, (prefix, _) in _OTHERS.items() if number.startswith(prefix)), "US")
