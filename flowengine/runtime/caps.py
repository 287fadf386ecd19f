"""How often calls may reach out: `per_call` and `per_hour` of `[transfer]` and `[sms]`.

An allow-list says where calls may lead; these say how much a fault or a fraud can cost before somebody looks. They are
counted in the store, so for all workers and machines together, and before anything is dialled or sent.
"""

from __future__ import annotations

from collections.abc import Callable

from flowengine.core.policy import Destinations
from flowengine.runtime.outside import Undelivered
from flowengine.runtime.store import Store

_HOUR = 3600.0
_CALL = 24 * _HOUR
"""Seconds after which the count of a call is forgotten; calls are shorter."""


class Caps:
    """Counts, and says when it is too much."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def check_text(self, call: str, allowed: Destinations) -> None:
        """Count a text message.

        Raises:
            Undelivered: there were too many.
            StoreError: it cannot be counted.
        """
        reason = await self.refuse("sms", allowed, call)
        if reason:
            raise Undelivered(reason)

    async def refuse(self, table: str, allowed: Destinations, call: str) -> str:
        """Count one more of a call, under `[transfer]` or `[sms]`; why it may not be, or an empty text.

        Raises:
            StoreError: it cannot be counted.
        """
        now = self._clock()
        if allowed.per_call is not None:
            count = await self._store.tally(f"{table}/call/{call}", now + _CALL)
            if count > allowed.per_call:
                return f"[{table}] per_call is {allowed.per_call}"
        if allowed.per_hour is not None:
            hour = int(now // _HOUR)
            count = await self._store.tally(f"{table}/hour/{hour}", (hour + 2) * _HOUR)
            if count > allowed.per_hour:
                return f"[{table}] per_hour is {allowed.per_hour}"
        return ""
