"""What callers type in confidence, and keys, are in nothing that is looked at later: searched for, at the debug level,
with a crash in the middle."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine.carriers.contract import Message
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.runtime import log
from flowengine.runtime.records import Records
from flowengine.runtime.store import Query
from tests.observing.stage import TOKEN, read, receiver, watched_project
from tests.observing.test_traces import tracing
from tests.server.stage import running

PIN = "90817263"
KEY = "tk_live_9f8e7d6c"
SECRET = "whsec_5b4a3c2d"
FLOW = """
flow main:
    on failed -> bye
    on error:
        log "{{ call.id }} failed"

start:
    gather pin digits=8 sensitive=true:
        say "Your PIN, please."
    if pin == "00000000" -> bye
    fetch account "https://127.0.0.1:9/accounts" method="POST" json={"pin": pin} timeout=1s:
        on failed:
            say "We could not look that up."
    set twice = pin ~ pin
    set sum = (pin | int) / 0
    -> bye

bye:
    say "Goodbye."
    hangup
"""


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log at its most talkative, as JSON."""
    out = io.StringIO()
    loggers = [logging.getLogger(name) for name in (log.NAME, "opentelemetry")]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    log.set_up("json", "debug", out)
    yield out
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


async def test_nothing_in_confidence_is_kept_or_told(
    tmp_path: Path, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {"telefonie": {"api_key": KEY}}
    async with receiver() as taking:
        root = watched_project(tmp_path, tracing(taking.url), main=FLOW)
        async with running(root, store=tmp_path / "state.db", carriers=table) as (server, caller):
            asked = await caller.begin()
            monkeypatch.setattr(Telefonie, "receive", _crash)
            await caller.go_on(digits=PIN)
            monkeypatch.undo()
            caller.document = asked
            await caller.go_on(digits=PIN)
            await caller.over()
            _, metrics = await read(caller.client, server.url)
            records = Records(server.engine.store)
            past = [await records.get(detail.id) for detail in (await records.list(Query())).calls]
        assert taking.spans
    told = lines.getvalue()
    kept = msgspec.json.encode(past).decode()
    assert "a fault in the engine" in told
    assert len(past) == 1
    for name, text in (("log", told), ("metrics", metrics), ("records", kept), ("traces", repr(taking.raw))):
        for secret in (PIN, KEY, SECRET, TOKEN):
            assert secret not in text, name


def _crash(_self: Telefonie, _memo: Any, message: Message) -> Any:
    raise RuntimeError(f"api_key={KEY} authorization: Bearer {TOKEN} webhook_secret = '{SECRET}', ?accesskey={KEY}&a=1")


async def test_every_line_of_a_call_has_its_id(tmp_path: Path, lines: io.StringIO) -> None:
    async with running(watched_project(tmp_path)) as (_, caller):
        await caller.begin()
        await caller.go_on(digits="2")
        await caller.go_on(recording_url="https://carrier.example/r/1", recording_duration="4")
        await caller.over()
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert len([line for line in told if line["event"] == "turn"]) == 4
    assert {line["call"] for line in told} == {"CA1"}
    assert all({"time", "level", "event"} <= set(line) for line in told)
