"""What a call causes outside, it causes once: whoever repeats, interrupts or takes over, at whichever worker."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from flowengine.carriers.contract import Carrier, Request
from flowengine.core.commands import Fetch
from flowengine.core.events import Fetched, Texted
from flowengine.core.policy import Hosts
from flowengine.runtime.limits import Limits
from flowengine.runtime.outside import Answer
from flowengine.server.serving import Server
from tests.server.stage import Caller, running, said, write_project

EFFECTS = {
    "text": 'sms "+15559990000" "Hello.":\n        on failed -> bad',
    "request": 'fetch answer "http://127.0.0.1/new" method="POST"',
}
AT_ONCE = """
flow main:
    on failed -> bad
    on hangup:
        log "gone"

start:
    {effect}
    say "Done."
    gather key digits=1:
        say "Key?"
    hangup

bad:
    say "Failed."
    hangup
"""
AFTER_A_KEY = """
flow main:
    on failed -> bad
    on hangup:
        log "gone"

start:
    gather key digits=1:
        say "Key?"
    {effect}
    say "Done."
    hangup

bad:
    say "Failed."
    hangup
"""
TWO_ANSWERS = """
flow main:
    on failed -> bad

start:
    gather key digits=1:
        say "Key?"
    fetch one "http://127.0.0.1/one"
    say "{{ one.text }}"
    gather key digits=1:
        say "Key?"
    fetch two "http://127.0.0.1/two"
    say "{{ two.text }}"
    hangup

bad:
    hangup
"""
LEAVER = """
flow main:
    on failed:
        hangup
    on hangup:
        fetch left "http://127.0.0.1/left"

start:
    gather key digits=1:
        say "Key?"
    hangup
"""
LIMITS = Limits(answer=0.3, text=1.5)


class World:
    """Everything outside: counts what is asked of it, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.begun = asyncio.Event()
        self.let = asyncio.Event()

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        await self._ask()
        return Answer(200, {"text": wait.url.rpartition("/")[2]})

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        await self._ask()

    async def event(self, key: str, body: dict[str, Any]) -> None:
        """Nobody listens."""

    async def tell(self, carrier: Carrier, request: Request) -> None:
        """Nobody hears."""

    async def has_begun(self) -> None:
        """Wait until something is asked."""
        await asyncio.wait_for(self.begun.wait(), 5)

    async def _ask(self) -> None:
        self.asked += 1
        self.begun.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.let.wait(), 5)  # a test that has failed is to end


@pytest.fixture(params=sorted(EFFECTS))
def effect(request: pytest.FixtureRequest) -> str:
    return EFFECTS[request.param]


def _project(root: Path, flow: str) -> Path:
    write_project(root, main=flow)
    with (root / "flowengine.toml").open("a") as config:
        config.write('\n[sms]\nallow = ["+1555*"]\n')
    return root


@asynccontextmanager
async def _two(tmp_path: Path, flow: str, **settings: Any) -> AsyncIterator[tuple[World, Server, Caller, Caller]]:
    """The world, and two workers on one store with a caller each: the same call."""
    world, root = World(), _project(tmp_path / "project", flow)
    settings = {"store": tmp_path / "calls.db", "outside": world, "limits": LIMITS, **settings}
    async with running(root, **settings) as (server, one), running(root, **settings) as (_, other):
        yield world, server, one, other


async def _heard(caller: Caller) -> list[str]:
    """What the caller hears next, after as much patience as it takes."""
    for _ in range(100):
        if said(caller.document) or "<Hangup" in caller.document:
            return said(caller.document)
        await asyncio.sleep(0.05)
        await caller.go_on()
    raise AssertionError(f"patience without end: {caller.document}")


async def _results(server: Server) -> list[Texted | Fetched]:
    """What the flow was told of its effects, once the call rests."""
    store = server.engine.store
    for _ in range(200):
        turns = await store.journal("CA1")
        if found := [turn.event for turn in turns if isinstance(turn.event, Texted | Fetched)]:
            assert [turn.turn for turn in turns] == list(range(1, len(turns) + 1))
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("the flow was told nothing")


async def test_an_opening_that_comes_to_both_at_once(tmp_path: Path, effect: str) -> None:
    async with _two(tmp_path, AT_ONCE.format(effect=effect)) as (world, _, one, other):
        first = asyncio.create_task(one.begin())
        await world.has_begun()
        assert "<Redirect" in await other.begin()
        await first
        world.let.set()
        assert await _heard(one) == ["Done.", "Key?"]
        assert await _heard(other) == ["Done.", "Key?"]
        assert one.document == other.document
        assert await one.begin() == one.document
    assert world.asked == 1


