"""A limit of requests in a minute, kept on our side: what is too much waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

_MINUTE = 60.0
_paces: dict[tuple[str, str, int], Pace] = {}


class Pace:
    """Lets at most `per_minute` through in any minute, in the order of their coming."""

    def __init__(self, per_minute: int, now: Callable[[], float] = monotonic, minute: float = _MINUTE) -> None:
        """`minute` is how many seconds one has."""
        self._slots: deque[float] = deque(maxlen=per_minute)
        self._now = now
        self._minute = minute

    async def wait(self) -> None:
        """Return as soon as one more is within the limit."""
        now = slot = self._now()
        if len(self._slots) == self._slots.maxlen:
            slot = max(now, self._slots[0] + self._minute)
        # The slot is taken before anything is awaited, so that no two take the same.
        self._slots.append(slot)
        if slot > now:
            await asyncio.sleep(slot - now)


def shared_pace(base_url: str, key: str, per_minute: int) -> Pace:
    """The pace of a key at a carrier: one for all clients of this process that use it."""
    return _paces.setdefault((base_url, key, per_minute), Pace(per_minute))
