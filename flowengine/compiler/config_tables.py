"""The tables of `flowengine.toml` whose keys are fixed, and what their values may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from flowengine.core.policy import outside
from flowengine.verbs.kinds import URL, duration, whole

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?|\*", re.ASCII)


# ---------------------------------------------------------------------------------------------------- kinds of values


def _must(check: Callable[[Any], Any]) -> BeforeValidator:
    """A field whose value `check` accepts, or refuses with a ValueError that completes "must be …"."""

    def validate(value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            raise PydanticCustomError("unfit", "must be {expected}", {"expected": str(error)}) from None

    return BeforeValidator(validate)


def seconds(value: Any) -> Any:
    """`"5s"` as a number of seconds; anything else as it is."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    number = float(found[1]) * _UNITS[found[2]]
    return int(number) if number.is_integer() else number


def _length(value: Any) -> Any:
    return duration(1, 7 * 24 * 3600).accept(seconds(value))


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ValueError('the name of a time zone, such as "Europe/Berlin"') from None


def _folder(value: Any) -> str:
    if not isinstance(value, str) or not value or value.startswith("/") or "\\" in value or ".." in value.split("/"):
        raise ValueError("a folder inside the project, relative to flowengine.toml")
    return value


def _public(value: Any) -> str:
    url: str = URL.accept(value)
    if urlsplit(url).query or urlsplit(url).fragment:
        raise ValueError("a URL that others reach this server by, without `?` and `#`")
    return url.rstrip("/")


def _host(value: Any) -> str:
    if not isinstance(value, str) or _HOST.fullmatch(value) is None:
        raise ValueError('a host such as "crm.example", "*.acme.example" or "localhost:8080"')
    return value


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or outside([value]):
        raise ValueError('a number such as "+15551230000", "+1555*" or "sip:*@acme.example"')
    return value


# -------------------------------------------------------------------------------------------------------- the sections


class Section(BaseModel):
    """A table of the file: unknown keys are refused, nothing is converted by guess."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProjectTable(Section):
    """`[project]`. `public_url` is how carriers reach this server; None until it is known."""

    flows: Annotated[str, _must(_folder)] = "flows"
    audio: Annotated[str, _must(_folder)] = "audio"
    locale: Annotated[str, _must(_folder)] = "locale"
    timezone: Annotated[str, _must(_zone)] = "UTC"
    public_url: Annotated[str | None, _must(_public)] = None


class NumberTarget(Section):
    """What answers a number: a flow, over a carrier (None: the only one configured, else the embedded one)."""

    flow: str
    carrier: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"flow": value} if isinstance(value, str) else value


class HttpTable(Section):
    """`[http]`: hosts that `fetch`, `play` and `redirect` may reach."""

    allow: list[Annotated[str, _must(_host)]] = Field(default_factory=list)


class DestinationTable(Section):
    """`[transfer]` or `[sms]`: numbers and SIP addresses that may be reached, with `*` for anything."""

    allow: list[Annotated[str, _must(_pattern)]] = Field(default_factory=list)


class EventsTable(Section):
    """`[events]`: the project's own webhook, which is sent what `emit` says. `secret` signs it."""

    url: Annotated[str | None, _must(URL.accept)] = None
    secret: str | None = None


class LimitsTable(Section):
    """`[limits]`: what no call may exceed. `length` is in seconds."""

    steps: Annotated[int, _must(whole(1, 1_000_000).accept)] = 1_000
    turns: Annotated[int, _must(whole(1, 100_000).accept)] = 500
    length: Annotated[float, _must(_length)] = 4 * 3600
    depth: Annotated[int, _must(whole(1, 1_000).accept)] = 32
    text: Annotated[int, _must(whole(1, 1_000_000).accept)] = 10_000