async def test_a_crash_in_the_middle_of_the_first_turn(tmp_path: Path, effect: str) -> None:
    world, after = World(), World()
    root, store = _project(tmp_path / "project", AT_ONCE.format(effect=effect)), tmp_path / "calls.db"
    async with running(root, store=store, outside=world, limits=LIMITS) as (_, caller):
        opening = asyncio.create_task(caller.begin())
        await world.has_begun()
        # What a kill at this moment leaves: the file as it is, and nobody who knows of what was begun.
        left = tmp_path / "left.db"
        with sqlite3.connect(store) as source, sqlite3.connect(left) as target:
            source.backup(target)
        shutil.copy(f"{store}.key", f"{left}.key")
        await opening
        world.let.set()
    after.let.set()
    async with running(root, store=left, outside=after, limits=LIMITS, clock=lambda: time.time() + 60) as (_, again):
        await again.begin()
        assert await _heard(again) == ["Failed."]
    assert (world.asked, after.asked) == (1, 0)


async def test_the_caller_leaves_at_the_other_in_the_first_turn(tmp_path: Path, effect: str) -> None:
    limits = Limits(answer=1.0, text=1.5)
    async with _two(tmp_path, AT_ONCE.format(effect=effect), limits=limits) as (world, server, one, other):
        first = asyncio.create_task(one.begin())
        await world.has_begun()
        assert await other.over() == 204
        world.let.set()
        await first
        assert not any(event.error for event in await _results(server))
    assert world.asked == 1


async def test_another_flow_takes_over_while_the_first_sends(tmp_path: Path, effect: str) -> None:
    async with _two(tmp_path, AT_ONCE.format(effect=effect)) as (world, _, one, other):
        first = asyncio.create_task(one.begin())
        await world.has_begun()
        _, other.document = await other.ask("/telefonie/voice/main", {"status": "in-progress"})
        world.let.set()
        await first
        assert await _heard(other) == ["Done.", "Key?"]
    assert world.asked == 2  # once for each of the two openings


async def test_the_caller_leaves_at_the_other_while_a_key_is_acted_on(tmp_path: Path, effect: str) -> None:
    limits = Limits(answer=1.0, text=1.5)
    async with _two(tmp_path, AFTER_A_KEY.format(effect=effect), limits=limits) as (world, server, one, other):
        await one.begin()
        key = asyncio.create_task(one.go_on(digits="1"))
        await world.has_begun()
        assert await other.over() == 204
        world.let.set()
        await key
        assert not any(event.error for event in await _results(server))
    assert world.asked == 1


async def test_the_store_is_away_when_the_effect_is_done(tmp_path: Path, effect: str) -> None:
    limits = Limits(answer=1.0, text=1.5, store=0.3)
    world, root = World(), _project(tmp_path / "project", AFTER_A_KEY.format(effect=effect))
    store = tmp_path / "calls.db"
    async with running(root, store=store, outside=world, limits=limits) as (server, caller):
        await caller.begin()
        key = asyncio.create_task(caller.go_on(digits="1"))
        await world.has_begun()
        busy = sqlite3.connect(store, isolation_level=None)
        busy.execute("BEGIN IMMEDIATE")
        world.let.set()
        assert "<Redirect" in await key
        busy.execute("ROLLBACK")
        busy.close()
        assert await _heard(caller) == ["Done."]
        assert not any(event.error for event in await _results(server))
    assert world.asked == 1


async def test_an_answer_is_never_taken_for_a_later_one(tmp_path: Path) -> None:
    async with _two(tmp_path, TWO_ANSWERS) as (world, _, one, other):
        await one.begin()
        other.document = await one.go_on(digits="1")
        assert "<Redirect" in other.document
        world.let.set()
        # The first was asked for by one, and told by the other; the second is asked for by the one again.
        assert (await _heard(other))[0] == "one"
        one.document = other.document
        await one.go_on(digits="1")
        assert await _heard(one) == ["two"]
    assert world.asked == 2


async def test_news_of_a_call_whose_last_request_takes_long(tmp_path: Path) -> None:
    async with _two(tmp_path, LEAVER) as (world, server, one, other):
        await one.begin()
        assert await one.over() == 204
        await world.has_begun()
        for caller in (one, other, one):
            began = time.monotonic()
            assert await caller.over() == 204
            assert time.monotonic() - began < 1
        world.let.set()
        assert [event.error for event in await _results(server)] == [None]
    assert world.asked == 1
