"""What carriers tell of calls and messages that no flow runs: kept once, and handed on to the project's own webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from flowengine.carriers.models import Call, M, Message, Notice, after, as_json, from_json
from flowengine.runtime.limits import Limits
from flowengine.runtime.log import Log
from flowengine.runtime.store import Outgoing, Store, Told

EVENT = "carrier.notice"
"""The name of the event that the project's webhook gets."""


class Noticing:
    """Takes notices in."""

    def __init__(self, store: Store, clock: Callable[[], float], limits: Limits, log: Log) -> None:
        """`clock` gives Unix time in seconds."""
        self._store = store
        self._clock = clock
        self._limits = limits
        self._log = log

    async def take(self, carrier: str, notice: Notice) -> bool:
        """Keep a notice, log it, and let it leave for the project's webhook; False for a repeat, which is only logged.

        Raises:
            StoreError, TimeoutError: it is not kept, and the carrier has to send it again.
        """
        at = self._clock()
        call = None if notice.call is None else as_json(notice.call)
        message = None if notice.message is None else as_json(notice.message)
        about = (notice.call or notice.message or _NOTHING).id
        told = Told(notice.key, carrier, notice.event, about, at, call, message)
        data = {"carrier": carrier, "event": notice.event, "call": call, "message": message, "raw": dict(notice.raw)}
        body = {"name": EVENT, "call": about if call is not None else "", "at": at, "data": data}
        # What is told of one call or message leaves in order; it never waits for that of another.
        subject = f"{carrier}:{about or notice.key}"
        async with asyncio.timeout(self._limits.store):
            fresh = await self._store.note(
                told, Outgoing(f"{carrier}:{notice.key}", "event", subject, carrier, body, at)
            )
        state = notice.call.state.value if notice.call else notice.message.status if notice.message else ""
        self._log("notice", carrier=carrier, told=notice.event, about=about, state=state, repeat=not fresh)
        return fresh


_NOTHING = Message(id="", status="")


def calls_of(told: Iterable[Told]) -> list[Call]:
    """Each call with all that was told of it, in the order of what was told; the latest first."""
    return _folded((each.about, from_json(Call, each.call)) for each in told if each.call is not None)


def messages_of(told: Iterable[Told]) -> list[Message]:
    """Each message with all that was told of it; the latest first."""
    return _folded((each.about, from_json(Message, each.message)) for each in told if each.message is not None)


def _folded(news: Iterable[tuple[str, M]]) -> list[M]:
    found: dict[str, M] = {}
    for about, each in news:
        before = found.pop(about, None)
        found[about] = each if before is None else after(before, each)
    return list(reversed(found.values()))
