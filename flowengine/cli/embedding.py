"""VoIPBIN in `flowengine dev`: its embedded account, and the project's numbers that it answers."""

from __future__ import annotations

from typing import Any

from flowengine.carriers.directory import entries
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.compiler.config import Config
from flowengine.sandbox.voipbin import VoipbinAccount
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier

NAME = "voipbin"

_OF_FLOWS = ("conferences", "queues", "provider")


def account(config: Config, url: str) -> VoipbinAccount:
    """The account that the embedded VoIPBIN has, with `dev` at `url`: its events come to us, and the rooms and queues
    that the project names are there."""
    table = config.carriers.get(NAME, {})
    return VoipbinAccount(
        webhook_uri=f"{url}/voipbin/events",
        conferences=_by_id(table.get("conferences")),
        queues=_by_id(table.get("queues")),
    )


def table(config: Config, url: str) -> dict[str, Any]:
    """The settings of the carrier: the embedded one's, with what the project says of rooms, queues and voices."""
    given = config.carriers.get(NAME, {})
    return {**entries()[NAME].embedded(f"{url}/carrier"), **{name: given[name] for name in _OF_FLOWS if name in given}}


def numbers(config: Config) -> frozenset[str]:
    """The project's numbers that VoIPBIN answers: those that name it, or all where it is the only carrier."""
    only = next(iter(config.carriers)) if len(config.carriers) == 1 else None
    return frozenset(number for number, target in config.numbers.items() if (target.carrier or only) == NAME)


def own(carrier: VoipbinCarrier, wanted: frozenset[str], url: str) -> None:
    """Let just these numbers be those of the embedded VoIPBIN, each answered by our server at `url`."""
    rows = carrier.account.tables["numbers"]
    held = {row["number"]: row for row in rows.rows.values() if rows.keeps(row)}
    for number in held.keys() - wanted:
        carrier.release_number(held[number])
    action = Voipbin(VoipbinConfig(), b"", url).entry()
    for number in sorted(wanted - held.keys()):
        carrier.own(number, [action])


def _by_id(names: object) -> dict[str, str]:
    """Ids by name, turned round; what is no such table is for the settings' own check to tell."""
    return {str(key): name for name, key in names.items()} if isinstance(names, dict) else {}
