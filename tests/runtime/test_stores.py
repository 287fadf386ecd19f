"""What a store promises, held against each of them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from flowengine.carriers.contract import Reply
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.memo import Memo
from flowengine.core import replay
from flowengine.core.commands import Fetch
from flowengine.core.events import Started
from flowengine.core.session import Facts, Frame, Session
from flowengine.runtime.store import (
    CallRecord,
    Change,
    ConflictError,
    MemoryStore,
    Outgoing,
    SqliteStore,
    Store,
    StoreError,
)

CARRIERS = {"telefonie": Telefonie(TelefonieConfig(), b"k")}


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    kept: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "state.db", CARRIERS)
    yield kept
    await kept.close()


def record(call: str = "CA1", version: int = 1, *, phase: str = "waiting", updated: float = 0) -> CallRecord:
    facts = Facts(call, "+15557650001", "+15551230000", "inbound", "telefonie", 1.0)
    session = Session("v1", facts, [Frame("f", 3, {"name": "Ada", "list": [1, {"a": None}]})], phase=phase)
    timers = {} if phase == "ended" else {"length": 100.0, "left": 50.0}
    pending = Fetch("https://crm.example/", json={"a": 1})
    return CallRecord(
        call, version, "telefonie", session, Memo(call, "t" * 24, 2, "<Response/>"), "key", Reply("<Response/>"),
        "opened", pending, timers, "f", {"name": "Ada"}, updated,
    )  # fmt: skip


async def test_a_call_comes_back_as_it_was(store: Store) -> None:
    assert await store.load("CA1") is None
    await store.save(Change(record()))
    assert await store.load("CA1") == record()


async def test_only_the_next_version_is_taken(store: Store) -> None:
    await store.save(Change(record()))
    for version in (1, 3):
        with pytest.raises(ConflictError):
            await store.save(Change(replace(record(version=version), key="other"), claim=True))
    with pytest.raises(ConflictError):
        await store.save(Change(record("CA2", 2)))
    assert await store.load("CA1") == record()
    assert await store.answer("CA1", "other") is None
    await store.save(Change(record(version=2)))


async def test_of_many_writers_one_wins_each_version(store: Store) -> None:
    await store.save(Change(record()))

    async def write() -> int:
        lost = 0
        for _ in range(10):
            while True:
                old = await store.load("CA1")
                assert old is not None
                try:
                    await store.save(Change(replace(old, version=old.version + 1)))
                    break
                except ConflictError:
                    lost += 1
                    await asyncio.sleep(0)
        return lost

    await asyncio.gather(*(write() for _ in range(8)))
    last = await store.load("CA1")
    assert last is not None
    assert last.version == 81


async def test_the_answer_to_an_event_is_kept(store: Store) -> None:
    await store.save(Change(record(), claim=True))
    later = replace(record(version=2), key="second", reply=Reply("<Response><Hangup/></Response>"))
    await store.save(Change(later, claim=True))
    assert await store.answer("CA1", "key") == Reply("<Response/>")
    assert await store.answer("CA1", "second") == later.reply
    assert await store.answer("CA1", "third") is None
    assert await store.answer("CA2", "key") is None


async def test_the_journal_is_in_order(store: Store) -> None:
    turns = [replay.Record(number, Started(float(number)), []) for number in (1, 2, 3)]
    await store.save(Change(record(), journal=turns[:2]))
    await store.save(Change(record(version=2), journal=turns[2:]))
    assert await store.journal("CA1") == turns
    assert await store.journal("CA2") == []


async def test_timers_are_found_when_they_are_due(store: Store) -> None:
    await store.save(Change(record("CA1")))
    await store.save(Change(replace(record("CA2"), timers={"length": 10.0})))
    await store.save(Change(record("CA3", phase="ended")))
    assert [call.id for call in await store.due(9.0)] == []
    assert [call.id for call in await store.due(60.0)] == ["CA2", "CA1"]
    assert [call.id for call in await store.due(60.0, limit=1)] == ["CA2"]
    assert await store.open_calls() == 2


async def test_what_is_to_leave_is_given_to_one_at_a_time(store: Store) -> None:
    item = Outgoing("k1", "text", "CA1", "telefonie", {"to": "+1"}, 10.0)
    await store.save(Change(record(), outgoing=[item]))
    await store.save(Change(record(version=2), outgoing=[item]))
    assert await store.take_outgoing(9.0, lease=30.0) == []
    assert await store.take_outgoing(10.0, lease=30.0) == [item]
    assert await store.take_outgoing(20.0, lease=30.0) == []
    await store.settle_outgoing("k1", replace(item, due=50.0, attempts=1))
    assert await store.take_outgoing(49.0, lease=30.0) == []
    [again] = await store.take_outgoing(50.0, lease=30.0)
    assert again.attempts == 1
    await store.settle_outgoing("k1", replace(again, dead=True))
    assert await store.take_outgoing(1000.0, lease=30.0) == []


async def test_what_has_left_is_gone(store: Store) -> None:
    await store.save(Change(record(), outgoing=[Outgoing("k1", "text", "CA1", "telefonie", {}, 1.0)]))
    await store.settle_outgoing("k1")
    assert await store.take_outgoing(1000.0, lease=1.0) == []


async def test_calls_that_are_over_are_forgotten_with_what_they_left(store: Store) -> None:
    for version in ("v1", "v2", "v3"):
        await store.keep_program(version, version.encode())
    turn = replay.Record(1, Started(1.0), [])
    await store.save(Change(record("old", phase="ended", updated=5.0), claim=True, journal=[turn]))
    await store.save(Change(record("new", phase="ended", updated=15.0)))
    await store.save(Change(record("open", updated=5.0)))
    assert await store.forget(10.0, keep=["v2"]) == 1
    assert await store.load("old") is None
    assert await store.answer("old", "key") is None
    assert await store.journal("old") == []
    assert await store.load("new") is not None
    assert [await store.program(version) for version in ("v1", "v2", "v3")] == [b"v1", b"v2", None]


async def test_a_secret_stays_the_same(store: Store) -> None:
    first, second = await store.secret("a"), await store.secret("b")
    assert await store.secret("a") == first != second
    assert len(first) == 32


async def test_a_file_outlives_the_process_that_wrote_it(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "state.db", CARRIERS)
    await first.save(Change(record(), claim=True))
    secret = await first.secret("telefonie")
    second = SqliteStore(tmp_path / "state.db", CARRIERS)  # the first never closed: as after a kill
    assert await second.load("CA1") == record()
    assert await second.secret("telefonie") == secret
    await second.close()
    await first.close()


async def test_two_processes_may_share_a_file(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / "state.db", CARRIERS) for _ in range(3)]
    await asyncio.gather(
        *(stores[n % 3].save(Change(record(f"CA{n}"), claim=True)) for n in range(300)),
    )
    assert await stores[0].open_calls() == 300
    for one in stores:
        await one.close()


async def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StoreError, match="layout 99"):
        SqliteStore(tmp_path / "state.db", CARRIERS)


async def test_a_locked_file_is_an_error_of_the_store_and_passes(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db", CARRIERS)
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        await store.save(Change(record()))
    other.execute("ROLLBACK")
    other.close()
    await store.save(Change(record()))
    assert await store.load("CA1") is not None
    await store.close()
