"""Workers that are killed, ended and replaced while calls go on."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.redis_server import RedisServer
from tests.reliability.load import MENU, load, open_calls
from tests.reliability.processes import serving
from tests.reliability.size import size, within
from tests.server.stage import Caller, said, write_project

pytestmark = pytest.mark.slow

Record = Callable[[str, object], None]


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path / 'calls.db'}"
        return
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", always=False)
    server.start()
    yield server.url
    server.stop()


async def test_one_of_two_workers_is_killed(tmp_path: Path, store: str, record_property: Record) -> None:
    count = size(400, 10_000)
    root = write_project(tmp_path / "project")
    async with (
        serving(root, "--store", store, workers=2) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as client,
    ):
        callers = await open_calls(client, server.url, count)
        os.kill(server.workers[0], signal.SIGKILL)
        killed = time.monotonic()
        first = 0.0

        async def goes_on(caller: Caller) -> int:
            nonlocal first
            repeats = 0
            while True:
                try:
                    status, document = await caller.ask(caller.action, {"digits": "1234"})
                    break
                except aiohttp.ClientError:  # its connection was the dead worker's: carriers send it again
                    repeats += 1
            first = first or time.monotonic() - killed
            assert (status, said(document)) == (200, ["Thank you.", MENU])
            return repeats

        gate = asyncio.Semaphore(50)

        async def bounded(caller: Caller) -> int:
            async with gate:
                return await goes_on(caller)

        repeats = sum(await asyncio.gather(*(bounded(caller) for caller in callers)))
        await server.until("worker started", 3)
        assert server.faults() == []
    assert first < within(2)
    record_property("figure", f"{count} calls: 0 lost, first answer after {first * 1000:.0f} ms, {repeats} sent again")


async def test_an_end_by_signal_under_load(tmp_path: Path, record_property: Record) -> None:
    """Two machines' worth of workers on one store; a load balancer asks the one that is ready."""
    root = write_project(tmp_path / "project")
    rate = size(100, 200)
    async with serving(root, "--store", f"sqlite:{tmp_path / 'calls.db'}", "--drain", "1") as server:
        async with load(server.url, rate) as traffic, aiohttp.ClientSession() as client:
            await asyncio.sleep(1)
            told = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            while True:
                async with client.get(f"{server.url}/health/ready") as response:
                    if response.status == 503:
                        break
            unready = time.monotonic() - told
            await asyncio.sleep(0.3)
            traffic.stop()
        assert await server.ended() == 0
        ended = time.monotonic() - told
        assert server.faults() == []
    assert traffic.failed == []
    assert traffic.answered > rate
    assert unready < within(1)
    assert ended < 30
    record_property(
        "figure",
        f"{rate}/s: not ready after {unready * 1000:.0f} ms, ended after {ended:.1f} s, 0 of {traffic.answered} failed",
    )


async def test_workers_are_replaced_under_load(tmp_path: Path, store: str, record_property: Record) -> None:
    root = write_project(tmp_path / "project")
    rate = size(100, 200)
    async with serving(root, "--store", store, "--drain", "0.5", workers=3) as server:
        async with load(server.url, rate) as traffic:
            await asyncio.sleep(0.5)
            server.process.send_signal(signal.SIGHUP)
            await server.until("worker started", 6)
            await asyncio.sleep(1.5)
        assert len(set(server.workers)) == 6
        assert server.faults() == []
    assert traffic.failed == []
    record_property("figure", f"3 workers at {rate}/s: 0 of {traffic.answered} webhooks failed")


async def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project")
    async with serving(root, workers=2) as server:
        workers = server.workers
        server.process.kill()
        await server.process.wait()
        deadline = time.monotonic() + 10
        while any(_is_alive(pid) for pid in workers):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
