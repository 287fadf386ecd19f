"""The time that the simulated phone network lives by: the real one, or one that a script moves.

Everything in the network waits through a `Clock`, never through asyncio's own sleep. That is what makes virtual time
possible: the clock counts who is at work. A task counts from the moment it is spawned until it waits, and again from
the moment that something wakes it. When nobody is at work, nothing more can happen before the next timer, and
`VirtualClock.advance` may jump to it. An HTTP request in flight is work, so time stands still while it is answered.
"""

import asyncio
import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

# Whether the running task is one that the clock counts. A task outside (a test that waits for a signal) must not.
_counted: ContextVar[bool] = ContextVar("flowengine_sandbox_counted", default=False)


class Signal:
    """Wakes everyone who waits for it; it keeps no memory, so waiters check their own condition in a loop."""

    def __init__(self) -> None:
        self._waiters: dict[asyncio.Future[bool], Callable[[], None]] = {}

    def fire(self) -> None:
        """Wake all present waiters. Each counts as at work from this moment, before its task has run."""
        for future, resume in list(self._waiters.items()):
            if not future.done():
                resume()
                future.set_result(True)
        self._waiters.clear()

    def _add(self, future: asyncio.Future[bool], resume: Callable[[], None]) -> None:
        self._waiters[future] = resume

    def _discard(self, future: asyncio.Future[bool]) -> None:
        self._waiters.pop(future, None)


class Clock(ABC):
    """What both clocks share: counting the work, spawning tasks, waiting for a signal or for time."""

    def __init__(self) -> None:
        self._working = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    def now(self) -> float:
        """Seconds since an arbitrary beginning; never goes backwards."""

    @abstractmethod
    def wall(self) -> datetime:
        """The time of day, with UTC as its zone."""

    @abstractmethod
    def _arm(self, seconds: float, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` after `seconds`; returns what disarms it."""

    @abstractmethod
    def _now_idle(self) -> None:
        """Nobody is at work any more."""

    def _resume(self) -> None:
        self._working += 1

    def _rest(self) -> None:
        self._working -= 1
        if self._working == 0:
            self._now_idle()

    async def wait(self, signal: Signal | None, within: float | None = None) -> bool:
        """Wait until `signal` fires (True) or `within` seconds have passed (False)."""
        counted = _counted.get()
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def resume() -> None:
            if counted:
                self._resume()

        def expire() -> None:
            if not future.done():
                resume()
                future.set_result(False)

        if signal is not None:
            signal._add(future, resume)
        disarm = self._arm(within, expire) if within is not None else None
        if counted:
            self._rest()
        try:
            return await future
        except asyncio.CancelledError:
            if future.cancelled():  # Nobody woke us, so nobody has counted us back in.
                resume()
            raise
        finally:
            if signal is not None:
                signal._discard(future)
            if disarm is not None:
                disarm()

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock's time."""
        await self.wait(None, max(0.0, seconds))

    @contextmanager
    def work(self) -> Iterator[None]:
        """Count the running task as at work: virtual time stands still until it leaves."""
        if _counted.get():
            yield
            return
        token = _counted.set(True)
        self._resume()
        try:
            yield
        finally:
            self._rest()
            _counted.reset(token)

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `coroutine` as a task that counts as at work from now on."""
        self._resume()

        async def run() -> None:
            _counted.set(True)
            await coroutine

        def done(task: asyncio.Task[None]) -> None:
            # Here, not in `run`: a task that is cancelled before its first step never enters its coroutine.
            self._tasks.discard(task)
            coroutine.close()
            self._rest()
            if not task.cancelled() and (error := task.exception()) is not None:
                loop = task.get_loop()
                loop.call_exception_handler({"message": f"{name} failed", "exception": error, "task": task})

        task = asyncio.get_running_loop().create_task(run(), name=name)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    async def close(self) -> None:
        """Cancel every task that is still under way and wait for its end."""
        while tasks := list(self._tasks):  # Again, since a task's end may spawn another.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class RealClock(Clock):
    """The event loop's own time."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def _arm(self, seconds: float, wake: Callable[[], None]) -> Callable[[], None]:
        return asyncio.get_running_loop().call_later(seconds, wake).cancel

    def _now_idle(self) -> None:
        """Real time goes on by itself."""


class VirtualClock(Clock):
    """A time that stands still until it is told to advance; the same script always gives the same times.

    `start` is the time of day at which it begins. Other parties whose work must hold the clock (a webhook server that
    goes on working after its answer) wrap it in `work()`, or add a function to `quiet` that says whether they rest.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)) -> None:
        super().__init__()
        self.quiet: list[Callable[[], bool]] = []
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0
        self._timers: list[tuple[float, int, list[Callable[[], None]]]] = []
        self._order = count()
        self._idle: asyncio.Event | None = None

    def now(self) -> float:
        return self._elapsed

    def wall(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def _arm(self, seconds: float, wake: Callable[[], None]) -> Callable[[], None]:
        # The list is the timer's handle: emptied, it is disarmed, and is dropped when its time comes.
        handle = [wake]
        heapq.heappush(self._timers, (self._elapsed + seconds, next(self._order), handle))
        return handle.clear

    def _now_idle(self) -> None:
        if self._idle is not None:
            self._idle.set()

    def next_timer(self) -> float | None:
        """Seconds until the next timer, or None when nothing waits for time."""
        while self._timers and not self._timers[0][2]:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - self._elapsed) if self._timers else None

    async def settle(self) -> None:
        """Return when nobody is at work any more. No time passes."""
        while True:
            while self._working > 0:
                self._idle = asyncio.Event()
                await self._idle.wait()
            if all(rests() for rests in self.quiet):
                return
            # Someone outside says so without being able to wake us: look again soon, in real time.
            await asyncio.sleep(0.001)

    async def advance(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Let `seconds` pass, timer by timer, settling after each; stop early when `until` holds.

        Returns whether `until` held (False when there is none).
        """
        target = self._elapsed + seconds
        await self.settle()
        while True:
            if until is not None and until():
                return True
            due = self.next_timer()
            if due is None or self._elapsed + due > target:
                break
            when, _, handle = heapq.heappop(self._timers)
            self._elapsed = max(self._elapsed, when)
            for wake in handle:
                wake()
            await self.settle()
        self._elapsed = target
        return False
