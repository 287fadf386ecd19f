"""Reading answers whose form is documented only in part: names that may differ, lists that may be wrapped.

Raises ValueError where an answer cannot be what was asked for; the runtime then says that the outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Fields = Mapping[str, Any]

_BEYOND = Decimal(10) ** 15


def listed(answer: Any, *names: str) -> list[Fields]:
    """The objects of a list: a bare array, or an object that holds one under one of `names` or as its only array."""
    if isinstance(answer, dict):
        named = [answer[name] for name in names if isinstance(answer.get(name), list)]
        arrays = named or [value for value in answer.values() if isinstance(value, list)]
        if len(arrays) != 1 and not named:
            raise ValueError("the answer holds no list")
        answer = arrays[0]
    if not isinstance(answer, list):
        raise ValueError("the answer is no list")
    return [entry for entry in answer if isinstance(entry, dict)]


def object_of(answer: Any, *names: str) -> Fields:
    """The fields of an object: the answer itself, or what it holds under one of `names`; empty where there is none."""
    if not isinstance(answer, dict):
        return {}
    for name in names:
        if isinstance(answer.get(name), dict):
            inner: Fields = answer[name]
            return inner
    return answer


def text(fields: Fields, *names: str) -> str:
    """The first of the fields that has a value, as text; empty when none has."""
    for name in names:
        value = fields.get(name)
        if value is not None and not isinstance(value, dict | list):
            return str(value)
    return ""


def required(fields: Fields, *names: str) -> str:
    """As `text`.

    Raises:
        ValueError: none of the fields has a value.
    """
    found = text(fields, *names)
    if not found:
        raise ValueError(f"the answer has no {' or '.join(names)}")
    return found


def money(fields: Fields, *names: str) -> Decimal | None:
    """An amount, which may be a number or a text."""
    found = text(fields, *names)
    try:
        amount = Decimal(found) if found else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None


def whole(fields: Fields, *names: str) -> int | None:
    """A whole number; a part of one is cut off. One that is beyond all measure is none."""
    amount = money(fields, *names)
    # Written out, `1e999999` has a million digits, and would keep us busy for a minute.
    return None if amount is None or abs(amount) > _BEYOND else int(amount)


def moment(fields: Fields, *names: str) -> datetime | None:
    """A time in ISO 8601; one without a zone is in UTC."""
    found = text(fields, *names)
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that have a value: for bodies."""
    return {name: value for name, value in values.items() if value is not None}


def query(values: Mapping[str, Any]) -> dict[str, str]:
    """The entries that have a value, as texts: for queries."""
    return {name: str(value) for name, value in values.items() if value is not None}
