"""Two workers with one store, each of which remembers calls that the other has changed since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.redis_server import RedisServer
from tests.server.stage import Caller, running, said, write_project


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    if request.param == "sqlite":
        yield str(tmp_path / "calls.db")
        return
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", always=False)
    server.start()
    yield server.url
    server.stop()


@asynccontextmanager
async def _two(tmp_path: Path, store: object) -> AsyncIterator[tuple[Caller, Caller]]:
    root = write_project(tmp_path / "project")
    async with running(root, store=store) as (_, first), running(root, store=store) as (_, second):
        second.call = first.call
        second.base = first.base
        yield first, second


async def _begin(one: Caller, other: Caller) -> None:
    other.document = await one.begin()


async def _go_on(one: Caller, other: Caller, digits: str) -> str:
    """The result goes to `one`; both know the document then."""
    other.document = await one.go_on(digits=digits)
    return other.document


async def test_a_call_whose_turns_go_to_one_worker_and_the_other(tmp_path: Path, store: object) -> None:
    async with _two(tmp_path, store) as (one, other):
        await _begin(one, other)
        heard = []
        for digits, worker, rest in (
            ("1", other, one), ("1234", one, other), ("1", one, other), ("5678", other, one), ("3", one, other)
        ):  # fmt: skip
            heard += said(await _go_on(worker, rest, digits))
        menu = "For a number, press 1. To leave a message, press 2. To end, press 3."
        assert heard == ["Your PIN, please.", "Thank you.", menu, "Your PIN, please.", "Thank you.", menu, "Goodbye."]


async def test_a_repeat_is_known_by_both(tmp_path: Path, store: object) -> None:
    async with _two(tmp_path, store) as (one, other):
        opening = await one.begin()
        assert await other.begin() == opening
        first = one.action
        other.document = one.document
        menu = await _go_on(other, one, "1")
        for worker in (one, other, one):
            status, again = await worker.ask(first, {"digits": "1"})
            assert (status, again) == (200, menu)
        assert await one.begin() == opening


async def test_what_comes_late_gets_the_document_that_the_other_has_made(tmp_path: Path, store: object) -> None:
    async with _two(tmp_path, store) as (one, other):
        await _begin(one, other)
        first = one.action
        await _go_on(one, other, "1")
        await _go_on(other, one, "1234")
        present = await _go_on(other, one, "2")
        assert said(present) == ["Speak."]
        status, document = await one.ask(first, {"digits": "3"})
        assert (status, document) == (200, present)


async def test_a_call_that_is_over_is_over_for_both(tmp_path: Path, store: object) -> None:
    async with _two(tmp_path, store) as (one, other):
        await _begin(one, other)
        action = one.action
        assert await other.over() == 204
        status, document = await one.ask(action, {"digits": "1"})
        assert status == 200
        assert "PIN" not in document
        assert await one.over() == 204


async def test_a_call_that_is_sent_to_another_flow_by_the_other(tmp_path: Path, store: object) -> None:
    async with _two(tmp_path, store) as (one, other):
        await _begin(one, other)
        status, fresh = await other.ask("/telefonie/voice/main", {"status": "in-progress"})
        assert (status, said(fresh)[0]) == (200, "Welcome, you.")
        # The old document is one of the flow before: the key that it brings is not one of this flow.
        status, document = await one.ask(one.action, {"digits": "3"})
        assert (status, document) == (200, fresh)
