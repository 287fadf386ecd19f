"""Whatever is wrong with a webhook or with us: an answer, the right call, and nothing kept that was only sent to us."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from flowengine.carriers.contract import Carrier, Message, Reply, Route
from flowengine.carriers.telefonie.adapter import Telefonie
from tests.server.stage import Caller, running, said, write_project

BOTH: dict[str, dict[str, str]] = {"telefonie": {}, "voipbin": {}}
SORRY = ["Sorry, please call again."]


def _faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


async def test_an_adapter_that_fails_to_read_a_webhook(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def route(*_: object) -> Route:
        raise RecursionError("too deep")

    monkeypatch.setattr(Telefonie, "route", route)
    async with running(write_project(tmp_path)) as (server, _):
        heard: list[Reply] = []
        server.engine.overhear(lambda carrier, message, reply, seconds: heard.append(reply))
        carrier = server.engine.carriers["telefonie"]
        reply = await server.engine.handle(carrier, Message(("voice",), {"call_id": "CA1"}, 0))
        assert (reply.status, said(reply.body)) == (200, SORRY)
        assert heard == [reply]
    assert _faults(caplog) == ["a fault in taking a webhook"]


async def test_a_listener_that_fails_takes_no_answer_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def listen(carrier: Carrier, message: Message, reply: Reply, seconds: float) -> None:
        raise ValueError(reply.status)

    async with running(write_project(tmp_path)) as (server, caller):
        server.engine.overhear(listen)
        assert said(await caller.begin())[0] == "Welcome, you."
    assert _faults(caplog) == ["a fault in a listener"]


async def test_a_call_is_its_own_carriers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        running(write_project(tmp_path), carriers=BOTH, store=tmp_path / "calls.db") as (server, caller),
        running(tmp_path, carriers=BOTH, store=tmp_path / "calls.db") as (elsewhere, _),
    ):
        await caller.begin()
        before = await server.engine.store.load("CA1")
        query = "?to=%2B15551230000&from=%2B15557650001"
        for url in (server.url, elsewhere.url):
            opening = f"{url}/voipbin/voice/open{query}"
            async with caller.client.post(opening, json={"reference_id": "CA1"}) as response:
                assert response.status == 409
            turn = f"{url}/voipbin/turn/x/CA1/1/keys?d=1"
            async with caller.client.post(turn, json={"reference_id": "CA1"}) as response:
                assert response.status == 200
                assert "Sorry" in await response.text()
        assert await server.engine.store.load("CA1") == before
        assert said(await caller.go_on(digits="1")) == ["Your PIN, please."]
    assert _faults(caplog) == []


async def test_an_id_too_long_for_any_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        await caller.begin()
        long = Caller(caller.client, server.url, "x" * 50_000)
        with caplog.at_level(logging.WARNING, "flowengine"):
            assert await long.over() == 204
            assert await long.over() == 204
    [line] = [vars(record)["facts"]["call"] for record in caplog.records if "unknown call" in record.getMessage()]
    assert line == "x" * 200


async def test_a_turn_of_thousands_of_figures(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(write_project(tmp_path)) as (_, caller):
        await caller.begin()
        start, _, _ = caller.action.rpartition("/")
        status, _ = await caller.ask(f"{start}/{'1' * 5000}", {"digits": "1"})
        assert status == 404
    assert _faults(caplog) == []
