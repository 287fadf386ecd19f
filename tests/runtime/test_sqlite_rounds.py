"""Where the SQLite store does what it is asked for: in the event loop what takes a moment, all else in its thread."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowengine.core import replay
from flowengine.core.events import Started
from flowengine.runtime.eager import begin
from flowengine.runtime.store import Change, ConflictError, SqliteStore, StoreError
from flowengine.runtime.store.sqlite_thread import WAL_BYTES
from tests.observing.test_records import change
from tests.runtime.test_stores import CARRIERS, record

THREAD = "flowengine-sqlite"


class Watched:
    """A store, and the names of the threads in which its transactions ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqliteStore(path, CARRIERS)
        self.threads: list[str] = []
        self.slow = 0.0
        self.store.trace(self._told)

    def _told(self, statement: str) -> None:
        if statement == "COMMIT":
            self.threads.append(threading.current_thread().name)
            time.sleep(self.slow)

    @property
    def wal(self) -> int:
        """The bytes of what waits for a checkpoint, or has room to."""
        return self.path.with_name(self.path.name + "-wal").stat().st_size


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    each = Watched(tmp_path / "state.db")
    yield each
    await each.store.close()


async def test_what_comes_in_one_round_is_one_transaction_in_the_loop(watched: Watched) -> None:
    await asyncio.gather(*(watched.store.save(Change(record(f"CA{n}"), claim=True)) for n in range(50)))
    assert await watched.store.load("CA7") == record("CA7")
    assert len(watched.threads) == 2
    assert watched.threads[0] == "MainThread"


async def test_turns_that_begin_together_save_together_and_wait_for_nobody(watched: Watched) -> None:
    saved: list[str] = []
    failed: list[Exception] = []

    async def save(call: str, version: int) -> str:
        await watched.store.save(Change(record(call, version)))
        return call

    works = [("CA1", 1), ("CA2", 1), ("CA2", 1), ("CA3", 1)]
    assert begin([(save(*each), saved.append, failed.append) for each in works]) == []
    assert saved == ["CA1", "CA2", "CA3"]
    assert [type(error) for error in failed] == [ConflictError]
    assert watched.threads == ["MainThread"]


async def test_whoever_stops_waiting_leaves_nothing_for_later(watched: Watched) -> None:
    saving = asyncio.ensure_future(watched.store.save(Change(record())))
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    with sqlite3.connect(watched.path) as db:
        [(saved,)] = db.execute("SELECT count(*) FROM calls").fetchall()
    db.close()
    assert saved == 1


async def test_what_may_take_long_is_done_by_the_thread_and_what_comes_after_it_follows(watched: Watched) -> None:
    await watched.store.save(Change(record("CA1")))
    watched.threads.clear()
    counted, _, loaded = await asyncio.gather(
        watched.store.open_calls(), watched.store.save(Change(record("CA2"))), watched.store.load("CA2")
    )
    assert (counted, loaded) == (1, record("CA2"))
    assert watched.threads == [THREAD]


