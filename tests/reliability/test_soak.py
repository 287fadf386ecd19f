"""Calls in both directions through every verb for a long time: what the server holds does not grow."""

import asyncio
import contextlib
import multiprocessing
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from flowengine.runtime.http.rest import RestClient
from flowengine.sandbox import Sandbox, SandboxConfig
from flowengine.sandbox.telefonie.siblings import SMS_PREFIX
from tests.reliability import every_verb, soaking
from tests.reliability.size import size
from tests.reliability.soaking import Held, People

pytestmark = pytest.mark.slow

SECONDS = size(30, 1800)
RELOAD_SECONDS = size(8, 60)
CALLS_A_SECOND = 2.0
_context = multiprocessing.get_context("forkserver")
_CARRIER = """
[carriers.telefonie]
api_key = "sandbox"
base_url = "{url}/v1/voice"
sms_url = "{url}{sms}"
"""


@contextlib.asynccontextmanager
async def _crm() -> AsyncIterator[str]:
    runner = web.AppRunner(soaking.crm())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _calls(people: People, until: float) -> None:
    """Begin calls at the rate, in both directions, and let all come to their end."""
    began, number = time.monotonic(), 0
    async with asyncio.TaskGroup() as group:
        while time.monotonic() < until:
            group.create_task(people.call_out() if number % 2 else people.call_in())
            number += 1
            await asyncio.sleep(max(0.0, began + number / CALLS_A_SECOND - time.monotonic()))


async def _saves(root: Path, until: float) -> None:
    flow = root / "flows" / "everything.flow"
    text = flow.read_text()
    number = 0
    while time.monotonic() < until - RELOAD_SECONDS:
        await asyncio.sleep(RELOAD_SECONDS)
        number += 1
        await asyncio.to_thread(flow.write_text, f"{text}\n# saved {number} times\n")


async def test_calls_for_a_long_time(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    store = tmp_path / "calls.db"
    async with contextlib.AsyncExitStack() as stack:
        crm = await stack.enter_async_context(_crm())
        sandbox = await stack.enter_async_context(Sandbox(SandboxConfig(pace=0, wait_round=0.5, seed=1)))
        table = _CARRIER.format(url=sandbox.url, sms=SMS_PREFIX)
        root = every_verb.write(tmp_path / "project", crm, table)
        ours, theirs = _context.Pipe()
        process = _context.Process(target=soaking.run, args=(root, store, theirs), daemon=True)
        process.start()
        url = await asyncio.to_thread(ours.recv)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        people = People(sandbox, RestClient(client, f"{sandbox.url}/v1/voice", {"X-API-Key": "sandbox"}), url)

        async def held() -> Held:
            ours.send("look")
            looked: Held = await asyncio.to_thread(ours.recv)
            return looked

        samples: list[Held] = []
        end = time.monotonic() + SECONDS
        async with asyncio.TaskGroup() as group:
            group.create_task(_calls(people, end))
            group.create_task(_saves(root, end))
            while time.monotonic() < end:
                await asyncio.sleep(SECONDS / 90)
                samples.append(await held())
        # Timers and slow data of the last calls run for some seconds yet.
        last = samples[0]
        for _ in range(30):
            last = await held()
            if last.tasks <= samples[0].tasks:
                break
            await asyncio.sleep(0.5)
        samples.append(last)
        ours.send("stop")
        reloads = await asyncio.to_thread(ours.recv)
        process.join(20)
        assert process.exitcode == 0
    with contextlib.closing(sqlite3.connect(store)) as db:
        begun, open_ = db.execute("SELECT count(*), count(*) FILTER (WHERE NOT ended) FROM calls").fetchone()
    calls = sum(people.ended.values())
    assert set(people.ended) == {"in: completed", "out: completed"}, people.ended
    assert set("12345678*#!") <= set(people.pressed)
    assert (begun, open_) == (calls, 0)
    assert reloads >= SECONDS // RELOAD_SECONDS - 2
    early, late = samples[len(samples) // 3 : len(samples) // 2], samples[-len(samples) // 6 : -1]
    grown = statistics.median(one.memory for one in late) - statistics.median(one.memory for one in early)
    assert grown < 0.05 * early[0].memory, f"{early[0].memory:.0f} MB and {grown:.1f} more"
    busiest = max(one.handles for one in early)
    assert max(one.handles for one in late) < 1.5 * busiest
    assert last.tasks <= samples[0].tasks
    record_property(
        "figure",
        f"{SECONDS} s, {calls} calls completed ({people.ended['out: completed']} of them outbound), {reloads} reloads:"
        f" {early[0].memory:.0f} MB, {grown:+.1f} MB after warm-up; {last.handles} handles,"
        f" {last.tasks} tasks at the end",
    )
