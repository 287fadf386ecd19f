"""What is particular to calls in Redis: its script, its connections, and what lies there of a call."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import redis

from flowengine.carriers.contract import Reply
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.memo import Memo
from flowengine.core import replay
from flowengine.core.events import Started
from flowengine.core.session import Facts, Frame, Session
from flowengine.runtime.store import CallRecord, Change, ConflictError
from flowengine.runtime.store.details import Detail
from flowengine.runtime.store.redis import RedisStore, shard
from tests.redis_server import RedisServer

CARRIERS = {"telefonie": Telefonie(TelefonieConfig(), b"k")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    one = RedisServer(tmp_path_factory.mktemp("redis"), always=False, socket=True)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    server.clear()
    with redis.Redis(port=server.port, decode_responses=True) as one:
        yield one


@pytest.fixture
async def store(server: RedisServer, client: redis.Redis) -> AsyncIterator[RedisStore]:
    one = RedisStore(server.url, CARRIERS)
    await one.open()
    yield one
    await one.close()


def change(call: str = "CA1", version: int = 1, *, over: bool = False, length: float = 100.0) -> Change:
    """A turn of a call: the last one, or one that waits."""
    facts = Facts(call, "+15557650001", "+15551230000", "inbound", "telefonie", 1.5)
    session = Session("v1", facts, [Frame("main", 0)], phase="ended" if over else "waiting", turn=version)
    timers = {} if over else {"length": length}
    record = CallRecord(
        call, version, "telefonie", session, Memo(call, "t" * 24, version, f"<Response>{version}</Response>"),
        f"key{version}", Reply(f"<Response>{version}</Response>"), "key1", timers=timers, flow="main", updated=60.25,
    )  # fmt: skip
    turn = replay.Record(version, Started(float(version)), [])
    detail = Detail(facts, "main", "v1", 60.25, "flow", version) if over else None
    return Change(record, claim=True, journal=[turn], detail=detail)


async def test_all_of_a_call_lies_in_one_hash(store: RedisStore, client: redis.Redis) -> None:
    await store.save(change())
    await store.save(change(version=2, over=True))
    assert set(client.scan_iter("*CA1*")) == {f"{shard('CA1')}call:CA1"}
    assert set(client.hkeys(f"{shard('CA1')}call:CA1")) == {
        "mark", "place", "record", "a:key1", "a:key2", "j:1", "j:2", "detail", "stays",
    }  # fmt: skip


async def test_a_turn_in_the_middle_of_a_call_touches_no_index(store: RedisStore, client: redis.Redis) -> None:
    await store.save(change())
    client.config_resetstat()
    await store.save(change(version=2))
    await store.save(change(version=3))
    ran = {name.removeprefix("cmdstat_"): found["calls"] for name, found in client.info("commandstats").items()}
    ran.pop("config|resetstat", None)
    assert ran == {"evalsha": 2, "hmget": 2, "hset": 2}
    await store.save(change(version=4, length=50.0))
    assert await store.due(50.0) == ["CA1"]


async def test_what_is_forgotten_leaves_the_record_and_the_journal(store: RedisStore, client: redis.Redis) -> None:
    await store.save(change())
    await store.save(change(version=2, over=True))
    assert await store.forget(60.25) == 0
    assert await store.forget(60.5) == 1
    assert set(client.hkeys(f"{shard('CA1')}call:CA1")) == {"j:1", "j:2", "detail", "stays"}
    assert [turn.turn for turn in await store.journal("CA1")] == [1, 2]
    assert await store.load("CA1") is None
    assert await store.forget_details(2.0) == 1
    assert set(client.scan_iter("*CA1*")) == set()
    assert client.hgetall(f"{shard('CA1')}uses") == {}


async def test_a_journal_of_many_turns_is_in_order(store: RedisStore) -> None:
    for version in range(1, 13):
        await store.save(change(version=version))
    assert [turn.turn for turn in await store.journal("CA1")] == [*range(1, 13)]


async def test_of_many_changes_at_once_only_those_out_of_order_are_refused(store: RedisStore) -> None:
    changes = [change(f"CA{n}", 2 if n % 50 == 7 else 1) for n in range(200)]
    found = await asyncio.gather(*map(store.save, changes), return_exceptions=True)
    assert [n for n, result in enumerate(found) if isinstance(result, ConflictError)] == [7, 57, 107, 157]
    assert await store.open_calls() == 196


async def test_of_two_changes_to_one_version_that_come_together_one_is_made(store: RedisStore) -> None:
    found = await asyncio.gather(store.save(change()), store.save(change()), return_exceptions=True)
    assert [type(result) for result in found] == [type(None), ConflictError]


async def test_a_redis_that_has_lost_its_scripts_is_given_them_again(store: RedisStore, client: redis.Redis) -> None:
    await store.save(change())
    client.script_flush()
    await store.save(change(version=2))
    await store.save(change(version=3))
    found = await store.load("CA1")
    assert found is not None
    assert found.version == 3


@asynccontextmanager
async def _losing(port: int, answers: int) -> AsyncIterator[int]:
    """A way to Redis that ends, once, in place of the answer of this number; the port that it begins at."""
    seen = 0

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counts: bool) -> None:
        nonlocal seen
        while data := await reader.read(65536):
            seen += counts
            if counts and seen == answers:
                break
            writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        further, onward = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, onward, False), pump(further, writer, True))

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


@pytest.mark.parametrize("answers", range(1, 12))
async def test_a_change_whose_answer_is_lost_is_made_once(
    client: redis.Redis, server: RedisServer, answers: int
) -> None:
    async with _losing(server.port, answers) as port:
        store = RedisStore(f"redis://127.0.0.1:{port}", CARRIERS)
        await store.open()
        for version in (1, 2, 3):
            await store.save(change(version=version))
        assert await store.open_calls() == 1
        await store.close()
    assert client.hget(f"{shard('CA1')}uses", "v1") == "1"
    assert str(client.hget(f"{shard('CA1')}call:CA1", "mark")).startswith("3 ")


async def test_a_socket_on_this_machine(server: RedisServer, client: redis.Redis) -> None:
    store = RedisStore(server.socket, CARRIERS)
    await store.open()
    await store.save(change())
    assert await store.load("CA1") == change().record
    await store.close()


def test_who_waits_for_a_change_is_told_when_the_loop_ends(server: RedisServer, client: redis.Redis) -> None:
    async def begin() -> list[asyncio.Task[None]]:
        store = RedisStore(server.url, CARRIERS)
        await store.open()
        server.freeze()
        saves = [asyncio.ensure_future(store.save(change(f"CA{n}"))) for n in range(100)]
        await asyncio.sleep(0.05)
        return saves

    try:
        with asyncio.Runner() as runner:
            saves = runner.run(begin())
    finally:
        server.thaw()
    assert all(save.cancelled() for save in saves)
