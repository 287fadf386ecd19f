"""Virtual time: it stands still while anybody works, and is exact otherwise."""

import asyncio
from datetime import UTC, datetime

import pytest

from flowengine.sandbox import RealClock, VirtualClock
from flowengine.sandbox.clock import Clock, Signal


async def _note(clock: Clock, notes: list[float], *seconds: float) -> None:
    for second in seconds:
        await clock.sleep(second)
        notes.append(clock.now())


async def test_time_passes_only_when_told() -> None:
    clock, notes = VirtualClock(datetime(2026, 11, 21, 20, tzinfo=UTC)), []
    clock.spawn(_note(clock, notes, 5, 60), "sleeper")
    await clock.settle()
    assert (notes, clock.next_timer()) == ([], 5)
    await clock.advance(64)
    assert (notes, clock.now()) == ([5], 64)
    assert clock.wall() == datetime(2026, 11, 21, 20, 1, 4, tzinfo=UTC)
    await clock.advance(1)
    assert (notes, clock.next_timer()) == ([5, 65], None)


async def test_timers_fire_in_their_order() -> None:
    clock, notes = VirtualClock(), []
    for seconds in ((3, 3), (1, 1, 1), (2,)):
        clock.spawn(_note(clock, notes, *seconds), "sleeper")
    await clock.advance(10)
    assert notes == [1, 2, 2, 3, 3, 6]


async def test_time_waits_for_work_in_progress() -> None:
    clock, notes = VirtualClock(), []

    async def work() -> None:
        await asyncio.sleep(0.05)  # As an HTTP request would: outside the clock.
        notes.append(clock.now())

    clock.spawn(work(), "worker")
    await clock.advance(100)
    assert notes == [0]


async def test_a_signal_wakes_and_a_timeout_does_not() -> None:
    clock, signal, results = VirtualClock(), Signal(), []

    async def wait() -> None:
        results.append(await clock.wait(signal, 5))
        results.append(await clock.wait(signal, 5))

    clock.spawn(wait(), "waiter")
    await clock.advance(1)
    signal.fire()
    await clock.advance(4.9)
    assert results == [True]
    await clock.advance(0.1)
    assert results == [True, False]


async def test_an_advance_stops_early_when_its_condition_holds() -> None:
    clock, notes = VirtualClock(), []
    clock.spawn(_note(clock, notes, 2, 2, 2), "sleeper")
    assert await clock.advance(100, until=lambda: len(notes) == 2)
    assert clock.now() == 4


async def test_others_may_hold_the_clock() -> None:
    clock, notes, busy = VirtualClock(), [], [True]
    clock.quiet.append(lambda: not busy)
    clock.spawn(_note(clock, notes, 1), "sleeper")
    advancing = asyncio.create_task(clock.advance(1))
    await asyncio.sleep(0.05)
    assert notes == []
    busy.clear()
    await advancing
    assert notes == [1]


async def test_a_cancelled_task_does_not_hold_the_clock() -> None:
    clock = VirtualClock()
    waiting = clock.spawn(clock.sleep(1000), "waiting")
    unborn = clock.spawn(clock.sleep(1000), "cancelled before its first step")
    unborn.cancel()
    await clock.settle()
    waiting.cancel()
    await asyncio.wait_for(clock.advance(1), 1)
    assert waiting.cancelled()


async def test_a_task_that_fails_is_reported_and_does_not_hold_the_clock() -> None:
    clock, reported = VirtualClock(), []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))

    async def fail() -> None:
        raise LookupError("lost")

    clock.spawn(fail(), "failing")
    await asyncio.wait_for(clock.advance(1), 1)
    assert [str(error) for error in reported] == ["lost"]


async def test_real_time_passes_by_itself() -> None:
    clock, notes = RealClock(), []
    began = clock.now()
    task = clock.spawn(_note(clock, notes, 0.05), "sleeper")
    await task
    assert notes[0] - began == pytest.approx(0.05, abs=0.04)
    assert abs((clock.wall() - datetime.now(UTC)).total_seconds()) < 1
    clock.spawn(clock.sleep(100), "cancelled at the end")
    await clock.close()
