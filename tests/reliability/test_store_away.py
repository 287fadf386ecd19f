"""The store goes away under load, and comes back."""

import asyncio
import resource
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.redis_server import RedisServer
from tests.reliability.load import Load, load
from tests.reliability.processes import Serving, serving
from tests.reliability.size import size, within
from tests.server.stage import write_project

pytestmark = pytest.mark.slow

Record = Callable[[str, object], None]
RATE = size(60, 200)
AWAY = size(4, 10)


async def _status(client: aiohttp.ClientSession, server: Serving) -> str:
    async with client.get(f"{server.url}/health") as response:
        return str((await response.json())["status"])


async def _held(
    server: Serving, traffic: Load, go: Callable[[], object], come_back: Callable[[], object], record_property: Record
) -> None:
    async with aiohttp.ClientSession() as client:
        await asyncio.sleep(1)
        await asyncio.to_thread(go)
        await asyncio.sleep(AWAY - 0.5)
        assert await _status(client, server) == "degraded"
        await asyncio.sleep(0.5)
        await asyncio.to_thread(come_back)
        back = time.monotonic()
        while await _status(client, server) != "ok":
            await asyncio.sleep(0.05)
            assert time.monotonic() - back < within(2)
        recovered = time.monotonic() - back
        patience = traffic.patience
        await asyncio.sleep(1.5)
    traffic.stop()
    assert traffic.failed == []
    assert patience > 0
    assert server.faults() == []
    assert max(traffic.latencies) < within(3)
    record_property(
        "figure",
        f"{AWAY} s at {RATE}/s: {traffic.answered} answered, the slowest after {max(traffic.latencies):.2f} s;"
        f" normal {recovered:.1f} s after its return",
    )


async def test_redis_is_stopped(tmp_path: Path, record_property: Record) -> None:
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis")
    redis.start()
    try:
        async with (
            serving(write_project(tmp_path / "project"), "--store", redis.url) as server,
            load(server.url, RATE) as traffic,
        ):
            await _held(server, traffic, redis.stop, redis.start, record_property)
    finally:
        redis.stop()


async def test_redis_takes_connections_and_says_nothing(tmp_path: Path, record_property: Record) -> None:
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis")
    redis.start()
    try:
        async with (
            serving(write_project(tmp_path / "project"), "--store", redis.url) as server,
            load(server.url, RATE) as traffic,
        ):
            await _held(server, traffic, redis.freeze, redis.thaw, record_property)
    finally:
        redis.stop()


async def test_sqlite_is_locked(tmp_path: Path, record_property: Record) -> None:
    state = tmp_path / "calls.db"
    async with (
        serving(write_project(tmp_path / "project"), "--store", str(state)) as server,
        load(server.url, RATE) as traffic,
    ):
        other = sqlite3.connect(state, isolation_level=None, check_same_thread=False)
        await _held(
            server,
            traffic,
            lambda: other.execute("BEGIN IMMEDIATE"),
            lambda: other.execute("ROLLBACK"),
            record_property,
        )
        other.close()


async def test_the_disk_is_full(tmp_path: Path, record_property: Record) -> None:
    """No file of the server may grow: its writes fail as they do where there is no room."""
    async with (
        serving(write_project(tmp_path / "project"), "--store", str(tmp_path / "calls.db"), piped=True) as server,
        load(server.url, RATE) as traffic,
    ):

        def limit(longest: int) -> None:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (longest, resource.RLIM_INFINITY))

        await _held(server, traffic, lambda: limit(4096), lambda: limit(resource.RLIM_INFINITY), record_property)
