"""Many connections of several processes write into one SQLite file at once."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from flowengine.runtime.store import Change, ConflictError, SqliteStore, StoreError
from tests.reliability.size import size, within
from tests.runtime.test_stores import CARRIERS, record

pytestmark = pytest.mark.slow

PROCESSES = 8
WRITERS = 64
SHARED = "CA-shared"
Counts = tuple[int, int, list[str], float]


def _write_in_one_process(path: Path, number: int, seconds: float) -> Counts:
    """Saves of calls of their own, and of the one that all change; what the store refused; the slowest save."""
    return asyncio.run(_write(path, number, seconds))


async def _write(path: Path, number: int, seconds: float) -> Counts:
    own = shared = 0
    slowest = 0.0
    refused: list[str] = []
    end = time.monotonic() + seconds

    async def writer(name: str) -> None:
        nonlocal own, shared, slowest
        store = SqliteStore(path, CARRIERS)
        version = 0
        while time.monotonic() < end:
            version += 1
            began = time.monotonic()
            try:
                await store.save(Change(record(name, version), claim=True))
                own += 1
                common = await store.load(SHARED)
                assert common is not None
                await store.save(Change(replace(common, version=common.version + 1)))
                shared += 1
            except ConflictError:
                pass  # somebody else has changed the call that all change
            except StoreError as error:
                refused.append(str(error))
            slowest = max(slowest, time.monotonic() - began)
        saved = await store.load(name)
        assert saved is not None
        assert saved.version == version
        await store.close()

    await asyncio.gather(*(writer(f"CA{number}-{n}") for n in range(WRITERS // PROCESSES)))
    return own, shared, refused, slowest


async def test_many_writers_on_one_file(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    seconds = size(5, 60)
    path = tmp_path / "calls.db"
    first = SqliteStore(path, CARRIERS)
    await first.save(Change(record(SHARED)))
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("forkserver")) as pool:
        loop = asyncio.get_running_loop()
        results = await asyncio.gather(
            *(loop.run_in_executor(pool, _write_in_one_process, path, n, seconds) for n in range(PROCESSES))
        )
    common = await first.load(SHARED)
    await first.close()
    assert common is not None
    assert [message for _, _, refused, _ in results for message in refused] == []
    assert common.version == 1 + sum(shared for _, shared, _, _ in results)
    saves = sum(own + shared for own, shared, _, _ in results)
    slowest = max(slowest for _, _, _, slowest in results)
    assert slowest < within(3)
    record_property(
        "figure",
        f"{WRITERS} connections of {PROCESSES} processes for {seconds} s: {saves} saves, none refused, none lost,"
        f" the slowest turn {slowest:.2f} s",
    )
