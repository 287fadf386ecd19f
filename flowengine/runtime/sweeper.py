"""The look round that every worker takes once a second: timers that are due, what is to leave, what may be forgotten.

It is the same in every worker of every machine: the store gives each thing to one of them, and what two of them see
at once, compare-and-set lets happen once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from flowengine.runtime.health import Health
from flowengine.runtime.limits import Limits
from flowengine.runtime.log import Log
from flowengine.runtime.outbox import Outbox
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import ConflictError, Store, StoreError

_AT_ONCE = 100
_FORGET_EVERY = 60.0


class Sweeper:
    """Rings timers through `ring`, which is given the call."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        projects: Projects,
        ring: Callable[[str], Awaitable[None]],
        *,
        clock: Callable[[], float],
        limits: Limits,
        health: Health,
        log: Log,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._projects = projects
        self._ring = ring
        self._clock = clock
        self._limits = limits
        self._health = health
        self._log = log
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Look round from now on."""
        # Each on its own: a carrier that is slow to take a text must not hold up the timers of other calls.
        self._tasks = [
            asyncio.create_task(self._for_ever(self.ring_timers), name="timers"),
            asyncio.create_task(self._for_ever(self._outbox.send), name="outbox"),
            asyncio.create_task(self._for_ever(self._forget, _FORGET_EVERY), name="forgetting"),
        ]

    async def close(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ring_timers(self) -> None:
        """Let the timers ring that are due. Raises StoreError."""
        seen: set[str] = set()
        while fresh := [call for call in await self._store.due(self._clock(), _AT_ONCE) if call not in seen]:
            seen.update(fresh)
            for call in fresh:
                try:
                    await self._ring(call)
                except ConflictError:
                    continue  # another worker has it
                except (StoreError, TimeoutError):
                    raise
                except Exception as error:
                    # A call that cannot go on must not keep the others from their time.
                    self._log.crash("a fault in a timer", error, call=call)

    async def _forget(self) -> None:
        # Some at a time, so that calls under way come in between.
        while await self._store.forget(self._clock() - self._limits.kept):
            pass
        while await self._store.forget_details(self._clock() - self._projects.config.records.keep):
            pass

    async def _for_ever(self, look: Callable[[], Awaitable[None]], pause: float = 0.0) -> None:
        while True:
            await asyncio.sleep(pause or self._limits.sweep)
            try:
                await look()
                self._health.well()
            except (StoreError, TimeoutError) as error:
                self._health.failed(error)
            except Exception as error:
                self._log.crash("a fault in the sweep", error)
