"""What is to leave: text messages and events, at least once, each with its own key, in order within a call.

What fails is tried again after a while, and what nobody wants after eight times is kept apart, to be looked at and
sent again by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from flowengine.carriers.contract import Carrier
from flowengine.core.commands import Effect, Emit, Text
from flowengine.runtime.caps import Caps
from flowengine.runtime.log import Log
from flowengine.runtime.observing.watch import Watch
from flowengine.runtime.outside import Outside, Undelivered
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import CallRecord, Outgoing, Store

_ATTEMPTS = 8
_LONGEST_PAUSE = 600.0
_AT_ONCE = 16


def outgoing(effect: Effect, record: CallRecord, at: float) -> Outgoing | None:
    """What an effect of a turn sends, or None where it sends nothing."""
    if isinstance(effect, Text):
        body: dict[str, Any] = {"to": effect.to, "text": effect.text, "sender": effect.sender}
        return Outgoing(effect.key, "text", record.id, record.carrier, body, at)
    if isinstance(effect, Emit):
        body = {"name": effect.name, "call": record.id, "at": at, "data": effect.data}
        return Outgoing(effect.key, "event", record.id, record.carrier, body, at)
    return None


class Outbox:
    """Sends what is due."""

    def __init__(
        self,
        store: Store,
        carriers: Mapping[str, Carrier],
        outside: Outside,
        projects: Projects,
        caps: Caps,
        clock: Callable[[], float],
        log: Log,
        lease: float,
        watch: Watch,
    ) -> None:
        """`lease`: seconds that nobody else is given an item, longer than any one attempt takes."""
        self._store = store
        self._carriers = carriers
        self._outside = outside
        self._projects = projects
        self._caps = caps
        self._clock = clock
        self._log = log
        self._lease = lease
        self._watch = watch

    async def send(self) -> None:
        """Send all that is due. Raises StoreError."""
        while True:
            items = await self._store.take_outgoing(self._clock(), self._lease, _AT_ONCE)
            if not items:
                return
            await asyncio.gather(*(self._settle(item) for item in items))

    async def _settle(self, item: Outgoing) -> None:
        try:
            # What is sent here may be of another call than the one whose turn is under way.
            with self._watch.working(item.call):
                await self._send(item)
        except Undelivered as error:
            attempts = item.attempts + 1
            dead = not error.again or attempts >= _ATTEMPTS
            self._log.warning(
                f"{item.kind} not delivered", call=item.call, reason=error.reason, attempts=attempts, given_up=dead
            )
            self._watch.metrics.outgoing(item.kind, "dead" if dead else "retried")
            due = self._clock() + min(_LONGEST_PAUSE, 2.0**attempts)
            again = replace(item, due=due, attempts=attempts, dead=dead, reason=error.reason)
            await self._store.settle_outgoing(item, again)
        else:
            self._watch.metrics.outgoing(item.kind, "sent")
            await self._store.settle_outgoing(item)

    async def _send(self, item: Outgoing) -> None:
        if item.kind == "text":
            body = item.body
            carrier = self._carriers.get(item.carrier)
            if carrier is None:
                raise Undelivered(f"[carriers.{item.carrier}] is not set up")
            if not item.attempts:
                await self._caps.check_text(item.call, self._projects.config.sms.destinations())
            await self._outside.text(carrier, body["to"], body["text"], body["sender"])
        else:
            await self._outside.event(item.key, item.body)
