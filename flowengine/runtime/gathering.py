"""The data that flows wait for: the answer to a `fetch`, the fate of an `sms`. Each is asked for once.

A worker that asks says in the call's record until when its answer may come. Whoever is asked meanwhile by the carrier
waits for it in the store; when that time has passed, the worker is gone, and only what may safely be done twice is
asked for again.

What has come is held here until a change that took it is saved: whoever was too late with his change takes it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

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

_MOST = 4096
"""Answers that are held: nobody comes for those of a call that goes on elsewhere."""


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


class _Asked(NamedTuple):
    wait: Fetch | SendText
    task: asyncio.Task[Event]


class Gathering:
    """What this process has asked for, by call and turn."""

    def __init__(self, outside: Outside, caps: Caps, clock: Callable[[], float]) -> None:
        self._outside = outside
        self._caps = caps
        self._clock = clock
        self._calls: dict[str, dict[int, _Asked]] = {}

    @property
    def idle(self) -> bool:
        """Whether all that was asked for is there."""
        return all(task.done() for task in self._tasks())

    def asked(self, call: str, turn: int) -> asyncio.Task[Event] | None:
        """What was asked for a turn, if it was here."""
        found = self._calls.get(call)
        asked = found.get(turn) if found is not None else None
        return asked.task if asked is not None else None

    def ask(
        self, call: str, turn: int, carrier: Carrier, program: Program, wait: Fetch | SendText
    ) -> asyncio.Task[Event]:
        """The task that gets the data that a turn waits for; it is begun once."""
        turns = self._calls.setdefault(call, {})
        asked = turns.get(turn)
        if asked is not None:
            if asked.wait == wait:
                return asked.task
            asked.task.cancel()  # the turn was another one, and was never saved
        task = asyncio.create_task(self._get(call, carrier, program, wait), name=f"data for {call}")
        turns[turn] = _Asked(wait, task)
        if len(self._calls) > _MOST:
            self._forget()
        return task

    def settle(self, call: str, turn: int | None) -> None:
        """A change of the call is saved: it waits for what was asked for this turn, and for nothing else."""
        turns = self._calls.get(call)
        if turns is None:
            return
        for other in [number for number in turns if number != turn]:
            turns.pop(other).task.cancel()
        if not turns:
            del self._calls[call]

    def _forget(self) -> None:
        """Let go of what came longest ago."""
        for call, turns in self._calls.items():
            if all(asked.task.done() for asked in turns.values()):
                del self._calls[call]
                return

    def _tasks(self) -> list[asyncio.Task[Event]]:
        return [asked.task for turns in self._calls.values() for asked in turns.values()]

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = self._tasks()
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
