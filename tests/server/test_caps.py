"""What a fault or a fraud can cost at most: transfers and texts are counted, of a call and of an hour."""

import asyncio
from pathlib import Path

import pytest

from tests.server.stage import Caller, running, said, write_project

TRANSFERS = """
flow main:
    on failed:
        hangup

start:
    transfer "+15551230001":
        on busy -> start
    say "Goodbye."
    hangup
"""
TEXTS = """
flow main:
    on failed:
        hangup

start:
    sms call.from "One.":
        on failed:
            say "No text."
    sms call.from "Two."
    say "Sent."
    hangup
"""


def _project(root: Path, flow: str, table: str) -> Path:
    write_project(root, main=flow)
    with (root / "flowengine.toml").open("a") as config:
        config.write(table)
    return root


async def _dials(caller: Caller) -> int:
    """How often a call dials when nobody is ever free."""
    document, count = await caller.begin(), 0
    while "<Dial" in document:
        count += 1
        document = await caller.go_on(dial_call_status="busy")
    assert said(document) == ["Goodbye."]
    return count


async def test_a_call_dials_only_so_often(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = _project(tmp_path, TRANSFERS, '\n[transfer]\nallow = ["+1555*"]\nper_call = 3\n')
    async with running(root) as (server, caller):
        assert await _dials(caller) == 3
        assert await _dials(Caller(caller.client, server.url, "CA2")) == 3
    assert caplog.text.count("not dialled") == 2


async def test_twenty_where_the_project_does_not_say(tmp_path: Path) -> None:
    async with running(_project(tmp_path, TRANSFERS, '\n[transfer]\nallow = ["+1555*"]\n')) as (_, caller):
        assert await _dials(caller) == 20


async def test_all_calls_together_dial_only_so_often_in_an_hour(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    root = _project(tmp_path, TRANSFERS, '\n[transfer]\nallow = ["+1555*"]\nper_hour = 5\nper_call = 3\n')
    store = tmp_path / "calls.db"
    async with (
        running(root, store=store, clock=lambda: now) as (first, caller),
        running(root, store=store, clock=lambda: now) as (second, _),
    ):
        calls = [Caller(caller.client, server.url, f"CA{n}") for n, server in enumerate((first, second, first))]
        assert [await _dials(call) for call in calls] == [3, 2, 0]
        now += 3600
        assert await _dials(Caller(caller.client, second.url, "CA9")) == 3


async def test_texts_are_counted_whether_or_not_the_flow_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = _project(tmp_path, TEXTS, "\n[sms]\nper_call = 1\n")
    async with running(root, outside=(sent := _Sent())) as (server, caller):
        assert said(await caller.begin()) == ["Sent."]
        for _ in range(200):
            if dead := await server.engine.store.dead_outgoing():
                break
            await asyncio.sleep(0.02)
    assert [item.reason for item in dead] == ["[sms] per_call is 1"]
    assert sent.texts == ["One."]


async def test_a_flow_learns_that_a_text_was_one_too_many(tmp_path: Path) -> None:
    root = _project(tmp_path, TEXTS, "\n[sms]\nper_hour = 1\n")
    now = 1_800_000_000.0
    async with running(root, outside=_Sent(), clock=lambda: now) as (server, caller):
        assert said(await caller.begin()) == ["Sent."]
        assert said(await Caller(caller.client, server.url, "CA2").begin()) == ["No text.", "Sent."]


class _Sent:
    """A carrier's side that takes every text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def text(self, _carrier: object, _to: str, text: str, _sender: str) -> None:
        self.texts.append(text)
