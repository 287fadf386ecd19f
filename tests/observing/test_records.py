"""Calls that are over: what stays of them, in every store; how they are found, shown, exported and deleted."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from flowengine.carriers.contract import Reply
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.memo import Memo
from flowengine.core import replay
from flowengine.core.events import Started
from flowengine.core.journal import MASK, Entry
from flowengine.core.session import Facts, Frame, Session
from flowengine.runtime.records import Records, path
from flowengine.runtime.store import CallRecord, Change, Detail, MemoryStore, Outgoing, Query, SqliteStore, Store
from flowengine.runtime.store.redis import RedisStore
from tests.observing.stage import PIN, watched_project, whole_call
from tests.redis_server import RedisServer
from tests.server.stage import Caller, running

CARRIERS = {"telefonie": Telefonie(TelefonieConfig(), b"k")}
DAY = 86400.0


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), cluster=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    kept: Store
    match request.param:
        case "memory":
            kept = MemoryStore()
        case "sqlite":
            kept = SqliteStore(tmp_path / "state.db", CARRIERS)
        case _:
            server: RedisServer = request.getfixturevalue("redis_server")
            server.clear()
            kept = RedisStore(server.url, CARRIERS, patience=10)
            await kept.open()
    yield kept
    await kept.close()


def change(
    call: str,
    begun: float = 1.0,
    *,
    version: int = 1,
    over: bool = True,
    program: str = "v1",
    caller: str = "+15557650001",
    flow: str = "main",
    ending: str = "flow",
) -> Change:
    """A call that is saved, with a turn in its journal, and its record when it is over."""
    facts = Facts(call, caller, "+15551230000", "inbound", "telefonie", begun)
    session = Session(program, facts, [Frame("main", 0)], phase="ended" if over else "waiting")
    record = CallRecord(
        call, version, "telefonie", session, Memo(call, "t" * 24), "key", Reply("<Response/>"), updated=begun + 60,
        timers={} if over else {"length": begun + 14400},
    )  # fmt: skip
    turn = replay.Record(version, Started(begun), [Entry("step", begun, "main", "start", 3)])
    detail = Detail(facts, flow, program, begun + 60, ending, version, {"name": "Ada"}) if over else None
    return Change(record, claim=True, journal=[turn], detail=detail)


async def ids(store: Store, query: Query) -> list[str]:
    """The calls of a query, in order."""
    return [detail.id for detail in await store.details(query)]


async def test_a_record_comes_back_as_it_was(store: Store) -> None:
    kept = change("CA1", 12.5)
    await store.save(change("open", over=False))
    await store.save(kept)
    assert await store.detail("CA1") == kept.detail
    assert await store.details(Query()) == [kept.detail]
    assert await store.detail("open") is None


async def test_calls_are_found_by_what_they_are(store: Store) -> None:
    await store.save(change("CA1", 1.0))
    await store.save(change("CA2", 2.0, caller="+4930111"))
    await store.save(change("CA3", 3.0, flow="other", ending="limit-turns"))
    await store.save(change("CA4", 4.0, caller="+4930112", ending="caller"))
    assert await ids(store, Query()) == ["CA4", "CA3", "CA2", "CA1"]
    assert await ids(store, Query(since=2.0, until=4.0)) == ["CA3", "CA2"]
    assert await ids(store, Query(flow="other")) == ["CA3"]
    assert await ids(store, Query(number="+4930111")) == ["CA2"]
    assert await ids(store, Query(number="+4930*")) == ["CA4", "CA2"]
    assert await ids(store, Query(number="+15551230000", limit=1)) == ["CA4"]
    assert await ids(store, Query(number="+49301")) == []
    assert await ids(store, Query(ending="limit-")) == await ids(store, Query(ending="limit-turns")) == ["CA3"]
    assert await ids(store, Query(ending="caller", direction="inbound", carrier="telefonie")) == ["CA4"]
    assert await ids(store, Query(direction="outbound")) == await ids(store, Query(carrier="voipbin")) == []


async def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    # Many at one moment, more in one shard than fit on a page of it, and a few far apart.
    for number in range(150):
        await store.save(change(f"CA{number:03}", 5.0 if number < 120 else float(number)))
    wanted = sorted(((5.0 if n < 120 else float(n), f"CA{n:03}") for n in range(150)), reverse=True)
    records = Records(store)
    found: list[str] = []
    after = None
    while True:
        page = await records.list(Query(limit=40, after=after))
        found += [detail.id for detail in page.calls]
        if page.after is None:
            break
        assert len(page.calls) == 40
        after = page.after
    assert found == [call for _, call in wanted]
    assert [detail.id async for detail in records.all(Query(number="+15557650001", limit=1))] == found


async def test_a_call_that_goes_on_and_ends_again_has_one_record(store: Store) -> None:
    await store.keep_program("v1", b"1", 1.0)
    await store.keep_program("v2", b"2", 1.0)
    await store.save(change("CA1", 1.0))
    await store.save(change("CA1", 1.0, version=2, program="v2", ending="caller"))
    [detail] = await store.details(Query())
    assert (detail.ending, detail.program) == ("caller", "v2")
    await store.forget(1000.0)
    assert [await store.program(version) for version in ("v1", "v2")] == [None, b"2"]


async def test_records_outlive_what_is_needed_for_late_webhooks(store: Store) -> None:
    await store.keep_program("v1", b"sources", 1.0)
    await store.save(change("CA1", 1.0))
    assert await store.forget(1000.0) == 1
    assert await store.load("CA1") is None
    past = await Records(store).get("CA1")
    assert past is not None
    assert [turn.turn for turn in past.journal] == [1]
    assert await store.program("v1") == b"sources"
    assert await store.forget_details(1.0) == 0
    assert await store.forget_details(2.0) == 1
    assert await store.journal("CA1") == []
    assert await Records(store).get("CA1") is None
    await store.forget(1000.0)
    assert await store.program("v1") is None


async def test_a_record_may_go_before_its_call(store: Store) -> None:
    await store.save(change("CA1", 1.0))
    assert await store.forget_details(2.0) == 1
    assert await store.load("CA1") is not None
    assert len(await store.journal("CA1")) == 1
    assert await store.forget(1000.0) == 1
    assert await store.journal("CA1") == []


async def test_all_of_a_call_is_deleted_and_nothing_of_another(store: Store) -> None:
    dead = Outgoing("k1", "text", "CA1", "telefonie", {"to": "+1"}, 1.0)
    other = Outgoing("k2", "text", "CA2", "telefonie", {"to": "+2"}, 1.0)
    await store.save(replace(change("CA1"), outgoing=[dead]))
    await store.save(replace(change("CA2"), outgoing=[other]))
    await store.save(change("open", over=False))
    for item in (dead, other):
        await store.settle_outgoing(item, replace(item, dead=True))
    assert await store.leaving() == (0, 2)
    assert await Records(store).delete(["CA1", "open", "nobody"]) == 1
    assert await store.load("CA1") is None
    assert await store.answer("CA1", "key") is None
    assert await store.journal("CA1") == []
    assert [item.key for item in await store.dead_outgoing()] == ["k2"]
    assert await store.load("open") is not None
    assert await store.answer("open", "key") is not None
    assert len(await store.journal("open")) == 1
    assert await ids(store, Query()) == ["CA2"]
    assert await store.open_calls() == 1


async def test_what_is_to_leave_is_counted(store: Store) -> None:
    items = [
        Outgoing(key, "text", call, "telefonie", {}, 1.0) for key, call in (("a", "CA1"), ("b", "CA1"), ("c", "CA2"))
    ]
    await store.save(replace(change("CA1"), outgoing=items[:2]))
    await store.save(replace(change("CA2"), outgoing=items[2:]))
    assert await store.leaving() == (2, 0)
    await store.settle_outgoing(items[2], replace(items[2], dead=True))
    assert await store.leaving() == (1, 1)


def test_the_path_tells_how_long_and_how_each_step_ended() -> None:
    entries = [
        Entry("step", 10.0, "main", "ask", 3),
        Entry("input", 12.0, "main", "ask", 4, "keys", "9"),
        Entry("outcome", 12.0, "main", "ask", 4, "nomatch", "menu"),
        Entry("input", 15.0, "main", "ask", 4, "keys", "2"),
        Entry("outcome", 15.0, "main", "ask", 4, "when 1", "menu"),
        Entry("step", 15.5, "main", "bye", 9),
        Entry("hangup", 15.5, "main", "bye", 10, "flow"),
    ]
    passed = path([replay.Record(1, Started(10.0), entries)], 17.0)
    assert [(each.step, each.line, each.seconds, each.outcomes) for each in passed] == [
        ("ask", 3, 5.5, ["menu: nomatch", "menu: 2"]),
        ("bye", 9, 1.5, []),
    ]


async def test_a_call_that_is_over_can_be_lived_again(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        await whole_call(caller)
        await Caller(caller.client, server.url, "CA2").begin()
        records = Records(server.engine.store)
        assert [detail.id for detail in (await records.list(Query())).calls] == ["CA1"]
        past = await records.get("CA1")
        assert past is not None
        detail = past.detail
        assert (detail.flow, detail.ending, detail.turns) == ("main", "flow", 4)
        assert [passed.step for passed in past.path] == ["start", "ask", "number", "ask", "bye"]
        assert past.path[1].outcomes == ["menu: 1"]
        program = await server.projects.version(detail.program, server.engine.store)
        assert replay.compare(program, detail.flow, detail.facts, past.journal, detail.arguments) is None
        assert PIN not in repr(past)
        assert MASK in repr(past)


async def test_the_project_says_how_long_records_stay(tmp_path: Path) -> None:
    now = [1_000_000.0]
    root = watched_project(tmp_path, '[records]\nkeep = "3 days"\n')
    async with running(root, clock=lambda: now[0]) as (server, caller):
        await whole_call(caller)
        sweeper = server.engine._sweeper
        for days, left in ((2.9, 1), (0.2, 0)):
            now[0] += days * DAY
            await sweeper._forget()
            assert len(await server.engine.store.details(Query())) == left


# ---------------------------------------------------------------------------------------------------- the command line


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two calls that are over, one of which has left a message, and one that goes on."""

    async def fill() -> None:
        async with running(watched_project(tmp_path), store=tmp_path / ".flowengine" / "state.db") as (server, caller):
            await whole_call(caller)
            second = Caller(caller.client, server.url, "CA2")
            second.base["from"] = "+4930111222"
            await second.begin()
            await second.go_on(digits="2")
            await second.go_on(recording_url="https://carrier.example/r/1", recording_duration="4")
            await second.over()
            await Caller(caller.client, server.url, "CA3").begin()

    asyncio.run(fill())
    return tmp_path


