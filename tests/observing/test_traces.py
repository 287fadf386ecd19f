"""A call is a trace: held against what a real receiver of OTLP over HTTP is sent."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from aiohttp import web

from flowengine.runtime.observing.ids import shown_trace
from flowengine.runtime.observing.setting_up import TracingError
from tests.observing.stage import NUMBER, PIN, read, receiver, until, watched_project, whole_call
from tests.server.stage import Caller, running, write_project

FETCH = """
flow main:
    on failed -> bye

start:
    fetch answer "http://127.0.0.1:{port}/customers/{{{{ call.from }}}}" timeout=2s
    -> bye

bye:
    say "Goodbye."
    sms "{{{{ call.from }}}}" "Thank you."
    hangup
"""


def tracing(url: str, more: str = "") -> str:
    """The table of the project's file."""
    return f'[tracing]\nendpoint = "{url}"\n{more}'


async def test_a_call_is_a_trace_and_its_turns_are_spans(tmp_path: Path) -> None:
    async with receiver() as taking:
        async with running(watched_project(tmp_path, tracing(taking.url))) as (_, caller):
            await whole_call(caller)
        [call] = taking.named("call")
        turns = taking.named("turn")
    assert {span["trace"] for span in taking.spans} == {call["trace"]}
    assert call["trace"] == shown_trace("CA1")
    assert call["parent"] == ""
    assert {span["parent"] for span in turns} == {call["id"]}
    assert [span["about"]["flowengine.turn"] for span in turns] == ["1", "2", "3", "4"]  # type: ignore[index]
    assert turns[1]["about"] == {
        "flowengine.call": "CA1",
        "flowengine.carrier": "telefonie",
        "flowengine.direction": "inbound",
        "flowengine.flow": "main",
        "flowengine.version": turns[0]["about"]["flowengine.version"],  # type: ignore[index]
        "flowengine.turn": "2",
        "flowengine.event": "keys",
        "flowengine.wait": "listen",
    }
    assert ("outcome", {"flowengine.flow": "main", "flowengine.step": "ask", "flowengine.name": "when 0"}) in turns[1]["events"]  # type: ignore[operator]  # fmt: skip  # noqa: E501
    assert call["about"]["flowengine.ending"] == "flow"  # type: ignore[index]
    assert not call["error"]
    assert call["service"] == "flowengine"


async def test_workers_put_a_call_into_one_trace(tmp_path: Path) -> None:
    async with receiver() as taking:
        root = watched_project(tmp_path, tracing(taking.url))
        store = tmp_path / "state.db"
        async with running(root, store=store) as (_, first):
            await first.begin()
        async with running(root, store=store) as (server, second):
            second.document = first.document.replace(first.url, server.url)
            await second.go_on(digits="3")
            await Caller(second.client, server.url, "CA2").begin()
        [call] = taking.named("call")
        turns = taking.named("turn")
    assert [span["trace"] == call["trace"] for span in turns] == [True, True, False]
    assert [span["parent"] == call["id"] for span in turns] == [True, True, False]


async def test_what_a_turn_asks_of_others_are_its_children(tmp_path: Path) -> None:
    asked: list[str] = []

    async def customer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("traceparent", ""))
        return web.json_response({"name": "Ada"})

    app = web.Application()
    app.router.add_get("/customers/{number}", customer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    table = {"telefonie": {"api_key": "k", "sms_url": f"http://127.0.0.1:{port}"}}
    async with receiver() as taking:
        root = watched_project(tmp_path, tracing(taking.url), main=FETCH.format(port=port))
        async with running(root, carriers=table) as (server, caller):
            await caller.begin()
            await until(lambda: bool(server.engine.watch.metrics.outbox.values))
        [turn], [fetch], [text], [call] = (taking.named(name) for name in ("turn", "fetch", "text", "call"))
    await runner.cleanup()
    assert fetch["parent"] == turn["id"]
    about = {"http.request.method": "GET", "server.address": "127.0.0.1", "flowengine.result": "2xx"}
    assert fetch["about"] == about
    assert not fetch["error"]
    assert asked == [f"00-{fetch['trace']}-{fetch['id']}-01"]
    # The text leaves after the turn, from the outbox: it belongs to the call. The carrier has refused it.
    assert (text["trace"], text["parent"]) == (call["trace"], call["id"])
    assert text["error"]
    for word in (NUMBER, "customers", "Thank"):
        assert word.encode() not in taking.raw


async def test_nothing_of_a_caller_is_in_them(tmp_path: Path) -> None:
    async with receiver() as taking:
        async with running(watched_project(tmp_path, tracing(taking.url))) as (_, caller):
            await whole_call(caller)
        assert taking.named("call")
    for word in (NUMBER, "15551230000", PIN, "Welcome", "monitoring"):
        assert word.encode() not in taking.raw


async def test_a_part_of_the_calls_is_traced_whole(tmp_path: Path) -> None:
    async with receiver() as taking:
        async with running(watched_project(tmp_path, tracing(taking.url, "sample = 0.5"))) as (server, caller):
            for number in range(24):
                await whole_call(Caller(caller.client, server.url, f"CA{number}"))
        calls = taking.named("call")
    assert 4 <= len(calls) <= 20
    for call in calls:
        assert len([span for span in taking.named("turn") if span["trace"] == call["trace"]]) == 4
    assert len(taking.spans) == 5 * len(calls)


async def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as taking, receiver() as other:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", taking.url)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "front-desk")
        async with running(watched_project(tmp_path, tracing(other.url))) as (_, caller):
            await whole_call(caller)
        assert {span["service"] for span in taking.spans} == {"front-desk"}
        assert other.spans == []
        taking.spans.clear()
        monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
        async with running(tmp_path) as (server, caller):
            await whole_call(Caller(caller.client, server.url, "CA2"))
            assert server.engine.watch.tracing is None
        assert taking.spans == []


async def test_a_receiver_that_is_away_is_no_harm(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path, tracing("http://127.0.0.1:9"))) as (server, caller):
        await whole_call(caller)
        assert (await read(caller.client, server.url))[0] == 200
        ending = time.monotonic()
    assert time.monotonic() - ending < 5


async def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    with (tmp_path / "flowengine.toml").open("a") as file:
        file.write(tracing("http://127.0.0.1:9"))
    monkeypatch.delitem(sys.modules, "flowengine.runtime.observing.tracing", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(TracingError, match=r"flowengine\[otel\]"):
        async with running(tmp_path):
            raise AssertionError("it must not start")
