"""Coroutines that begin at once, deadlines of what waits, and the locks of calls."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from flowengine.runtime.eager import Deadlines, begin
from flowengine.runtime.locks import Locks

_WORD: ContextVar[str] = ContextVar("word", default="")


async def _gives(value: int, *waits: float) -> int:
    for seconds in waits:
        await asyncio.sleep(seconds)
    return value


async def _ended(task: asyncio.Future[None] | None) -> None:
    assert task is not None
    await task


async def test_what_waits_for_nothing_has_ended_when_it_was_begun() -> None:
    results: list[int] = []
    assert begin(_gives(1), results.append) is None
    assert results == [1]


@pytest.mark.parametrize("waits", [(0.0,), (0.01,), (0.0, 0.01, 0.0)])
async def test_what_waits_goes_on_when_it_can(waits: tuple[float, ...]) -> None:
    results: list[int] = []
    task = begin(_gives(2, *waits), results.append)
    assert results == []
    await _ended(task)
    assert results == [2]


async def test_what_goes_wrong_in_a_wait_reaches_the_work() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> str:
        try:
            await future
        except ValueError as error:
            return str(error)
        return ""

    results: list[str] = []
    task = begin(work(), results.append)
    future.set_exception(ValueError("no"))
    await _ended(task)
    assert results == ["no"]


async def test_work_keeps_its_own_context_through_its_waits() -> None:
    async def work() -> str:
        _WORD.set("mine")
        await asyncio.sleep(0)
        return _WORD.get()

    results: list[str] = []
    task = begin(work(), results.append)
    assert _WORD.get() == ""
    await _ended(task)
    assert results == ["mine"]


async def test_what_goes_wrong_is_told_to_whoever_holds_it() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    ended = begin(work(), print)
    assert ended is not None
    with pytest.raises(ValueError, match="no"):
        await ended

    def done(_: int) -> None:
        raise KeyError("done")

    ended = begin(_gives(1, 0.001), done)
    assert ended is not None
    with pytest.raises(KeyError):
        await ended


async def test_what_it_waits_for_may_be_cancelled() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> str:
        try:
            await future
        except asyncio.CancelledError:
            return "cancelled"
        return ""

    results: list[str] = []
    ended = begin(work(), results.append)
    future.cancel()
    await _ended(ended)
    assert results == ["cancelled"]


async def test_each_of_many_deadlines_is_kept() -> None:
    deadlines = Deadlines()
    loop = asyncio.get_running_loop()
    began = loop.time()
    late: list[tuple[float, float]] = []

    async def wait(seconds: float) -> None:
        with pytest.raises(TimeoutError):
            await deadlines.within(seconds, _gives(0, 5.0))
        late.append((seconds, loop.time() - began))

    given = (0.2, 0.05, 0.1, 0.15, 0.02)
    results = await asyncio.gather(deadlines.within(1.0, _gives(7, 0.12)), *map(wait, given))
    assert results[0] == 7
    assert [seconds for seconds, _ in late] == sorted(given)
    assert all(seconds - 0.005 < took < seconds + 0.2 for seconds, took in late)


async def test_in_time() -> None:
    assert await Deadlines().within(1.0, _gives(3)) == 3
    assert await Deadlines().within(1.0, _gives(4, 0.0, 0.01)) == 4


@pytest.mark.parametrize("waits", [(5.0,), (0.0, 5.0), (0.001, 5.0)])
async def test_too_late(waits: tuple[float, ...]) -> None:
    with pytest.raises(TimeoutError):
        await Deadlines().within(0.02, _gives(0, *waits))


async def test_work_that_cleans_up_slowly_is_ended_too() -> None:
    cleaned = []

    async def work() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            cleaned.append(True)
            await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(Deadlines().within(0.02, work()), 1.0)
    assert cleaned == [True]


async def test_what_is_cancelled_from_outside_is_cancelled_and_not_late() -> None:
    task = asyncio.ensure_future(_awaiting())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _awaiting() -> int:
    return await Deadlines().within(5.0, _gives(0, 5.0))


async def test_a_deadline_holds_for_what_begins_at_once() -> None:
    async def work() -> str:
        try:
            await Deadlines().within(0.02, _gives(0, 5.0))
        except TimeoutError:
            return "late"
        return ""

    results: list[str] = []
    await _ended(begin(work(), results.append))
    assert results == ["late"]


async def test_locks_are_handed_on_in_order_and_one_at_a_time() -> None:
    locks, order, inside = Locks(), list[int](), 0

    async def use(number: int) -> None:
        nonlocal inside
        async with locks.hold("a"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    await asyncio.gather(*(use(number) for number in range(20)))
    assert order == list(range(20))
    assert locks.take("a")


async def test_whoever_stops_waiting_for_a_lock_does_not_hold_it() -> None:
    locks = Locks()
    assert locks.take("a")
    assert not locks.take("a")
    assert locks.take("b")
    first, second, third = (asyncio.create_task(locks.wait("a")) for _ in range(3))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    locks.release("a")
    second.cancel()  # it was handed the lock, and has not run since
    await asyncio.wait({second})
    await asyncio.wait_for(third, 1.0)
    locks.release("a")
    assert locks.take("a")