def command(root: Path, *words: str) -> int:
    """The exit status of `flowengine records`."""
    from flowengine.cli import main

    return main(["records", *words, "--project", str(root)])


def test_listed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(root, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-2:] for line in lines] == [["caller", "CA2"], ["flow", "CA1"]]
    assert command(root, "list", "--number", "+4930*", "--json") == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["id"], row["from"], row["ending"], row["direction"]) == ("CA2", "+4930111222", "caller", "inbound")
    assert command(root, "list", "--limit", "1") == 0
    assert "--limit shows more" in capsys.readouterr().out
    assert command(root, "list", "--until", "2020-01-01") == 0
    assert capsys.readouterr().out == "No call that is over fits.\n"
    assert command(root, "list", "--since", "2020-01-01T09:00", "--ending", "limit-", "--flow", "main") == 0
    assert capsys.readouterr().out == "No call that is over fits.\n"


def test_shown_turn_by_turn(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(root, "show", "CA1") == 0
    out = capsys.readouterr().out
    assert "main.number" in out
    assert "menu: 1" in out
    assert f"input   keys {MASK}" in out
    assert PIN not in out
    assert command(root, "show", "CA2", "CA3", "--json") == 1
    captured = capsys.readouterr()
    [past] = json.loads(captured.out)
    assert past["recordings"] == ["https://carrier.example/r/1"]
    assert "CA3" in captured.err


def test_exported(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(root, "export") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == ["CA2", "CA1"]
    assert rows[1]["path"] == "main.start > main.ask > main.number > main.ask > main.bye"
    assert rows[1]["from"] == "+15557650001"
    assert command(root, "export", "--format", "jsonl", "--limit", "1") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == ["CA2", "CA1"]
    assert lines[0]["recordings"] == ["https://carrier.example/r/1"]


def test_a_cell_is_never_a_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def fill() -> None:
        store = SqliteStore(tmp_path / "state.db", CARRIERS)
        await store.save(change("CA1", caller="=HYPERLINK(1)"))
        await store.close()

    asyncio.run(fill())
    assert command(tmp_path, "export", "--store", str(tmp_path / "state.db")) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["from"] == "'=HYPERLINK(1)"


def test_a_caller_s_data_are_deleted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(root, "delete", "--number", "+4930111222", "--yes", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"deleted": 1, "missing": [], "recordings": ["https://carrier.example/r/1"]}
    assert command(root, "list", "--json") == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == ["CA1"]
    assert b"4930111222" not in b"".join(file.read_bytes() for file in (root / ".flowengine").glob("state.db*"))
    assert command(root, "delete", "CA3", "--yes") == 1
    assert "CA3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["delete", "--yes"],
        ["delete", "CA1"],
        ["list", "--since", "yesterday"],
        ["list", "--ending", "boredom"],
        ["list", "--limit", "0"],
        ["list", "--store", "nowhere.db"],
    ],
)
def test_what_cannot_be_meant_is_refused(root: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(root, *words) == 2
    assert capsys.readouterr().err.startswith("flowengine: ")
