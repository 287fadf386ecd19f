"""The data that flows wait for: the answer to a `fetch`, the fate of an `sms`. Each is asked for once.

A worker that asks says in the call's record until when its answer may come. Whoever is asked meanwhile by the carrier
waits for it in the store; when that time has passed, the worker is gone, and only what may safely be done twice is
asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from flowengine.carriers.contract import Carrier
from flowengine.core.commands import Fetch, SendText
from flowengine.core.events import Event, Fetched, Texted
from flowengine.core.graph import Program
from flowengine.runtime.caps import Caps
from flowengine.runtime.limits import Limits
from flowengine.runtime.outside import Outside, Undelivered
from flowengine.runtime.store import StoreError

WAITS = ("fetch", "send_text")
"""What a session is `waiting_for` when it waits for data."""

_SLACK = 0.5


def is_safe(wait: Fetch | SendText) -> bool:
    """Whether it may be done twice without harm."""
    return isinstance(wait, Fetch) and wait.method in ("GET", "HEAD")


def longest(wait: Fetch | SendText, limits: Limits) -> float:
    """Seconds after which whoever began it has its answer, or is gone."""
    return (wait.timeout * (wait.retries + 1) if isinstance(wait, Fetch) else limits.text) + _SLACK


def interrupted(wait: Fetch | SendText, at: float) -> Event:
    """What a flow is told of something that was begun, must not happen twice, and whose end nobody knows."""
    reason = "interrupted by a restart"
    return Fetched(at, error=reason) if isinstance(wait, Fetch) else Texted(at, reason)


class Gathering:
    """What this process has asked for."""

    def __init__(self, outside: Outside, caps: Caps, clock: Callable[[], float]) -> None:
        self._outside = outside
        self._caps = caps
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[Event]] = {}

    @property
    def idle(self) -> bool:
        """Whether all that was asked for is there."""
        return all(task.done() for task in self._tasks.values())

    def asked(self, call: str) -> asyncio.Task[Event] | None:
        """What was asked for a call, if it was here."""
        return self._tasks.get(call)

    def ask(self, call: str, carrier: Carrier, program: Program, wait: Fetch | SendText) -> asyncio.Task[Event]:
        """The task that gets the data of a call; it is begun once."""
        task = self._tasks.get(call)
        if task is None:
            task = asyncio.create_task(self._get(call, carrier, program, wait), name=f"data for {call}")
            self._tasks[call] = task
        return task

    def drop(self, call: str) -> None:
        """The call has what it waited for, or does not wait any more."""
        task = self._tasks.pop(call, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _get(self, call: str, carrier: Carrier, program: Program, wait: Fetch | SendText) -> Event:
        if isinstance(wait, Fetch):
            answer = await self._outside.fetch(wait, program.project.hosts)
            return Fetched(self._clock(), answer.status, answer.body, answer.error)
        try:
            await self._caps.check_text(call, program.project.texts)
            await self._outside.text(carrier, wait.to, wait.text, wait.sender)
        except Undelivered as error:
            return Texted(self._clock(), error.reason)
        except StoreError as error:
            return Texted(self._clock(), f"it could not be counted: {error}")
        return Texted(self._clock())
