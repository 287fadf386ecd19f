"""The six operations of Telefonie's Number Management API, as values, to the letter of its OpenAPI.

`base` is the URL of that API, which lies beside the Voice API.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation, nothing
from flowengine.carriers.reading import given, query

NumberType = Literal["local", "national", "toll-free", "mobile"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Features(_Answer):
    """What a number can do."""

    voice: bool | None = None
    sms: bool | None = None
    mms: bool | None = None


class Available(_Answer):
    """A number that can be bought."""

    phone_number: str
    friendly_name: str | None = None
    country_code: str
    type: NumberType
    capabilities: Features = Features()
    monthly_rate: str | None = None


class AvailableNumbers(_Answer):
    """What a search has found."""

    available_numbers: list[Available] = Field(default_factory=list)


class Owned(_Answer):
    """A number of ours, and the webhooks that answer it."""

    phone_number: str
    friendly_name: str | None = None
    type: NumberType
    country_code: str | None = None
    capabilities: Features = Features()
    voice_url: str | None = None
    sms_url: str | None = None
    date_created: datetime | None = None
    monthly_rate: str | None = None


class OwnedPage(_Answer):
    """A page of our numbers."""

    numbers: list[Owned] = Field(default_factory=list)
    total: int | None = None


def search_numbers(
    base: str,
    country_code: str,
    *,
    kind: NumberType | None = None,
    area_code: str | None = None,
    contains: str | None = None,
    sms_enabled: bool | None = None,
    voice_enabled: bool | None = None,
    limit: int | None = None,
) -> Operation[AvailableNumbers]:
    """`searchAvailableNumbers`; `limit` is at most 20."""
    wanted = {
        "country_code": country_code,
        "type": kind,
        "area_code": area_code,
        "contains": contains,
        "sms_enabled": None if sms_enabled is None else str(sms_enabled).lower(),
        "voice_enabled": None if voice_enabled is None else str(voice_enabled).lower(),
        "limit": limit,
    }
    return Operation(Request("GET", f"{base}/available", query=query(wanted)), AvailableNumbers.model_validate)


def list_numbers(
    base: str, *, kind: NumberType | None = None, page: int | None = None, page_size: int | None = None
) -> Operation[OwnedPage]:
    """`listOwnedNumbers`; `page_size` is at most 100."""
    wanted = query({"type": kind, "page": page, "page_size": page_size})
    return Operation(Request("GET", f"{base}/owned", query=wanted), OwnedPage.model_validate)


def purchase_number(
    base: str,
    phone_number: str,
    *,
    voice_url: str | None = None,
    sms_url: str | None = None,
    friendly_name: str | None = None,
) -> Operation[Owned]:
    """`purchaseNumber`. It is never sent twice."""
    fields = {
        "phone_number": phone_number,
        "voice_url": voice_url,
        "sms_url": sms_url,
        "friendly_name": friendly_name,
    }
    return Operation(Request("POST", f"{base}/owned", given(fields)), Owned.model_validate)


def get_number(base: str, phone_number: str) -> Operation[Owned]:
    """`getOwnedNumber`."""
    return Operation(Request("GET", _path(base, phone_number)), Owned.model_validate)


def update_number(
    base: str,
    phone_number: str,
    *,
    voice_url: str | None = None,
    sms_url: str | None = None,
    friendly_name: str | None = None,
) -> Operation[Owned]:
    """`updateOwnedNumber`. To do it twice does no harm."""
    fields = given({"voice_url": voice_url, "sms_url": sms_url, "friendly_name": friendly_name})
    return Operation(Request("POST", _path(base, phone_number), fields, again=True), Owned.model_validate)


def release_number(base: str, phone_number: str) -> Operation[None]:
    """`releaseNumber`: cannot be undone."""
    return Operation(Request("DELETE", _path(base, phone_number)), nothing)


def _path(base: str, phone_number: str) -> str:
    return f"{base}/owned/{quote(phone_number, safe='')}"
