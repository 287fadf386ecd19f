"""VoIPBIN's WebSocket, `GET /ws`: what happens in an account, told as it happens to who has subscribed to it.

A topic is `customer_id:ID:RESOURCE:ID`, or a beginning of one: `customer_id:ID:call` is all calls of the account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flowengine.core.data import decode

PATH = "/ws"


@dataclass(frozen=True, slots=True)
class Told:
    """What the WebSocket has told. `type` is the carrier's word for the event (`call_hangup`); empty where the resource
    came alone, as some of its releases send it."""

    type: str
    data: Mapping[str, Any]


def topic(customer: str, resource: str = "", one: str = "") -> str:
    """The topic of all that happens to a customer, to its resources of a kind (`call`), or to one of these."""
    return ":".join(["customer_id", customer, *filter(None, (resource, one))])


def wish(kind: Literal["subscribe", "unsubscribe"], topics: Iterable[str]) -> str:
    """What the carrier is sent."""
    return json.dumps({"type": kind, "topics": list(topics)})


def read(text: str) -> Told | None:
    """What the carrier has sent, in either of its two shapes; None for anything else."""
    try:
        found = decode(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    kind, data = found.get("type"), found.get("data")
    if isinstance(kind, str) and isinstance(data, dict):
        return Told(kind, data)
    return Told("", found) if "id" in found else None
