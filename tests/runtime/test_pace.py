"""The limit of requests that is kept on our side."""

import asyncio

import aiohttp
from aiohttp import web

from flowengine.carriers.registry import Api
from flowengine.carriers.sms_voip import rest
from flowengine.runtime.connecting import rest_client
from flowengine.runtime.http.pace import Pace, shared_pace
from tests.runtime.web import web_server


async def test_what_is_too_much_waits_until_a_minute_is_over() -> None:
    loop = asyncio.get_running_loop()
    pace = Pace(3, minute=0.3)
    began = loop.time()
    times: list[float] = []

    async def one() -> None:
        await pace.wait()
        times.append(loop.time() - began)

    await asyncio.gather(*(one() for _ in range(7)))
    assert times[2] < 0.1
    assert times[3] >= 0.29
    assert times[6] >= 0.59


async def test_any_minute_holds_the_limit_and_no_more() -> None:
    now = [0.0]
    pace = Pace(120, now=lambda: now[0])
    for second in range(120):
        now[0] = second / 2
        await pace.wait()
    now[0] = 60.0
    await asyncio.wait_for(pace.wait(), 0.1)


def test_all_clients_of_a_key_share_one_pace() -> None:
    assert shared_pace("https://a", "k", 120) is shared_pace("https://a", "k", 120)
    assert shared_pace("https://a", "k", 120) is not shared_pace("https://a", "other", 120)


async def test_a_client_keeps_its_carriers_pace() -> None:
    came: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        came.append(request.path)
        return web.json_response({})

    async with web_server(handle) as url, aiohttp.ClientSession() as session:
        client = rest_client(session, Api(url, {"Authorization": "Bearer test_pace"}, per_minute=2))
        await client.run(rest.ping())
        await client.run(rest.ping())
        waiting = asyncio.create_task(client.run(rest.ping()))
        await asyncio.sleep(0.2)
        assert len(came) == 2
        assert not waiting.done()
        waiting.cancel()
