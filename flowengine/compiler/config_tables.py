"""The tables of `flowengine.toml` whose keys are fixed, and what their values may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flowengine.core.policy import PER_CALL, Destinations, outside
from flowengine.verbs.kinds import URL, duration, whole

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
_DAYS = re.compile(r"(\d{1,5}) (hour|day|week)s?", re.ASCII)
_DAY_UNITS = {"hour": 3600, "day": 86400, "week": 7 * 86400}
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?|\*", re.ASCII)


# ---------------------------------------------------------------------------------------------------- kinds of values


Accept = Callable[[Any], Any]
"""Gives a value in the form that is used, or raises a ValueError that completes "must be …"."""


def seconds(value: Any) -> Any:
    """`"5s"` as a number of seconds; anything else as it is."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    number = float(found[1]) * _UNITS[found[2]]
    return int(number) if number.is_integer() else number


def _length(value: Any) -> Any:
    return duration(1, 7 * 24 * 3600).accept(seconds(value))


def _keep(value: Any) -> int:
    found = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a time such as "30 days", "12 hours" or "0 days"')
    return int(found[1]) * _DAY_UNITS[found[2]]


def _part(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("a number between 0 and 1")
    return float(value)


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


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _key(accept: Accept, default: Any = MISSING) -> Any:
    """A key of a table: what it may be, and what it is where it is not written."""
    return field(default=default, metadata={"accept": accept})


def _list(accept: Accept) -> Any:
    """A key with a list, each of whose items `accept` takes."""
    return field(default_factory=tuple, metadata={"accept": accept, "list": True})


# -------------------------------------------------------------------------------------------------------- the sections


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """`[project]`. `public_url` is how carriers reach this server; None until it is known."""

    flows: str = _key(_folder, "flows")
    audio: str = _key(_folder, "audio")
    locale: str = _key(_folder, "locale")
    timezone: str = _key(_zone, "UTC")
    public_url: str | None = _key(_public, None)


@dataclass(frozen=True, slots=True)
class NumberTarget:
    """What answers a number: a flow, over a carrier (None: the only one configured, else the embedded one)."""

    flow: str = _key(_text)
    carrier: str | None = _key(_text, None)


@dataclass(frozen=True, slots=True)
class HttpTable:
    """`[http]`: hosts that `fetch`, `play` and `redirect` may reach."""

    allow: tuple[str, ...] = _list(_host)


@dataclass(frozen=True, slots=True)
class DestinationTable:
    """`[transfer]` or `[sms]`: numbers and SIP addresses that may be reached, with `*` for anything, and how often."""

    allow: tuple[str, ...] = _list(_pattern)
    per_call: int = _key(whole(1, 10_000).accept, PER_CALL)
    per_hour: int | None = _key(whole(1, 10_000_000).accept, None)

    def destinations(self) -> Destinations:
        """What a call can notice of it."""
        return Destinations(self.allow, self.per_call, self.per_hour)


@dataclass(frozen=True, slots=True)
class EventsTable:
    """`[events]`: the project's own webhook, which is sent what `emit` says. `secret` signs it."""

    url: str | None = _key(URL.accept, None)
    secret: str | None = _key(_text, None)


@dataclass(frozen=True, slots=True)
class LimitsTable:
    """`[limits]`: what no call may exceed. `length` is in seconds."""

    steps: int = _key(whole(1, 1_000_000).accept, 1_000)
    turns: int = _key(whole(1, 100_000).accept, 500)
    length: float = _key(_length, 4 * 3600)
    depth: int = _key(whole(1, 1_000).accept, 32)
    text: int = _key(whole(1, 1_000_000).accept, 10_000)


@dataclass(frozen=True, slots=True)
class RecordsTable:
    """`[records]`: how long calls that are over can be looked at, in seconds from their beginning."""

    keep: int = _key(_keep, 30 * 86400)


@dataclass(frozen=True, slots=True)
class MetricsTable:
    """`[metrics]`: what a monitoring system has to know to read them; nobody may as long as there is none."""

    token: str | None = _key(_text, None)


@dataclass(frozen=True, slots=True)
class TracingTable:
    """`[tracing]`: where the spans of calls are sent, the base URL of an OTLP receiver over HTTP, and of which part of
    the calls."""

    endpoint: str | None = _key(URL.accept, None)
    sample: float = _key(_part, 1.0)


def keys_of(table: type) -> Mapping[str, Field[Any]]:
    """The keys of a table, by name."""
    return {key.name: key for key in fields(table)}
