"""Coroutines that begin at once, in whoever calls them: most turns wait for nothing, and then need no task.

A task costs 5 µs and a round of the event loop, `asyncio.timeout` 3.6 µs; a turn over a store in memory takes less than
30 in all. What is begun here runs up to its first wait like a plain call; only what does wait is made into a task, and
only while it waits does a deadline exist. Until then `asyncio.current_task()` is None, so what begins here must not use
`asyncio.timeout` before its first wait: `within` is there for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def begin(work: Coroutine[Any, Any, T], done: Callable[[T], None]) -> asyncio.Task[None] | None:
    """Run `work`, which must not raise, up to its first wait; `done` is given its result, now or when it is there.

    Gives the task in which it goes on, to be held by the caller; None when it has ended.
    """
    context = copy_context()
    try:
        waits_for = context.run(work.send, None)
    except StopIteration as end:
        done(end.value)
        return None
    return asyncio.get_running_loop().create_task(_end(work, waits_for, done), context=context)


async def _end(work: Coroutine[Any, Any, T], waits_for: Any, done: Callable[[T], None]) -> None:
    done(await _rest(work, waits_for))


@coroutine
def _rest(work: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """The rest of a coroutine that has begun and now `waits_for` something."""
    step: Callable[[Any], Any]
    while True:
        try:
            given = yield waits_for
        except BaseException as error:
            step, given = work.throw, error
        else:
            step = work.send
        try:
            waits_for = step(given)
        except StopIteration as end:
            value: T = end.value
            return value


class _Deadline:
    """Ends the wait that is under way when its time is up."""

    __slots__ = ("passed", "waits_for")

    def __init__(self, waits_for: Any) -> None:
        self.waits_for = waits_for
        self.passed = False

    def __call__(self) -> None:
        self.passed = True
        if asyncio.isfuture(self.waits_for):
            self.waits_for.cancel()


@coroutine
def within(seconds: float, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
    """What `work` gives; to be awaited. Work that waits for nothing is not timed.

    Raises:
        TimeoutError: it takes longer than `seconds`; it is cancelled then, as `asyncio.timeout` does.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    step: Callable[[Any], Any]
    deadline = _Deadline(waits_for)
    timer = asyncio.get_running_loop().call_later(seconds, deadline)
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
        timer.cancel()
