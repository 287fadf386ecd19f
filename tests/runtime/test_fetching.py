"""`fetch` against real servers that do everything wrong."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts
from flowengine.runtime.http.fetching import LONGEST_BODY, Fetcher
from flowengine.runtime.http.guard import is_public
from flowengine.runtime.outside import Answer
from tests.runtime.web import web_server

LOCAL = Hosts(("127.0.0.1", "localhost"))


async def _answer(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/json":
            return web.json_response({"name": "Ada", "balance": 10.5, "none": None})
        case "/problem":
            return web.Response(text='{"a": 1}', content_type="application/problem+json")
        case "/text":
            return web.Response(text="[1, 2]", content_type="text/plain")
        case "/latin":
            return web.Response(body="Größe".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"})
        case "/nested":
            return web.Response(text="[" * 32 + "]" * 32, content_type="application/json")
        case "/deep" | "/deeper":
            levels = 980 if request.path == "/deep" else 20_000
            return web.Response(text="[" * levels + "]" * levels, content_type="application/json")
        case "/broken":
            return web.Response(text="{not json", content_type="application/json")
        case "/404":
            return web.Response(status=404, text="no", content_type="application/json")
        case "/500":
            return web.Response(status=500)
        case "/echo":
            return web.json_response({"kind": request.content_type, "body": await request.text()})
        case "/large":
            return web.Response(body=b"x" * (LONGEST_BODY + 1))
        case "/endless":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x" * 65_536)
        case "/slow":
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(100):
                await response.write(b"x")
                await asyncio.sleep(0.05)
            return response
        case "/bomb":
            return web.Response(body=gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"})
        case "/loop":
            raise web.HTTPFound("/loop")
        case "/moved":
            raise web.HTTPFound("/json")
        case "/away":
            raise web.HTTPFound(f"http://localhost:{request.url.port}/headers")
        case "/inside":
            raise web.HTTPFound("http://169.254.169.254/latest/meta-data")
        case "/headers":
            return web.json_response(dict(request.headers))
    return web.Response(status=404)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with web_server(_answer) as address:
        yield address


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    made = Fetcher()
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/json", Answer(200, {"name": "Ada", "balance": 10.5, "none": None})),
        ("/problem", Answer(200, {"a": 1})),
        ("/text", Answer(200, "[1, 2]")),
        ("/latin", Answer(200, "Größe")),
        ("/moved", Answer(200, {"name": "Ada", "balance": 10.5, "none": None})),
        ("/broken", Answer(error="the answer calls itself JSON and is not")),
        ("/deep", Answer(error="the answer is nested too deep")),
        ("/deeper", Answer(error="the answer is nested too deep")),
        ("/404", Answer(404)),
        ("/large", Answer(error="the answer is longer than 256 KiB")),
        ("/endless", Answer(error="the answer is longer than 256 KiB")),
        ("/slow", Answer(error="timeout")),
        ("/bomb", Answer(error="the answer is packed, though nobody asked for it")),
        ("/loop", Answer(error="too many redirects")),
        ("/inside", Answer(error="[http] allow does not name this host")),
    ],
)
async def test_answers(url: str, fetcher: Fetcher, path: str, expected: Answer) -> None:
    began = time.monotonic()
    answer = await fetcher.fetch(Fetch(url + path, timeout=0.5), LOCAL)
    assert answer == expected
    assert time.monotonic() - began < 1.5


async def test_an_answer_may_be_nested(url: str, fetcher: Fetcher) -> None:
    answer = await fetcher.fetch(Fetch(f"{url}/nested"), LOCAL)
    assert str(answer.body) == "[" * 32 + "]" * 32


async def test_what_is_sent(url: str, fetcher: Fetcher) -> None:
    sent = await fetcher.fetch(Fetch(f"{url}/echo", method="POST", json={"pin": "1"}), LOCAL)
    assert sent.body == {"kind": "application/json", "body": '{"pin":"1"}'}
    sent = await fetcher.fetch(Fetch(f"{url}/echo", method="PUT", form={"a": "b c"}), LOCAL)
    assert sent.body == {"kind": "application/x-www-form-urlencoded", "body": "a=b+c"}


async def test_headers_are_not_handed_to_another_server(url: str, fetcher: Fetcher) -> None:
    kept = await fetcher.fetch(Fetch(f"{url}/headers", headers={"Authorization": "Bearer x"}), LOCAL)
    assert kept.body["Authorization"] == "Bearer x"
    away = await fetcher.fetch(Fetch(f"{url}/away", headers={"Authorization": "Bearer x"}), LOCAL)
    assert away.status == 200
    assert "Authorization" not in away.body


async def test_it_is_tried_again_as_often_as_the_flow_says(fetcher: Fetcher) -> None:
    asked = 0

    async def answer(_request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return web.Response(status=500 if asked < 3 else 200, text="there")

    async with web_server(answer) as url:
        assert (await fetcher.fetch(Fetch(url, retries=1), LOCAL)).status == 500
        assert await fetcher.fetch(Fetch(url, retries=1), LOCAL) == Answer(200, "there")
    assert (await fetcher.fetch(Fetch(url, retries=1), LOCAL)).error


FORBIDDEN = [
    "127.0.0.1", "127.1", "0", "0.0.0.0", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "localhost",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1",
    "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "localhost.", "LOCALHOST", "127.0.0.1.",
]  # fmt: skip


@pytest.mark.parametrize("host", FORBIDDEN)
async def test_no_packet_goes_inside(fetcher: Fetcher, host: str) -> None:
    asked = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(text="inside")

    async with web_server(answer) as url:
        port = url.rpartition(":")[2]
        for hosts in (Hosts(("*",)), Hosts(("crm.example",)), Hosts(())):
            found = await fetcher.fetch(Fetch(f"http://{host}:{port}/", timeout=2), hosts)
            assert found.error, host
    assert asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/", "http://", "http:///x", "http://a b/", "http://u:p@crm.example/"]
)
async def test_what_is_no_web_address_fails(fetcher: Fetcher, url: str) -> None:
    assert (await fetcher.fetch(Fetch(url, timeout=1), Hosts(("*",)))).error


def test_public_addresses() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert is_public("::ffff:93.184.216.34")
    assert not is_public("no address")
