"""Coroutines that begin at once, deadlines of what waits, and the locks of calls."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from flowengine.runtime.eager import GivenUpError, begin
from flowengine.runtime.locks import Locks
from flowengine.runtime.waiting import Deadlines, stage

_WORD: ContextVar[str] = ContextVar("word", default="")


async def _gives(value: int, *waits: float) -> int:
    for seconds in waits:
        await asyncio.sleep(seconds)
    return value


def _raise(error: Exception) -> None:
    raise error


async def _ended(waiting: list[asyncio.Future[None]]) -> None:
    [one] = waiting
    await one


async def test_what_waits_for_nothing_has_ended_when_it_was_begun() -> None:
    results: list[int] = []
    assert begin([(_gives(1), results.append, _raise)]) == []
    assert results == [1]


@pytest.mark.parametrize("waits", [(0.01,), (0.0, 0.01, 0.0)])
async def test_what_waits_goes_on_when_it_can(waits: tuple[float, ...]) -> None:
    results: list[int] = []
    waiting = begin([(_gives(2, *waits), results.append, _raise)])
    assert results == []
    await _ended(waiting)
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
    waiting = begin([(work(), results.append, _raise)])
    future.set_exception(ValueError("no"))
    await _ended(waiting)
    assert results == ["no"]


async def test_work_keeps_its_own_context_through_its_waits() -> None:
    async def work() -> str:
        _WORD.set("mine")
        await stage()
        await asyncio.sleep(0.001)
        return _WORD.get()

    results: list[str] = []
    waiting = begin([(work(), results.append, _raise)])
    assert _WORD.get() == ""
    await _ended(waiting)
    assert results == ["mine"]


@pytest.mark.parametrize("waits", [(), (0.001,)])
async def test_what_goes_wrong_is_told_and_harms_no_other(waits: tuple[float, ...]) -> None:
    async def work() -> int:
        await _gives(0, *waits)
        raise ValueError("no")

    def done(_: int) -> None:
        raise KeyError("done")

    errors: list[Exception] = []
    results: list[int] = []
    works = [
        (work(), results.append, errors.append),
        (_gives(1, *waits), done, errors.append),
        (_gives(2, *waits), results.append, errors.append),
    ]
    waiting = begin(works)
    await asyncio.gather(*waiting)
    assert len(waiting) == (3 if waits else 0)
    assert [str(error) for error in errors] == ["no", "'done'"]
    assert results == [2]


async def test_all_come_to_the_end_of_a_stage_before_one_goes_on() -> None:
    said: list[str] = []

    async def work(name: str, stages: int) -> None:
        for number in range(stages):
            said.append(f"{name}{number}")
            await stage()

    begin([(work(name, stages), lambda _: said.append("."), _raise) for name, stages in (("a", 2), ("b", 1), ("c", 3))])
    assert said == ["a0", "b0", "c0", "a1", ".", "c1", ".", "c2", "."]


async def test_a_stage_alone_is_a_round_of_the_event_loop() -> None:
    said: list[str] = []

    async def work(name: str) -> None:
        said.append(name)
        await stage()
        said.append(name)

    await asyncio.gather(work("a"), work("b"))
    assert said == ["a", "b", "a", "b"]


async def test_what_never_comes_to_a_wait_leaves_others_their_turn() -> None:
    said: list[str] = []

    async def work() -> str:
        for _ in range(10):
            await asyncio.sleep(0)
        return "last"

    waiting = begin([(work(), said.append, _raise)])
    asyncio.get_running_loop().call_soon(said.append, "between")
    await _ended(waiting)
    assert said == ["between", "last"]


@pytest.mark.parametrize("before", [True, False])
async def test_what_is_cancelled_has_ended_and_harms_no_other(before: bool) -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    if before:
        future.cancel()

    async def work() -> int:
        await stage()
        return await future

    results: list[int] = []
    errors: list[Exception] = []
    works = [(work(), results.append, errors.append), (_gives(1), results.append, _raise)]
    waiting = begin([*works, (_staged(2), results.append, _raise)])
    future.cancel()
    await asyncio.gather(*waiting)
    assert results == [1, 2]
    assert [type(error) for error in errors] == [GivenUpError]


async def _staged(value: int) -> int:
    await stage()
    await stage()
    return value


async def test_what_it_waits_for_may_be_cancelled() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> str:
        try:
            await future
        except asyncio.CancelledError:
            return "cancelled"
        return ""

    results: list[str] = []
    waiting = begin([(work(), results.append, _raise)])
    future.cancel()
    await _ended(waiting)
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
    await _ended(begin([(work(), results.append, _raise)]))
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
