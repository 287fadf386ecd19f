"""The one list of carriers that run flows, and how each is made from its table in `flowengine.toml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from flowengine.carriers.contract import Capabilities, Carrier
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.capabilities import CAPABILITIES as TELEFONIE
from flowengine.carriers.telefonie.config import TelefonieConfig


class CarrierConfigError(ValueError):
    """The table of a carrier is not as it must be; the message names the key."""


@dataclass(frozen=True, slots=True)
class Api:
    """How a carrier's API is reached."""

    base_url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Connected:
    """A carrier ready to work. `signed` tells whether its webhooks are verified."""

    carrier: Carrier
    api: Api
    signed: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A carrier that a project can name. `connect` takes its table, a key for tokens, and our public URL."""

    name: str
    title: str
    capabilities: Capabilities
    connect: Callable[[Mapping[str, Any], bytes, str], Connected]


def _telefonie(table: Mapping[str, Any], key: bytes, public_url: str) -> Connected:
    try:
        config = TelefonieConfig.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CarrierConfigError(f"carriers.telefonie.{where}: {first['msg']}") from None
    api = Api(config.base_url, {"X-API-Key": config.api_key})
    return Connected(Telefonie(config, key, public_url), api, bool(config.secrets))


CARRIERS: tuple[Offer, ...] = (Offer("telefonie", "Telefonie", TELEFONIE, _telefonie),)


def offers() -> dict[str, Offer]:
    """The carriers by name."""
    return {offer.name: offer for offer in CARRIERS}


def abilities() -> dict[str, Capabilities]:
    """What each carrier can do, by name: what `check` holds flows against."""
    return {offer.name: offer.capabilities for offer in CARRIERS}