async def test_another_writer_is_waited_for_in_the_thread(watched: Watched) -> None:
    with sqlite3.connect(watched.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        saving = asyncio.ensure_future(watched.store.save(Change(record("CA1"))))
        began = time.monotonic()
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert time.monotonic() - began < 1  # nothing has held up the loop
        assert not saving.done()
        other.execute("ROLLBACK")
    other.close()
    await saving
    assert watched.threads == [THREAD]


async def test_a_file_is_opened_while_another_writes(watched: Watched) -> None:
    await watched.store.save(Change(record()))
    with sqlite3.connect(watched.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        second = SqliteStore(watched.path, CARRIERS)
        assert time.monotonic() - began < 1
        other.execute("ROLLBACK")
    other.close()
    assert await second.load("CA1") == record()
    await second.close()


async def test_a_slow_disk_does_not_hold_up_the_loop_for_long(watched: Watched) -> None:
    watched.slow = 0.1
    for version in range(1, 4):
        await watched.store.save(Change(record(version=version)))
    assert watched.threads == ["MainThread", THREAD, THREAD]


async def test_the_log_that_is_written_ahead_stays_bounded(watched: Watched) -> None:
    """Though another worker writes, too, whenever one brings the log into the file."""
    other = SqliteStore(watched.path, CARRIERS)
    most = 0

    async def write(store: SqliteStore, name: str) -> None:
        nonlocal most
        for version in range(1, 241):
            changes = [Change(record(f"{name}{n}", version), claim=True) for n in range(100)]
            await asyncio.gather(*map(store.save, changes))
            most = max(most, watched.wal)

    await asyncio.gather(write(watched.store, "A"), write(other, "B"))
    await other.close()
    assert await watched.store.open_calls() == 200
    assert WAL_BYTES < most < 2 * WAL_BYTES


async def test_many_turns_of_one_event_are_one_row(watched: Watched) -> None:
    store = watched.store
    turns = [replay.Record(number, Started(float(number)), []) for number in range(1, 6)]
    await store.save(Change(record(), journal=turns[:3]))
    await store.save(Change(record(version=2), claim=True))
    await store.save(Change(record(version=3)))
    await store.save(Change(record(version=4), journal=turns[3:], claim=True))
    assert await store.journal("CA1") == turns
    assert await store.answer("CA1", "key") == record().reply
    with sqlite3.connect(watched.path) as db:
        [(rows,)] = db.execute("SELECT count(*) FROM turns").fetchall()
    db.close()
    assert rows == 3


async def test_calls_are_forgotten_in_parts(watched: Watched) -> None:
    store = watched.store
    turn = replay.Record(1, Started(1.0), [])
    await store.keep_program("v1", b"sources", 1.0)
    for number in range(450):
        await store.save(Change(record(f"CA{number}", phase="ended", updated=1.0), claim=True, journal=[turn]))
    gone = []
    while part := await store.forget(10.0):
        gone.append(part)
        assert await store.program("v1") == (b"sources" if sum(gone) < 450 else None)
    assert sum(gone) == 450
    assert len(gone) > 2
    with sqlite3.connect(watched.path) as db:
        [(calls, turns)] = db.execute("SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM turns)").fetchall()
    db.close()
    assert (calls, turns) == (0, 0)


async def test_of_a_forgotten_call_with_a_record_the_journal_stays_and_no_answer(watched: Watched) -> None:
    store = watched.store
    await store.save(change("CA1", over=False))
    await store.save(change("CA1", version=2))
    assert await store.answer("CA1", "key") is not None
    assert await store.forget(1000.0) == 1
    assert [turn.turn for turn in await store.journal("CA1")] == [1, 2]
    assert await store.answer("CA1", "key") is None


async def test_a_fault_of_one_leaves_no_transaction_open(watched: Watched) -> None:
    store = watched.store
    await store.save(Change(record(), claim=True))
    with sqlite3.connect(watched.path) as db:
        db.execute("UPDATE turns SET reply='{'")
    db.close()
    with pytest.raises(StoreError, match="Input data was truncated"):
        await store.answer("CA1", "key")
    await store.save(Change(record(version=2), claim=True))
    assert await store.answer("CA1", "key") == record().reply


async def test_what_cannot_be_read_harms_no_other(watched: Watched) -> None:
    await watched.store.save(Change(record("CA1"), claim=True))
    with sqlite3.connect(watched.path) as db:
        db.execute("UPDATE turns SET reply = 'no JSON'")
    db.close()
    results = await asyncio.gather(
        watched.store.save(Change(record("CA2"))),
        watched.store.answer("CA1", record("CA1").key),
        watched.store.save(Change(record("CA3"))),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), StoreError, type(None)]
    assert await watched.store.load("CA3") == record("CA3")


async def test_nobody_is_told_that_a_change_is_saved_when_its_round_could_not_be_ended(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db", CARRIERS)
    await store.close()
    changes = [Change(record(f"CA{number}")) for number in range(4)]
    results = await asyncio.gather(*map(store.save, changes), return_exceptions=True)
    assert [type(result) for result in results] == [StoreError] * 4
