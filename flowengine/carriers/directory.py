"""The one list of all carriers for programs and for the command line: those that run flows, and those that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from flowengine.carriers.abilities import abilities
from flowengine.carriers.client import CarrierClient, Runner
from flowengine.carriers.contract import Capabilities
from flowengine.carriers.finespeak.client import FinespeakClient
from flowengine.carriers.finespeak.config import FinespeakConfig
from flowengine.carriers.registry import Api, offers, read_table
from flowengine.carriers.sms_voip.client import SmsVoipClient
from flowengine.carriers.sms_voip.config import SmsVoipConfig
from flowengine.carriers.speko.client import SpekoClient
from flowengine.carriers.speko.config import SpekoConfig
from flowengine.carriers.telefonie.client import TelefonieClient
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.voipbin.client import VoipbinClient

Table = Mapping[str, Any]
Make = Callable[[Runner, Callable[[], str]], CarrierClient]

EMBEDDED_KEYS: Mapping[str, str] = {
    "telefonie": "sandbox",
    "voipbin": "vb_sandbox",
    "finespeak": "fs_sandbox",
    "sms-voip": "sk_test_sandbox",
    "speko": "sk_live_sandbox",
}
"""The keys that the embedded carrier accepts when it is not set up otherwise."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a carrier's table says: how its API is reached, and what makes the client over it."""

    api: Api
    make: Make


@dataclass(frozen=True, slots=True)
class Entry:
    """A carrier. `open` takes its table; `embedded` gives the table for an embedded carrier at a URL."""

    name: str
    title: str
    client: type[CarrierClient]
    open: Callable[[Table], Opened]
    embedded: Callable[[str], dict[str, Any]]

    @property
    def capabilities(self) -> Capabilities:
        """What it can do in a live call; nothing where it only places them."""
        return abilities().get(self.name, Capabilities(runs_flows=False, of={}))


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _telefonie(table: Table) -> Opened:
    config = read_table(TelefonieConfig, "telefonie", table)
    api = Api(config.base_url, {"X-API-Key": config.api_key})
    return Opened(api, lambda runner, new_key: TelefonieClient(runner, new_key, config))


def _voipbin(table: Table) -> Opened:
    # No webhook is awaited here, so any URL serves where the table needs one.
    connected = offers()["voipbin"].connect(table, b"", "http://localhost")
    return Opened(connected.api, VoipbinClient)


def _finespeak(table: Table) -> Opened:
    config = read_table(FinespeakConfig, "finespeak", table)
    return Opened(Api(config.base_url, _bearer(config.api_key)), FinespeakClient)


def _sms_voip(table: Table) -> Opened:
    config = read_table(SmsVoipConfig, "sms-voip", table)
    return Opened(Api(config.base_url, _bearer(config.api_key), per_minute=config.per_minute), SmsVoipClient)


def _speko(table: Table) -> Opened:
    config = read_table(SpekoConfig, "speko", table)
    api = Api(config.base_url, _bearer(config.api_key))
    return Opened(api, lambda runner, new_key: SpekoClient(runner, new_key, config.agent))


DIRECTORY: tuple[Entry, ...] = (
    Entry(
        "telefonie",
        "Telefonie",
        TelefonieClient,
        _telefonie,
        lambda url: {
            "api_key": EMBEDDED_KEYS["telefonie"],
            "base_url": f"{url}/v1/voice",
            "sms_url": f"{url}/v1/sms",
            "numbers_url": f"{url}/v1/numbers",
            "recordings_url": f"{url}/v1/recordings",
        },
    ),
    Entry(
        "voipbin",
        "VoIPBIN",
        VoipbinClient,
        _voipbin,
        lambda url: {"accesskey": EMBEDDED_KEYS["voipbin"], "base_url": f"{url}/v1.0"},
    ),
    Entry(
        "finespeak",
        "FineSpeak",
        FinespeakClient,
        _finespeak,
        lambda url: {"api_key": EMBEDDED_KEYS["finespeak"], "base_url": f"{url}/finespeak/v1"},
    ),
    Entry(
        "sms-voip",
        "sms-voip",
        SmsVoipClient,
        _sms_voip,
        lambda url: {"api_key": EMBEDDED_KEYS["sms-voip"], "base_url": f"{url}/sms-voip/api/v1"},
    ),
    Entry(
        "speko",
        "Speko",
        SpekoClient,
        _speko,
        lambda url: {"api_key": EMBEDDED_KEYS["speko"], "base_url": f"{url}/speko", "agent": "agent_sandbox"},
    ),
)


GROUP = "flowengine.carriers"
"""The entry points under which other packages add their carriers; each is an `Entry`."""


class DuplicateCarrierError(Exception):
    """Two packages add a carrier of the same name."""


@cache
def entries() -> Mapping[str, Entry]:
    """The carriers by name, those of other packages among them.

    Raises:
        DuplicateCarrierError: two have the same name.
    """
    found: dict[str, Entry] = {}
    for entry in (*DIRECTORY, *(point.load() for point in entry_points(group=GROUP))):
        if entry.name in found:
            raise DuplicateCarrierError(f"there are two carriers with the name {entry.name}")
        found[entry.name] = entry
    return found
