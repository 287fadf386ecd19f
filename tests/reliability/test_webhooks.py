"""Webhooks as carriers really send them: twice, at once to two workers, in any order, late, and broken."""

import asyncio
import itertools
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from flowengine.core.events import HungUp
from tests.conftest import SEED
from tests.redis_server import RedisServer
from tests.reliability.processes import serving
from tests.reliability.size import size, within
from tests.server.stage import Caller, running, write_project

Record = Callable[[str, object], None]
STEPS = ("1", "1234", "", "9", "3")


async def test_each_webhook_at_once_to_two_machines(tmp_path: Path, record_property: Record) -> None:
    calls = size(20, 200)
    root = write_project(tmp_path / "project")
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis", always=False)
    redis.start()
    try:
        async with AsyncExitStack() as stack:
            machines = [await stack.enter_async_context(serving(root, "--store", redis.url)) for _ in range(2)]
            client = await stack.enter_async_context(aiohttp.ClientSession())

            async def one(number: int) -> int:
                callers = [Caller(client, machine.url, f"CA{number}") for machine in machines]
                seen = 0
                path, fields = "/telefonie/voice", {"status": "ringing"}
                for step in (*STEPS, None):
                    answers = await asyncio.gather(*(caller.ask(path, fields) for caller in callers))
                    answers += [await caller.ask(path, fields) for caller in callers]
                    assert len(set(answers)) == 1, answers
                    assert answers[0][0] == 200
                    seen += len(answers)
                    if step is not None:
                        callers[0].document = answers[0][1]
                        path, fields = callers[0].action, {"digits": step}
                return seen

            total = sum(await asyncio.gather(*(one(number) for number in range(calls))))
            turns = Counter((line["call"], line["turn"]) for machine in machines for line in machine.events("turn"))
            assert set(turns.values()) == {1}
            assert all(machine.faults() == [] for machine in machines)
    finally:
        redis.stop()
    record_property("figure", f"{total} webhooks of {calls} calls, each four times: equal bytes, {len(turns)} turns")


async def test_all_orders_of_status_callbacks(tmp_path: Path, record_property: Record) -> None:
    words = ("initiated", "ringing", "answered", "completed", "busy")
    orders = [order for count in range(1, 6) for order in itertools.permutations(words, count)]
    chosen = orders if size(0, 1) else orders[::3]
    async with running(write_project(tmp_path)) as (server, first):

        async def one(number: int, order: tuple[str, ...]) -> None:
            caller = Caller(first.client, server.url, f"CA{number}")
            await caller.begin()
            for status in order:
                assert await caller.over(status) == 204
            record = await server.engine.store.load(caller.call)
            assert record is not None
            assert record.ended == bool({"completed", "busy"} & set(order)), order
            turns = await server.engine.store.journal(caller.call)
            assert sum(isinstance(turn.event, HungUp) for turn in turns) == record.ended, order

        for start in range(0, len(chosen), 20):
            batch = list(enumerate(chosen))[start : start + 20]
            await asyncio.gather(*(one(number, order) for number, order in batch))
    record_property("figure", f"{len(chosen)} orders: ended once if a last state was among them, else open")


async def test_webhooks_an_hour_late(tmp_path: Path, caplog: pytest.LogCaptureFixture, record_property: Record) -> None:
    """Of calls that were ended by their caller, by the flow, or not at all."""
    count = size(10, 100)
    late = 0.0
    words = ("initiated", "ringing", "answered", "completed", "busy", "no-answer", "failed")
    async with running(write_project(tmp_path), clock=lambda: time.time() + late) as (server, first):
        store = server.engine.store
        callers = [Caller(first.client, server.url, f"CA{number}") for number in range(count)]
        last: list[tuple[str, dict[str, str], tuple[int, str]]] = []
        for number, caller in enumerate(callers):
            await caller.begin()
            path, fields = caller.action, {"digits": "3" if number % 3 == 0 else "1"}
            last.append((path, fields, await caller.ask(path, fields)))
            if number % 3 == 1:
                await caller.over()
        before = [await store.load(caller.call) for caller in callers]
        late = 3600.0
        webhooks = 0
        for caller, was, (path, fields, answer) in zip(callers, before, last, strict=True):
            assert was is not None
            repeated = await caller.ask(path, fields)
            assert repeated == answer
            for word in words if was.ended else words[:3]:
                assert await caller.over(word) == 204
                webhooks += 1
            now = await store.load(caller.call)
            assert now is not None
            assert (now.ended, now.session.turn) == (was.ended, was.session.turn)
        with caplog.at_level(logging.WARNING, "flowengine"):
            stranger = Caller(first.client, server.url, "CA-of-nobody")
            for word in words:
                assert await stranger.over(word) == 204
        assert [line.name for line in caplog.records] == ["flowengine"]
    record_property(
        "figure", f"{webhooks} webhooks of {count} calls an hour late: nothing changed; an unknown call logged once"
    )


