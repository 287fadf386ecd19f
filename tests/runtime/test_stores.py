"""What a store promises, held against each of them."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from msgspec.structs import replace
from redis.crc import key_slot

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
    Told,
)
from flowengine.runtime.store.redis import PATIENCE, SHARDS, RedisStore, shard
from tests.redis_server import RedisServer

CARRIERS = {"telefonie": Telefonie(TelefonieConfig(), b"k")}


@pytest.fixture(scope="session")
def redis_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RedisServer]]:
    servers = {
        name: RedisServer(tmp_path_factory.mktemp(name), cluster=name == "cluster") for name in ("redis", "cluster")
    }
    for server in servers.values():
        server.start()
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture(params=["memory", "memory, packed", "sqlite", "redis", "cluster"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, redis_servers: dict[str, RedisServer]
) -> AsyncIterator[Store]:
    kept: Store
    match request.param:
        case "memory":
            kept = MemoryStore()
        case "memory, packed":
            kept = MemoryStore(0)
        case "sqlite":
            kept = SqliteStore(tmp_path / "state.db", CARRIERS)
        case name:
            redis_servers[name].clear()
            kept = RedisStore(redis_servers[name].url, CARRIERS)
            await kept.open()
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


async def test_counts_of_all_who_use_it(store: Store) -> None:
    until = time.time() + 3600
    assert [await store.tally("transfer/hour/1", until) for _ in range(3)] == [1, 2, 3]
    assert await store.tally("transfer/hour/2", until) == 1
    assert sorted(await asyncio.gather(*(store.tally("sms/call/CA1", until) for _ in range(20)))) == [*range(1, 21)]
    await store.forget(until - 1)
    assert await store.tally("transfer/hour/1", until) == 4


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
    assert await store.due(9.0) == []
    assert await store.due(60.0) == ["CA2", "CA1"]
    assert await store.due(60.0, limit=1) == ["CA2"]
    assert await store.open_calls() == 2


async def test_what_is_to_leave_is_given_to_one_at_a_time(store: Store) -> None:
    item = Outgoing("k1", "text", "CA1", "telefonie", {"to": "+1"}, 10.0)
    await store.save(Change(record(), outgoing=[item]))
    await store.save(Change(record(version=2), outgoing=[item]))
    assert await store.take_outgoing(9.0, lease=30.0) == []
    assert await store.take_outgoing(10.0, lease=30.0) == [item]
    assert await store.take_outgoing(20.0, lease=30.0) == []
    await store.settle_outgoing(item, replace(item, due=50.0, attempts=1))
    assert await store.take_outgoing(49.0, lease=30.0) == []
    [again] = await store.take_outgoing(50.0, lease=30.0)
    assert again.attempts == 1


async def test_what_is_dead_is_kept_apart_and_can_be_sent_again(store: Store) -> None:
    first, second = (Outgoing(key, "text", "CA1", "telefonie", {}, 1.0) for key in ("k1", "k2"))
    await store.save(Change(record(), outgoing=[first, second]))
    dead = replace(first, dead=True, reason="no such number")
    await store.settle_outgoing(first, dead)
    assert await store.dead_outgoing() == [dead]
    assert [item.key for item in await store.take_outgoing(1000.0, lease=30.0)] == ["k2"]
    await store.settle_outgoing(second)
    assert await store.take_outgoing(1000.0, lease=30.0) == []
    again = replace(dead, dead=False, due=1.0, attempts=0)
    await store.settle_outgoing(dead, again)
    assert await store.dead_outgoing() == []
    assert await store.take_outgoing(1000.0, lease=30.0) == [again]
    await store.settle_outgoing(again, dead)
    await store.settle_outgoing(dead)
    assert await store.dead_outgoing() == []


async def test_what_a_call_sends_leaves_in_order(store: Store) -> None:
    items = [Outgoing(f"k{n}", "text", "CA1", "telefonie", {}, 10.0 - n) for n in range(3)]
    other = Outgoing("x", "text", "CA2", "telefonie", {}, 1.0)
    await store.save(Change(record(), outgoing=items[:2]))
    await store.save(Change(record(version=2), outgoing=items[2:]))
    await store.save(Change(record("CA2"), outgoing=[other]))
    assert await store.take_outgoing(9.0, lease=5.0) == [other]
    left = []
    for _ in items:
        [item] = [item for item in await store.take_outgoing(10.0, lease=30.0) if item.call == "CA1"]
        assert [item for item in await store.take_outgoing(10.0, lease=30.0) if item.call == "CA1"] == []
        left.append(item.key)
        await store.settle_outgoing(item)
    assert left == ["k0", "k1", "k2"]


async def test_what_has_left_is_gone(store: Store) -> None:
    item = Outgoing("k1", "text", "CA1", "telefonie", {}, 1.0)
    await store.save(Change(record(), outgoing=[item]))
    await store.settle_outgoing(item)
    assert await store.take_outgoing(1000.0, lease=1.0) == []


async def test_calls_that_are_over_are_forgotten_with_what_they_left(store: Store) -> None:
    for version, at in (("v1", 1.0), ("v2", 20.0), ("v3", 1.0)):
        await store.keep_program(version, version.encode(), at)
    turn = replay.Record(1, Started(1.0), [])
    await store.save(Change(record("old", phase="ended", updated=5.0), claim=True, journal=[turn]))
    await store.save(Change(record("new", phase="ended", updated=15.0)))
    await store.save(Change(record("open", updated=5.0)))
    assert await store.forget(10.0) == 1
    assert await store.load("old") is None
    assert await store.answer("old", "key") is None
    assert await store.journal("old") == []
    assert await store.load("new") is not None
    assert await store.open_calls() == 1
    assert [await store.program(version) for version in ("v1", "v2", "v3")] == [b"v1", b"v2", None]
    await store.save(Change(record("open", 2, phase="ended", updated=15.0)))
    assert await store.forget(16.0) == 2
    assert [await store.program(version) for version in ("v1", "v2", "v3")] == [None, b"v2", None]


def told(key: str, at: float, carrier: str = "finespeak", about: str = "CA7") -> Told:
    return Told(key, carrier, "call.answered", about, at, {"id": about, "state": "answered"})


async def test_what_a_carrier_tells_is_kept_once_and_leaves_once(store: Store) -> None:
    event = Outgoing("finespeak:e1", "event", "CA7", "finespeak", {"name": "n"}, 10.0)
    assert await store.note(told("e1", 10.0), event)
    assert not await store.note(told("e1", 12.0), replace(event, due=12.0))
    assert await store.note(told("e0", 9.0, about="CA8"), replace(event, key="finespeak:e0", call="CA8", due=9.0))
    assert await store.note(told("e1", 11.0, "speko"), replace(event, key="speko:e1", due=11.0))
    assert await store.noted("finespeak") == [told("e0", 9.0, about="CA8"), told("e1", 10.0)]
    assert await store.noted("speko") == [told("e1", 11.0, "speko")]
    first = await store.take_outgoing(20.0, lease=30.0)
    assert sorted(item.key for item in first) == ["finespeak:e0", "finespeak:e1"]
    for item in first:
        await store.settle_outgoing(item)
    assert [item.key for item in await store.take_outgoing(20.0, lease=30.0)] == ["speko:e1"]


async def test_what_a_carrier_has_told_long_ago_is_forgotten(store: Store) -> None:
    for key, at in (("e1", 10.0), ("e2", 20.0)):
        await store.note(told(key, at), Outgoing(key, "event", "CA7", "finespeak", {}, at))
    assert await store.forget(15.0) == 0
    assert [each.key for each in await store.noted("finespeak")] == ["e2"]


async def test_it_can_be_reached(store: Store) -> None:
    await store.ping()


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


def test_the_keys_of_a_call_and_its_indexes_lie_in_one_slot() -> None:
    slots = {call: key_slot(f"{shard(call)}call:{call}".encode()) for call in (f"CA{n}" for n in range(2000))}
    for call, slot in slots.items():
        keys = [f"{kind}:{call}" for kind in ("outbox", "items")]
        keys += ["due", "ended", "leaving", "dead", "open", "uses"]
        assert {key_slot(f"{shard(call)}{key}".encode()) for key in keys} == {slot}
    assert len(set(slots.values())) == SHARDS  # and calls are spread over all of them


@pytest.mark.parametrize("cluster", [False, True])
async def test_redis_comes_back_within_the_time_that_a_carrier_waits(tmp_path: Path, cluster: bool) -> None:
    server = RedisServer(tmp_path, cluster=cluster)
    server.start()
    # A node of a cluster takes no writes in its first two seconds.
    store = RedisStore(server.url, CARRIERS, patience=10 if cluster else PATIENCE)
    try:
        await store.open()
        await store.save(Change(record(), claim=True))
        server.stop()
        back = asyncio.get_running_loop().run_in_executor(None, server.start)
        await store.save(Change(record(version=2)))  # while it starts
        await back
        found = await store.load("CA1")
        assert found is not None
        assert found.version == 2
        assert await store.answer("CA1", "key") == Reply("<Response/>")
    finally:
        await store.close()
        server.stop()


async def test_redis_away_is_an_error_of_the_store_and_passes(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    store = RedisStore(server.url, CARRIERS, patience=0.3)
    try:
        await store.open()
        server.freeze()
        began = time.monotonic()
        with pytest.raises(StoreError, match=r"127\.0\.0\.1"):
            await store.save(Change(record()))
        assert time.monotonic() - began < 2.5
        server.thaw()
        # The change may have arrived: made once more, it is in the version that is there, or it is a conflict.
        with suppress(ConflictError):
            await store.save(Change(record()))
        assert await store.load("CA1") == record()
        server.stop()
        with pytest.raises(StoreError):
            await store.load("CA1")
    finally:
        await store.close()
        server.stop()


async def test_a_layout_of_another_release_is_refused(redis_servers: dict[str, RedisServer]) -> None:
    server = redis_servers["redis"]
    server.clear()
    with redis.Redis(port=server.port) as client:
        client.set("flowengine:layout", "99")
    store = RedisStore(server.url, CARRIERS)
    with pytest.raises(StoreError, match="layout 99"):
        await store.open()
    await store.close()


def test_a_url_of_something_else_is_refused() -> None:
    with pytest.raises(StoreError, match="redis"):
        RedisStore("http://127.0.0.1/", CARRIERS)
