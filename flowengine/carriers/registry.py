"""The one list of carriers that run flows, and how each is made from its table in `flowengine.toml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flowengine.carriers.abilities import CAPABILITIES
from flowengine.carriers.contract import Capabilities, Carrier
from flowengine.carriers.operation import Operation
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.rest import login

C = TypeVar("C", bound=BaseModel)


class CarrierConfigError(ValueError):
    """The table of a carrier is not as it must be; the message names the key."""


@dataclass(frozen=True, slots=True)
class Api:
    """How a carrier's API is reached.

    `query` goes with every request; `login` gives headers beside `headers`. `per_minute` is how many requests a key may
    make in a minute, where the carrier says so.
    """

    base_url: str
    headers: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    login: Operation[Mapping[str, str]] | None = None
    per_minute: int | None = None


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


def read_table(model: type[C], name: str, table: Mapping[str, Any]) -> C:
    """The settings of a carrier.

    Raises:
        CarrierConfigError: a key is unknown, or its value is not as it must be.
    """
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CarrierConfigError(f"carriers.{name}.{where}: {first['msg']}") from None


def _telefonie(table: Mapping[str, Any], key: bytes, public_url: str) -> Connected:
    config = read_table(TelefonieConfig, "telefonie", table)
    api = Api(config.base_url, {"X-API-Key": config.api_key})
    return Connected(Telefonie(config, key, public_url), api, bool(config.secrets))


def _voipbin(table: Mapping[str, Any], key: bytes, public_url: str) -> Connected:
    config = read_table(VoipbinConfig, "voipbin", table)
    if table and not public_url:
        raise CarrierConfigError("carriers.voipbin: project.public_url is needed, since the carrier fetches from it")
    # An access key is no bearer token, and the two are never sent together.
    query = {"accesskey": config.accesskey} if config.accesskey else {}
    session = login(config.base_url, config.username, config.password) if config.username and not query else None
    api = Api(config.base_url, {}, query, session)
    signed = bool(config.secrets and config.checks == "required" and config.token)
    return Connected(Voipbin(config, key, public_url), api, signed)


CARRIERS: tuple[Offer, ...] = (
    Offer("telefonie", "Telefonie", CAPABILITIES["telefonie"], _telefonie),
    Offer("voipbin", "VoIPBIN", CAPABILITIES["voipbin"], _voipbin),
)


def offers() -> dict[str, Offer]:
    """The carriers by name."""
    return {offer.name: offer for offer in CARRIERS}
