"""What `/metrics` shows, to whom, and what it never shows."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from flowengine.runtime.limits import Limits
from flowengine.runtime.observing.families import MOST_SERIES, Counter, Histogram
from flowengine.runtime.observing.metrics import Metrics
from flowengine.runtime.store import Store, StoreError
from tests.observing.stage import NUMBER, PIN, TOKEN, read, samples, until, value, watched_project, whole_call
from tests.reliability.processes import serving
from tests.server.stage import Caller, running, write_project

FETCH = """
flow main:
    on failed -> bye

start:
    fetch answer "http://127.0.0.1:{port}/customers/{{{{ call.from }}}}" timeout=2s
    say "Hello."
    -> bye

bye:
    sms "{{{{ call.from }}}}" "Thank you."
    hangup
"""


async def test_nobody_reads_them_without_the_token(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        for token in ("", "wrong", TOKEN[:-1], f"{TOKEN}x"):
            assert (await read(caller.client, server.url, token))[0] == 401
        assert (await read(caller.client, server.url))[0] == 200


async def test_a_token_of_any_bytes_is_a_wrong_one(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, _):
        reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
        writer.write(b"GET /metrics HTTP/1.0\r\nAuthorization: Bearer \xff\xed\xa0\x80\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"401"
        writer.close()


async def test_nobody_reads_them_while_there_is_no_token(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        for token in ("", "None", TOKEN):
            status, text = await read(caller.client, server.url, token)
            assert status == 403
            assert "[metrics]" in text


async def test_a_call_is_counted(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        await whole_call(caller)
        status, text = await read(caller.client, server.url)
        other = Caller(caller.client, server.url, "CA2")
        await other.begin()
        await other.over()
        _, after = await read(caller.client, server.url)
    assert status == 200
    found = samples(text)
    assert value(found, "flowengine_calls_begun_total", carrier="telefonie", direction="inbound", flow="main") == 1
    assert value(found, "flowengine_calls_ended_total", ending="flow") == 1
    assert value(found, "flowengine_call_seconds_count") == 1
    assert value(found, "flowengine_turn_seconds_count", carrier="telefonie") == 4
    assert value(found, "flowengine_turn_seconds_bucket", le="+Inf") == 4
    assert value(found, "flowengine_webhook_seconds_count", status="200") == 4
    assert value(found, "flowengine_outcomes_total", flow="main", step="ask", verb="menu", outcome="when 0") == 1
    assert value(found, "flowengine_outcomes_total", step="number", verb="gather", outcome="value") == 1
    assert value(found, "flowengine_calls_open") == 0
    assert value(found, "flowengine_ready") == value(found, "flowengine_workers") == 1
    assert value(samples(after), "flowengine_calls_ended_total", ending="caller") == 1


async def test_what_is_asked_of_others_is_counted(tmp_path: Path) -> None:
    app = web.Application()
    app.router.add_get("/customers/{number}", _customer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    table = {"telefonie": {"api_key": "k", "sms_url": f"http://127.0.0.1:{port}"}}
    async with running(watched_project(tmp_path, main=FETCH.format(port=port)), carriers=table) as (server, caller):
        await caller.begin()
        await until(lambda: bool(server.engine.watch.metrics.outbox.values))
        _, text = await read(caller.client, server.url)
    await runner.cleanup()
    found = samples(text)
    assert value(found, "flowengine_request_seconds_count", to="web", kind="fetch", result="2xx") == 1
    assert value(found, "flowengine_request_seconds_count", to="telefonie", kind="text", result="failed") == 1
    # The carrier has no such path: it answers 404, and the text is not sent again.
    assert value(found, "flowengine_carrier_errors_total", carrier="telefonie", status="404") == 1
    assert value(found, "flowengine_outbox_items_total", kind="text", result="dead") == 1
    assert value(found, "flowengine_outbox_dead") == 1
    assert value(found, "flowengine_outbox_waiting") == 0


async def _customer(_request: web.Request) -> web.Response:
    return web.json_response({})


async def test_nothing_of_a_caller_is_in_them(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        await whole_call(caller)
        await caller.ask("/telefonie/voice/nosuch", {"from": "+4915199999999"})
        _, text = await read(caller.client, server.url)
    for word in (NUMBER, NUMBER[1:], "+15551230000", PIN, "CA1", "+4915199999999", TOKEN):
        assert word not in text


async def test_refused_signatures_are_counted(tmp_path: Path) -> None:
    table = {"telefonie": {"webhook_secret": "s3cret"}}
    async with running(watched_project(tmp_path), carriers=table) as (server, caller):
        status, _ = await caller.ask("/telefonie/voice")
        _, text = await read(caller.client, server.url)
    assert status in (401, 403)
    assert value(samples(text), "flowengine_webhooks_refused_total", carrier="telefonie", status=str(status)) == 1


async def test_what_is_refused_beside_calls_is_counted(tmp_path: Path) -> None:
    table = {"speko": {"webhook_secret": "s3cret"}}
    async with running(watched_project(tmp_path), carriers=table) as (server, caller):
        async with caller.client.post(f"{server.url}/speko/events", json={"type": "call.status"}) as response:
            assert response.status == 403
        _, text = await read(caller.client, server.url)
    assert value(samples(text), "flowengine_webhooks_refused_total", carrier="speko", status="403") == 1


async def test_reloads_are_counted(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    flow = root / "flows" / "main.flow"
    good = flow.read_text()
    async with serving(root, "--reload") as served, aiohttp.ClientSession() as client:

        async def comes_to(result: str) -> None:
            async with asyncio.timeout(15):
                while True:
                    found = samples((await read(client, served.url))[1])
                    if value(found, "flowengine_reloads_total", result=result) == 1:
                        return
                    await asyncio.sleep(0.1)

        flow.write_text(good.replace("hangup", "hang up"))
        await comes_to("refused")
        flow.write_text(good.replace("Goodbye", "Until soon"))
        await comes_to("adopted")


async def test_while_the_store_is_away_they_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_store: Store) -> int:
        raise StoreError("away")

    limits = Limits(sweep=0.05)
    async with running(watched_project(tmp_path), limits=limits) as (server, caller):
        monkeypatch.setattr(type(server.engine.store), "open_calls", away)
        server.engine.health.failed(StoreError("away"))
        server.engine.health.failed(StoreError("away"))
        status, text = await read(caller.client, server.url)
    assert status == 200
    found = samples(text)
    assert value(found, "flowengine_store_failures_total") == 2
    assert not [name for name, _ in found if name == "flowengine_calls_open"]


async def test_the_newer_form_is_given_to_who_asks_for_it(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/openmetrics-text; version=1.0.0"}
        async with caller.client.get(f"{server.url}/metrics", headers=headers) as response:
            assert response.content_type == "application/openmetrics-text"
            assert (await response.text()).rstrip().endswith("# EOF")


@pytest.mark.parametrize("family", [Counter("a", "", ("x",)), Histogram("b", "", (1.0,), ("x",))])
def test_there_are_never_too_many_series(family: Counter | Histogram) -> None:
    for number in range(2 * MOST_SERIES):
        family.add((str(number),), 1.0)
    assert len(family.values) == MOST_SERIES + 1
    other = family.values["other",]
    assert (other if isinstance(other, float) else other[0]) == MOST_SERIES


@pytest.mark.slow
def test_all_that_is_counted_is_shown() -> None:
    metrics = Metrics()
    counted = [getattr(metrics, name) for name in dir(metrics)]
    assert {each.name for each in counted if isinstance(each, Counter | Histogram)} == {
        f.name for f in metrics.families
    }


async def test_workers_are_added_up_and_sums_never_fall(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    async with serving(root, workers=2) as served, aiohttp.ClientSession(connector=_fresh()) as client:

        async def comes_to(name: str, number: float) -> None:
            async with asyncio.timeout(15):
                while (found := value(samples((await read(client, served.url))[1]), name)) != number:
                    assert found < number
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(whole_call(Caller(client, served.url, f"CA{number}")) for number in range(12)))
        await comes_to("flowengine_calls_begun_total", 12)
        await comes_to("flowengine_turn_seconds_count", 48)
        await comes_to("flowengine_workers", 2)
        await asyncio.sleep(1.5)  # what it counted last is written down once a second
        os.kill(served.workers[0], signal.SIGKILL)
        await served.until("worker started", 3)
        await asyncio.gather(*(whole_call(Caller(client, served.url, f"CB{number}")) for number in range(12)))
        await comes_to("flowengine_calls_begun_total", 24)
        await comes_to("flowengine_turn_seconds_count", 96)


def _fresh() -> aiohttp.TCPConnector:
    """Connections that are not kept, so that every request may come to another worker."""
    return aiohttp.TCPConnector(force_close=True)