async def test_a_hundred_at_once_of_all_kinds(tmp_path: Path, record_property: Record) -> None:
    """Keys, results, news of the end and the link that a call is redirected to, of many calls at the same moment."""
    count = size(10, 100)
    rng = random.Random(SEED)
    async with running(write_project(tmp_path), store=tmp_path / "calls.db") as (server, first):
        connector = aiohttp.TCPConnector(limit=200)
        async with aiohttp.ClientSession(connector=connector) as client:
            callers = [Caller(client, server.url, f"CA{number}") for number in range(count)]
            for caller in callers:
                await caller.begin()

            gate = asyncio.Semaphore(4)

            async def one(caller: Caller) -> int:
                kinds = (
                    (caller.action, {"digits": "1"}),
                    (caller.action, {"digits": "2"}),
                    (caller.action, {"recording_url": "https://files.example/r", "recording_duration": "3"}),
                    (caller.action, {"digits": ""}),
                    ("/telefonie/voice", {"status": "ringing"}),
                    ("/telefonie/status", {"status": "answered"}),
                    ("/telefonie/fallback", {"error_url": "x"}),
                )
                asked = [rng.choice(kinds) for _ in range(99)]
                asked.insert(rng.randrange(100), ("/telefonie/status", {"status": "completed"}))
                async with gate, asyncio.timeout(60):
                    answers = await asyncio.gather(*(caller.ask(path, fields) for path, fields in asked))
                assert {status for status, _ in answers} <= {200, 204}
                return len(answers)

            async def unaffected() -> float:
                slowest = 0.0
                for number in range(20):
                    other = Caller(first.client, server.url, f"CB{number}")
                    began = time.monotonic()
                    await other.begin()
                    slowest = max(slowest, time.monotonic() - began)
                    await asyncio.sleep(0.02)
                return slowest

            answered, slowest = await asyncio.gather(asyncio.gather(*(one(caller) for caller in callers)), unaffected())
        # A recording may still come for a while after the news that its call is over.
        deadline = time.monotonic() + 15
        store = server.engine.store
        while [record for caller in callers if (record := await store.load(caller.call)) and not record.ended]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        for caller in callers:
            turns = [turn.turn for turn in await store.journal(caller.call)]
            assert turns == list(range(1, len(turns) + 1))
            assert len(turns) <= 3
    assert slowest < within(2)
    record_property(
        "figure",
        f"{sum(answered)} webhooks of {count} calls, a hundred of each at once: one after the other, all ended;"
        f" a new call meanwhile answered after {slowest:.2f} s at most",
    )


async def test_malformed_requests(tmp_path: Path, record_property: Record) -> None:
    count = size(1500, 10_000)
    rng = random.Random(SEED)
    kinds = (
        "application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain", "",
        "x/y; charset=z",
        "application/x-www-form-urlencoded; charset=utf-7",
    )  # fmt: skip
    pieces = (
        b"call_id=", b"&", b"%", b"%00", b"\x00", b"\xff\xfe", b"{", b"[", b"]", b'"call_id":', b"null", b"1e999", b"=",
        b"digits=", b"status=completed", b"\r\n\r\n", b"a" * 1000, b'{"call_id":"x","digits":', b"\xed\xa0\x80",
    )  # fmt: skip
    statuses: Counter[int] = Counter()
    async with serving(write_project(tmp_path / "project"), "--store", "memory") as server:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as client:
            gate = asyncio.Semaphore(20)

            async def one(number: int) -> None:
                path = rng.choice(
                    ("voice", "voice/main", "voice/%00", "status", "turn/x/y/1", "turn/x/y/²", "fallback")
                )
                body = b"".join(rng.choices(pieces, k=rng.randint(0, 12)))
                if number % 500 == 0:
                    body *= 2000
                headers = {"Content-Type": rng.choice(kinds)}
                if number % 50 == 1:
                    headers["Content-Encoding"] = "gzip"
                async with gate, client.post(f"{server.url}/telefonie/{path}", data=body, headers=headers) as response:
                    statuses[response.status] += 1
                    await response.read()

            await asyncio.gather(*(one(number) for number in range(count)))
            async with client.get(f"{server.url}/health") as response:
                assert (await response.json())["status"] == "ok"
        assert server.faults() == []
    assert sum(statuses.values()) == count
    assert not [status for status in statuses if status >= 500]
    record_property(
        "figure", f"{count} requests: " + ", ".join(f"{n} answers {s}" for s, n in sorted(statuses.items()))
    )
