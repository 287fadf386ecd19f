"""Creates of calls that go wrong in every way: whatever the carrier does, nobody is dialled twice for one of them."""

import asyncio
from collections import Counter
from collections.abc import Callable

import aiohttp
from aiohttp import web

from flowengine.carriers.telefonie.rest import initiate_call
from flowengine.runtime.http.rest import CarrierError, OutcomeUnknownError, RestClient, UnreachableError
from tests.reliability.size import size
from tests.runtime.web import web_server

WAYS = ("in time", "too late", "cut off before", "cut off within", "500", "502", "503", "504", "429 first", "400")
CALL = {"id": "CA1", "status": "queued", "direction": "outbound", "from": "+15551230000", "to": "+15557650001"}
TIMEOUT = 0.5


class Carrier:
    """Dials for each request that it does not refuse, and then answers in the way that the number asks for."""

    def __init__(self) -> None:
        self.dialled: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        to = (await request.json())["to"]
        way = WAYS[int(to[-6:]) % len(WAYS)]
        self.asked[to] += 1
        if way == "400" or (way == "429 first" and self.asked[to] == 1):
            return web.json_response({"error": {"code": "no", "message": "no"}}, status=int(way[:3]))
        self.dialled[to] += 1
        match way:
            case "too late":
                await asyncio.sleep(2 * TIMEOUT)
            case "cut off before":
                assert request.transport is not None
                request.transport.close()
            case "cut off within":
                response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
                await response.prepare(request)
                await response.write(b'{"id": ')
                assert request.transport is not None
                request.transport.close()
                return response
            case "500" | "502" | "503" | "504":
                return web.json_response({"error": {"code": "fault", "message": "fault"}}, status=int(way))
        return web.json_response({**CALL, "to": to})


async def test_nobody_is_dialled_twice(record_property: Callable[[str, object], None]) -> None:
    count = size(300, 1_000)
    carrier = Carrier()
    came: Counter[str] = Counter()
    gate = asyncio.Semaphore(50)
    async with web_server(carrier.answer) as url, aiohttp.ClientSession() as session:
        client = RestClient(session, url, {}, timeout=TIMEOUT, pause=0.01)

        async def one(number: int) -> None:
            async with gate:
                try:
                    await client.run(initiate_call(f"+1555{number:07}", "+15551230000"))
                    came["made"] += 1
                except OutcomeUnknownError:
                    came["unknown"] += 1
                except (CarrierError, UnreachableError):
                    came["refused"] += 1

        await asyncio.gather(*(one(number) for number in range(count)))
        await asyncio.sleep(2 * TIMEOUT)
    assert max(carrier.dialled.values()) == 1
    # Nothing is told as made that was not dialled, and nothing as refused that was.
    share = count // len(WAYS)
    assert came == {"made": 2 * share, "unknown": 7 * share, "refused": share}
    assert sum(carrier.dialled.values()) == 9 * share
    record_property(
        "figure",
        f"{count} creates, {len(WAYS)} ways to fail: {came['made']} made, {came['refused']} refused,"
        f" {came['unknown']} of unknown outcome and not sent again; nobody dialled twice",
    )
