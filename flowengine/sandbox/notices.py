"""Webhooks in JSON: signed by whoever sends them, in order for each subject, and sent again where that is promised."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.documents.services import Services
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.leg import Leg, LegState

Sign = Callable[[bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a delivery went: the last answer's status, 0 where there was none, and how often it was tried."""

    status: int
    attempts: int


class Notices:
    """Posts JSON to the webhooks of accounts."""

    def __init__(self, client: aiohttp.ClientSession, clock: Clock, bulletin: Bulletin, seconds: float) -> None:
        self._client = client
        self._clock = clock
        self._bulletin = bulletin
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    def post(self, url: str, body: Mapping[str, Any], sign: Sign, *, attempts: int = 1, about: str = "") -> None:
        """Send a body in the background; nothing happens when `url` is empty."""
        if url:
            self._clock.spawn(self._delivered(url, body, sign, attempts, about), f"notice to {url}")

    async def _delivered(self, url: str, body: Mapping[str, Any], sign: Sign, attempts: int, about: str) -> None:
        await self.deliver(url, body, sign, attempts=attempts, about=about)

    async def deliver(
        self, url: str, body: Mapping[str, Any], sign: Sign, *, attempts: int = 1, about: str = ""
    ) -> Sent:
        """Send a body, again after a while where it is not taken, at most so many times."""
        raw = json.dumps(body, separators=(",", ":")).encode()
        status = 0
        for attempt in range(attempts):
            if attempt:
                await self._clock.sleep(2.0**attempt)
            status = await self._once(url, raw, {"Content-Type": "application/json", **sign(raw)}, body, about)
            if 200 <= status < 300:
                return Sent(status, attempt + 1)
        return Sent(status, attempts)

    async def _once(self, url: str, raw: bytes, headers: Mapping[str, str], body: Mapping[str, Any], about: str) -> int:
        try:
            async with self._client.post(url, data=raw, headers=headers, timeout=self._timeout) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            self._bulletin.tell("error", about, f"POST {url}: {error or type(error).__name__}")
            return 0
        self._bulletin.tell("request", about, f"POST {url} -> {status}", url=url, status=status, fields=dict(body))
        return status


def on_states(leg: Leg, services: Services, tell: Callable[[LegState], Any]) -> None:
    """Await `tell` for the state that a leg is in, and for each change of it, in order, to the last."""
    states: list[LegState] = [leg.state]
    leg.listeners.append(lambda changed: states.append(changed.state))

    async def follow() -> None:
        while True:
            await leg.until(lambda: bool(states))
            state = states.pop(0)
            await tell(state)
            if leg.is_over and not states:
                return

    services.in_background(follow(), f"tell of {leg.id}")
