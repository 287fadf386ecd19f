"""What turns wait with: the end of a stage, and deadlines. mypyc does not compile generators that are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from math import inf
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


@coroutine
def stage() -> Generator[None, None, None]:
    """To be awaited: the end of a stage, where work waits for that which was begun with it; alone, for a round of the
    event loop."""
    yield


class _Deadline:
    """Ends the wait that is under way when its time is up."""

    __slots__ = ("passed", "until", "waits_for")

    def __init__(self, waits_for: Any, until: float) -> None:
        self.waits_for = waits_for
        self.until = until
        self.passed = False

    def passes(self) -> None:
        """Its time is up."""
        self.passed = True
        if asyncio.isfuture(self.waits_for):
            self.waits_for.cancel()


class Deadlines:
    """Deadlines of what waits, in one event loop.

    There is one timer for all of them: one for each took 1.3 µs, and nearly every wait ends long before its time is up.
    """

    def __init__(self) -> None:
        self._open: dict[_Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rings = inf

    @coroutine
    def within(self, seconds: float, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """What `work` gives; to be awaited. Work that waits for nothing but the end of a stage is not timed.

        Raises:
            TimeoutError: it takes longer than `seconds`; it is cancelled then, as `asyncio.timeout` does.
        """
        try:
            waits_for = work.send(None)
            while waits_for is None:
                try:
                    yield
                except BaseException as error:
                    waits_for = work.throw(error)
                else:
                    waits_for = work.send(None)
        except StopIteration as end:
            value: T = end.value
            return value
        step: Callable[[Any], Any]
        loop = asyncio.get_running_loop()
        deadline = _Deadline(waits_for, loop.time() + seconds)
        self._open[deadline] = None
        if deadline.until < self._rings:
            self._set(loop, deadline.until)
        try:
            while True:
                try:
                    given = yield waits_for
                except BaseException as error:
                    step, given = work.throw, error
                else:
                    step = work.send
                try:
                    waits_for = deadline.waits_for = step(given)
                except StopIteration as end:
                    value = end.value
                    return value
                except asyncio.CancelledError:
                    if deadline.passed:
                        raise TimeoutError from None
                    raise
                if deadline.passed and asyncio.isfuture(waits_for):
                    waits_for.cancel()  # it has caught what ended its first wait, and waits for something else
        finally:
            del self._open[deadline]

    def _set(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = at
        self._timer = loop.call_at(at, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, self._rings = None, inf
        now = loop.time() + _EARLY
        for deadline in list(self._open):
            if deadline.until <= now:
                deadline.passes()
        following = min((each.until for each in self._open if not each.passed), default=inf)
        if following < inf:
            self._set(loop, following)


_EARLY = 0.001
"""Seconds by which a timer of uvloop may ring too early: it counts in whole milliseconds."""
