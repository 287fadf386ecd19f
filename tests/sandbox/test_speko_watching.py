"""What Speko tells beside the calls: reports, deliveries, callbacks, the ledger, and the stream of a call."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from flowengine.carriers.speko import rest, watching
from flowengine.runtime.http.rest import ConflictError, NotFoundError
from tests.conformance.carriers import PHONE, SPEKO_LINE, Set, carrier
from tests.runtime.web import web_server
from tests.sandbox.test_speko_calls import AGENT, connected, leg, until

KEY = {"Authorization": "Bearer sk_live_sandbox"}


async def test_a_report_is_there_once_the_call_is_over_and_is_told_again() -> None:
    async with connected() as (at, dialled):
        call = dialled.session_id
        for early in (watching.get_report(call), watching.finalize_report(call)):
            with pytest.raises((NotFoundError, ConflictError)):
                await at.client.run(early)
        await at.client.end_call(call)
        report = await at.client.run(watching.get_report(call))
        assert (report.session_id, report.outcome) == (call, "completed")
        assert int(report.cost_micro_usd) >= 0
        await until(lambda: sum(b"call.report" in body for _, body in at.hook.bodies) == 1)
        final = await at.client.run(watching.finalize_report(call, analysis=True, webhook=True))
        assert final.webhook == {"retried": True}
        assert sum(b"call.report" in body for _, body in at.hook.bodies) == 2


async def test_what_was_told_is_on_record_and_is_told_again_with_the_same_id() -> None:
    async with carrier("speko") as at:
        made = await at.client.add_webhook(at.hook.url, ["call.report"], secret="whsec_MDE=")
        at.sandbox.accounts["speko"].all[0].webhook_url = ""
        dialled = await at.client.run(rest.dial("+15557659901", caller=SPEKO_LINE, agent=AGENT))
        await until(lambda: leg(at, dialled).is_over)
        await until(lambda: len(at.hook.bodies) == 1)
        await asyncio.sleep(0.05)
        page = await at.client.run(watching.list_deliveries(session=dialled.session_id, endpoint=made.id, limit=5))
        [delivery] = page.data
        assert (delivery.event, delivery.status, delivery.attempts) == ("call.report", "succeeded", 1)
        assert page.next_cursor is None
        again = await at.client.run(watching.redeliver(delivery.id))
        assert (again.delivered, again.http_status) == (True, 204)
        ids = [headers["webhook-id"] for headers, _ in at.hook.bodies]
        assert ids == [delivery.event_id] * 2
        assert (await at.client.run(watching.get_delivery(delivery.id))).attempts == 2
        assert (await at.client.run(watching.list_deliveries(status="failed"))).data == []
        assert (await at.client.run(watching.list_deliveries(before="2001-01-01"))).data == []
        with pytest.raises(NotFoundError):
            await at.client.run(watching.get_delivery("whd_0"))


async def test_deliveries_come_in_pages() -> None:
    async with connected() as (at, _):
        at.sandbox.accounts["speko"].all[0].webhook_url = "http://127.0.0.1:9/nobody"
        for _ in range(3):
            await at.client.place_call("+15557659901", sender=SPEKO_LINE)
        found: list[str] = []
        await until(lambda: len(at.sandbox.accounts["speko"].all[0].calls) == 4)
        await asyncio.sleep(0.3)
        cursor: str | None = ""
        while cursor is not None:
            page = await at.client.run(watching.list_deliveries(cursor=cursor or None, limit=2))
            found += [each.id for each in page.data]
            cursor = page.next_cursor
        everything = (await at.client.run(watching.list_deliveries(limit=100))).data
        assert found == [each.id for each in everything]
        failed = [each for each in everything if each.status == "failed"]
        assert failed
        assert {each.error for each in failed} == {"no answer"}


async def schedule(at: Set, seconds: float) -> dict[str, Any]:
    """Let an agent promise a call, as a test does."""
    body = {"to": PHONE, "seconds": seconds, "reason": "They asked for it."}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{at.sandbox.url}/sandbox/callbacks", json=body) as answer,
    ):
        assert answer.status == 201
        return dict(await answer.json())


async def test_a_callback_is_made_when_it_is_due_or_at_once_or_not_at_all() -> None:
    async with carrier("speko") as at:
        due, now, never = [await schedule(at, seconds) for seconds in (0.1, 3600, 3600)]
        client = at.client
        waiting = await client.run(watching.list_callbacks(status="scheduled", limit=10))
        assert {each.id for each in waiting.callbacks} >= {now["id"], never["id"]}
        done = await client.run(watching.dispatch_callback(now["id"]))
        assert done.status == "dispatched"
        assert done.created_session_id is not None
        assert (await client.get_call(done.created_session_id)).to == PHONE
        gone = await client.run(watching.cancel_callback(never["id"], reason="Not any more."))
        assert (gone.status, gone.reason) == ("cancelled", "Not any more.")
        for late in (watching.dispatch_callback(never["id"]), watching.cancel_callback(now["id"])):
            with pytest.raises(ConflictError):
                await client.run(late)
        for _ in range(100):
            if (await client.run(watching.get_callback(due["id"]))).status == "dispatched":
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("it was never made")
        with pytest.raises(NotFoundError):
            await client.run(watching.get_callback("cb_0"))


async def test_a_callback_without_credits_fails() -> None:
    async with carrier("speko") as at:
        promised = await schedule(at, 3600)
        at.sandbox.accounts["speko"].all[0].balance *= 0
        failed = await at.client.run(watching.dispatch_callback(promised["id"]))
        assert failed.status == "failed"
        assert failed.failure_cause == "The balance is used up."


async def test_the_ledger_adds_up_to_the_balance() -> None:
    async with connected() as (at, dialled):
        await at.client.buy_number("+14155550101")
        await asyncio.sleep(1.05)
        await at.client.end_call(dialled.session_id)
        await until(lambda: at.sandbox.accounts["speko"].all[0].balance < 99)
        account = at.sandbox.accounts["speko"].all[0]
        account.balance += 5
        entries, cursor = [], ""
        while cursor is not None:
            page = await at.client.run(watching.get_ledger(limit=2, cursor=cursor or None))
            entries += page.entries
            cursor = page.next_cursor  # type: ignore[assignment]
        assert sum(int(each.amount_micro_usd) for each in entries) == int(account.balance * 1_000_000)
        assert sorted(each.kind for each in entries) == ["adjustment", "debit", "debit", "grant"]
        assert [each.session_id for each in entries if each.metric == "call"] == [dialled.session_id]
        usage = await at.client.run(watching.get_usage(since="2001-01-01T00:00:00Z"))
        assert (usage["calls"], usage["costMicroUsd"]) == (1, "10000")
        assert (await at.client.run(watching.get_usage(before="2001-01-01T00:00:00Z")))["calls"] == 0
        assert (await at.client.run(watching.get_organization()))["id"] == account.id


async def test_a_call_is_joined_from_the_web_while_it_is_live() -> None:
    async with connected() as (at, dialled):
        joined = await at.client.run(watching.join_from_web(dialled.session_id, name="Ada"))
        assert (joined.identity, joined.room_name) == ("Ada", dialled.room_name)
        assert joined.token
        await at.client.end_call(dialled.session_id)
        with pytest.raises(ConflictError):
            await at.client.run(watching.join_from_web(dialled.session_id))


async def test_the_stream_of_a_call_goes_to_its_end_and_on_from_its_cursor() -> None:
    async with connected() as (at, dialled), aiohttp.ClientSession(headers=KEY) as session:
        url = f"{at.sandbox.url}/speko/v1/sessions/{dialled.session_id}/stream"

        async def events(cursor: str = "") -> list[tuple[str, str, dict[str, Any]]]:
            params = {"cursor": cursor} if cursor else {}
            async with session.get(url, params=params) as answer:
                assert answer.status == 200
                assert answer.content_type == "text/event-stream"
                text = await answer.text()
            found = []
            for block in text.strip().split("\n\n"):
                fields = dict(line.split(": ", 1) for line in block.splitlines())
                found.append((fields["event"], fields["id"], json.loads(fields["data"])))
            return found

        reading = asyncio.create_task(events())
        await asyncio.sleep(0.2)
        await at.client.end_call(dialled.session_id)
        seen = await asyncio.wait_for(reading, 10)
        assert [data["text"] for kind, _, data in seen if kind == "transcript"] == ["Good morning."]
        assert [data["status"] for kind, _, data in seen if kind == "status"] == ["in_progress", "completed"]
        assert (seen[-1][0], seen[-1][2]) == ("end", {"reason": "session_ended"})
        assert [data["status"] for kind, _, data in seen if kind == "event"][-1] == "completed"
        assert [kind for kind, _, _ in await events(seen[-1][1])] == ["status", "end"]
        async with session.get(url, params={"cursor": "nonsense"}) as answer:
            assert answer.status == 400


async def test_a_stream_has_the_last_event_though_webhooks_are_slow() -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.4)
        return web.Response(status=204)

    async with web_server(slow) as url, carrier("speko") as at, aiohttp.ClientSession(headers=KEY) as session:
        await at.client.add_webhook(url, ["call.status"], secret="whsec_MDE=")
        at.sandbox.accounts["speko"].all[0].webhook_url = f"{url}/calls"
        dialled = await at.client.run(rest.dial(PHONE, caller=SPEKO_LINE, agent=AGENT))
        await asyncio.sleep(0.2)
        await at.client.end_call(dialled.session_id)
        async with session.get(f"{at.sandbox.url}/speko/v1/sessions/{dialled.session_id}/stream") as answer:
            blocks = (await asyncio.wait_for(answer.text(), 10)).strip().split("\n\n")
        kinds = [block.splitlines()[1].removeprefix("event: ") for block in blocks]
        assert kinds[-2:] == ["event", "end"]
        assert json.loads(blocks[-2].partition("data: ")[2])["status"] in ("completed", "canceled")
