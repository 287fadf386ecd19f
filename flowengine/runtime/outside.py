"""What the engine needs of the world beside the carrier's webhooks: a contract, so that scripts can play the world."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

from flowengine.carriers.contract import Carrier, Request
from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts


class Answer(Struct, frozen=True):
    """What a fetch brought: status and body, or `error`, why there is none."""

    status: int | None = None
    body: Any = None
    error: str | None = None


class Undelivered(Exception):  # noqa: N818 - a result, not a fault of ours
    """It has not arrived. `again`: it is safe and may help to try once more."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class Outside(Protocol):
    """The world."""

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        """Make the request of a flow. `hosts` are those that it may reach besides public addresses. Never raises."""
        ...

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        """Send a text message. Raises Undelivered."""
        ...

    async def event(self, key: str, body: dict[str, Any]) -> None:
        """Send an event to the project's own webhook, if it has one. Raises Undelivered."""
        ...

    async def tell(self, carrier: Carrier, request: Request) -> None:
        """Make a request to the carrier about a call under way. Raises Undelivered."""
        ...
