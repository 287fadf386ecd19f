"""The client for carriers: the nine operations against the embedded carrier, and what is never sent twice."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from flowengine.carriers.telefonie import rest
from flowengine.runtime.http.rest import (
    CarrierError,
    NotFoundError,
    OutcomeUnknownError,
    RestClient,
    UnreachableError,
)
from flowengine.sandbox import Sandbox, SandboxConfig
from tests.runtime.web import web_server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_the_nine_operations(session: aiohttp.ClientSession) -> None:
    async with Sandbox(SandboxConfig(pace=0)) as sandbox:
        client = RestClient(session, f"{sandbox.url}/v1/voice", {"X-API-Key": "sandbox"})
        call = await client.run(rest.initiate_call("+15557650001", "+15551230000", timeout=20))
        assert (call.caller, call.to, call.direction) == ("+15551230000", "+15557650001", "outbound")
        assert (await client.run(rest.get_call(call.id))).id == call.id
        page = await client.run(rest.list_calls(direction="outbound", caller="+15551230000", page_size=10))
        assert [one.id for one in page.calls] == [call.id]
        assert (await client.run(rest.update_call(call.id, status="completed"))).id == call.id
        await client.run(rest.end_call(call.id))
        room = await client.run(rest.create_conference("weekly", max_participants=5))
        assert (room.friendly_name, room.max_participants) == ("weekly", 5)
        somebody = await client.run(rest.add_participant(room.id, "+15557650002", "+15551230000", muted=True))
        assert (somebody.conference_id, somebody.muted) == (room.id, True)
        assert [one.id for one in (await client.run(rest.list_conferences())).conferences] == [room.id]
        await client.run(rest.list_participants(room.id))
        with pytest.raises(NotFoundError):
            await client.run(rest.get_call("CA0"))
        stranger = RestClient(session, f"{sandbox.url}/v1/voice", {"X-API-Key": "wrong"})
        with pytest.raises(CarrierError, match="401"):
            await stranger.run(rest.get_call(call.id))


class Faulty:
    """A carrier that fails in one way until it has been asked so many times."""

    def __init__(self, status: int | None, times: int) -> None:
        self.status = status
        self.times = times
        self.asked = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.asked > self.times:
            return web.json_response({"id": "CA1", "status": "queued", "direction": "outbound", "from": "a", "to": "b"})
        if self.status is None:
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return web.json_response({"error": {"code": "c", "message": "m"}}, status=self.status or 500)


@pytest.mark.parametrize("status", [None, 500, 502, 503, 504])
async def test_a_create_that_may_have_dialled_is_never_sent_twice(
    session: aiohttp.ClientSession, status: int | None
) -> None:
    faulty = Faulty(status, 1)
    async with web_server(faulty.answer) as url:
        client = RestClient(session, url, {}, pause=0.01)
        with pytest.raises(OutcomeUnknownError):
            await client.run(rest.initiate_call("+15557650001", "+15551230000"))
    assert faulty.asked == 1


async def test_a_create_that_takes_too_long_is_not_sent_twice(session: aiohttp.ClientSession) -> None:
    asked = 0

    async def answer(_request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        await asyncio.sleep(1)
        return web.Response()

    async with web_server(answer) as url:
        with pytest.raises(OutcomeUnknownError):
            await RestClient(session, url, {}, timeout=0.1).run(rest.initiate_call("+1555", "+1556"))
    assert asked == 1


async def test_a_create_that_was_put_off_is_sent_again(session: aiohttp.ClientSession) -> None:
    faulty = Faulty(429, 2)
    async with web_server(faulty.answer) as url:
        call = await RestClient(session, url, {}, pause=0.01).run(rest.initiate_call("+1555", "+1556"))
    assert (call.id, faulty.asked) == ("CA1", 3)


@pytest.mark.parametrize("status", [None, 502, 503, 504, 429])
async def test_what_changes_nothing_is_sent_again(session: aiohttp.ClientSession, status: int | None) -> None:
    faulty = Faulty(status, 2)
    async with web_server(faulty.answer) as url:
        await RestClient(session, url, {}, pause=0.01).run(rest.get_call("CA1"))
    assert faulty.asked == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_a_refusal_is_not_asked_again(session: aiohttp.ClientSession, status: int) -> None:
    faulty = Faulty(status, 9)
    async with web_server(faulty.answer) as url:
        with pytest.raises(CarrierError) as raised:
            await RestClient(session, url, {}, pause=0.01).run(rest.end_call("CA1"))
    assert (faulty.asked, raised.value.status, raised.value.code, raised.value.message) == (1, status, "c", "m")


async def test_nobody_there(session: aiohttp.ClientSession) -> None:
    async with web_server(Faulty(None, 0).answer) as url:
        pass
    with pytest.raises(UnreachableError):
        await RestClient(session, url, {}, pause=0.01).run(rest.initiate_call("+1555", "+1556"))
