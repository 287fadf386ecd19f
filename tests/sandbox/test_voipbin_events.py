"""What the embedded VoIPBIN tells: signed webhooks that are tried again, and the WebSocket's topics."""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from typing import Any

import aiohttp
import pytest

from flowengine.carriers.voipbin.signature import HEADER, problem
from tests.sandbox.voipbin_stage import KEY, LINE, action, stage, talk


async def test_events_are_signed_over_the_body_as_it_was_sent() -> None:
    async with stage(webhook_secret="s3cret") as all_of_it:
        phone = await all_of_it.call(action("answer"), talk("Hello"), action("sleep", duration=5000))
        phone.hang_up()
        await all_of_it.clock.settle()
        assert {"call_created", "call_progressing", "call_hangup", "activeflow_updated"} <= set(
            all_of_it.customer.kinds()
        )
        for headers, body in all_of_it.customer.events:
            expected = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
            assert headers[HEADER.lower()] == expected
            assert problem(expected, body, ("s3cret",), "required") is None
            assert problem(expected, body + b" ", ("s3cret",), "required") is not None


async def test_without_a_secret_nothing_is_signed() -> None:
    async with stage() as all_of_it:
        await all_of_it.call(action("hangup"))
        assert all_of_it.customer.events
        assert not any(HEADER.lower() in headers for headers, _ in all_of_it.customer.events)


@pytest.mark.parametrize(("failing", "tries"), [(0, 1), (1, 2), (2, 3), (9, 3)])
async def test_an_event_is_tried_three_times_a_second_apart_while_the_answer_is_a_5xx(failing: int, tries: int) -> None:
    async with stage() as all_of_it:
        all_of_it.customer.failing = failing
        await all_of_it.ask("POST", "/flows", {"name": "f", "detail": "", "actions": []})
        assert len(all_of_it.customer.events) == 1
        for expected in (2, 3, 3):
            await all_of_it.clock.advance(1)
            assert len(all_of_it.customer.events) == min(expected, tries)
        assert Counter(all_of_it.customer.kinds()) == {"flow_created": tries}
        assert len({body for _, body in all_of_it.customer.events}) == 1


@pytest.mark.parametrize("status", [200, 302, 404, 429])
async def test_any_other_answer_counts_as_delivered(status: int) -> None:
    async with stage() as all_of_it:
        all_of_it.customer.status = status
        await all_of_it.ask("POST", "/flows", {"name": "f", "detail": "", "actions": []})
        await all_of_it.clock.advance(10)
        assert all_of_it.customer.kinds() == ["flow_created"]


async def test_a_webhook_of_an_activeflow_is_told_beside_the_customers() -> None:
    async with stage() as all_of_it:
        own = f"{all_of_it.customer.url}/own"
        body = {"actions": [action("variable_set", key="a", value="b")], "webhook_uri": own, "webhook_method": "PUT"}
        status, flow = await all_of_it.ask("POST", "/activeflows", body)
        assert (status, flow["webhook_uri"]) == (200, own)
        assert all_of_it.customer.kinds().count("activeflow_updated") == 2


class Socket:
    """A client of the WebSocket."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self.connection = connection

    async def wish(self, kind: str, *topics: str) -> None:
        await self.connection.send_json({"type": kind, "topics": list(topics)})
        # It is obeyed as soon as it is read; a ping that is answered has come after it.
        await self.connection.ping()
        await asyncio.sleep(0.05)

    async def told(self) -> list[Any]:
        """Everything that has come until now."""
        found = []
        while True:
            try:
                found.append(await self.connection.receive_json(timeout=0.1))
            except (TimeoutError, TypeError):
                return found


async def test_topics_are_matched_by_whole_words_from_their_beginning() -> None:
    async with stage() as all_of_it:
        customer = all_of_it.sandbox.voipbin.account.id
        url = f"{all_of_it.sandbox.url}/v1.0/ws"
        async with all_of_it.client.ws_connect(url, params=KEY) as connection:
            socket = Socket(connection)
            await all_of_it.call(action("hangup"))
            assert await socket.told() == []
            await socket.wish("subscribe", f"customer_id:{customer}:call")
            await all_of_it.call(action("hangup"))
            told = await socket.told()
            assert {one["type"].partition("_")[0] for one in told} == {"call"}
            assert told[-1]["type"] == "call_hangup"
            assert told[-1]["data"]["destination"]["target"] == LINE
            await socket.wish("unsubscribe", f"customer_id:{customer}:call")
            one = (await all_of_it.one("calls"))["id"]
            await socket.wish("subscribe", f"customer_id:{customer}:call:{one}", f"customer_id:{customer}:ca", "other")
            await all_of_it.call(action("hangup"))
            assert await socket.told() == []


async def test_the_other_shape_is_the_resource_alone() -> None:
    async with stage() as all_of_it:
        customer = all_of_it.sandbox.voipbin.account.id
        url = f"{all_of_it.sandbox.url}/v1.0/ws"
        async with all_of_it.client.ws_connect(url, params={**KEY, "shape": "resource"}) as connection:
            socket = Socket(connection)
            await socket.wish("subscribe", f"customer_id:{customer}:flow")
            _, flow = await all_of_it.ask("POST", "/flows", {"name": "f", "detail": "", "actions": []})
            assert await socket.told() == [flow]


async def test_nonsense_on_the_socket_is_ignored() -> None:
    async with stage() as all_of_it:
        url = f"{all_of_it.sandbox.url}/v1.0/ws"
        async with all_of_it.client.ws_connect(url, params=KEY) as connection:
            for text in ("", "[]", "{}", '{"type": "subscribe", "topics": 3}', "[" * 2000):
                await connection.send_str(text)
            socket = Socket(connection)
            await socket.wish("subscribe", f"customer_id:{all_of_it.sandbox.voipbin.account.id}")
            await all_of_it.ask("POST", "/flows", {"name": "f", "detail": "", "actions": []})
            assert [one["type"] for one in await socket.told()] == ["flow_created"]


async def test_the_socket_needs_a_key() -> None:
    async with stage() as all_of_it:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await all_of_it.client.ws_connect(f"{all_of_it.sandbox.url}/v1.0/ws")
        assert refused.value.status == 401


async def test_events_hold_nothing_of_the_carriers_own() -> None:
    async with stage() as all_of_it:
        phone = await all_of_it.call(
            action("answer"), action("recording_start", format="wav"), action("sleep", duration=60_000)
        )
        phone.leave(2, "Hello")
        phone.hang_up()
        await all_of_it.clock.settle()
        finished = [json.loads(body) for _, body in all_of_it.customer.events if b'"recording_finished"' in body]
        assert len(finished) == 1
        assert not [name for name in finished[0]["data"] if name.startswith("_")]
