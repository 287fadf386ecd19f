"""Who may use the page, and what it lets the browser do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from flowengine.web.guard import COOKIE, Guard
from flowengine.web.page import Page

TOKEN = "a long token"


@asynccontextmanager
async def _serving(token: str = "") -> AsyncIterator[str]:
    app = web.Application()
    Page(Guard(token)).mount(app)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def _status(url: str, headers: Mapping[str, str] | None = None) -> int:
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers, allow_redirects=False) as response:
        return response.status


@pytest.mark.parametrize("path", ["/", "/ui/index.html", "/ui/phone"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "192.168.0.7", "[::"])
async def test_another_name_for_this_machine_is_refused(path: str, host: str) -> None:
    async with _serving() as url:
        assert await _status(url + path, {"Host": host}) == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "[::1]:8080"])
async def test_this_machine_is_let_in(host: str) -> None:
    async with _serving() as url:
        assert await _status(url, {"Host": host}) == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1:1", "http://[", "http:", "file://"]
)
async def test_a_socket_is_only_for_our_own_page(origin: str) -> None:
    async with _serving() as url:
        assert await _status(f"{url}/ui/phone", {"Origin": origin}) == 403
        # Ours goes on: here, nothing is connected behind it.
        assert await _status(f"{url}/ui/phone", {"Origin": url}) == 503


@pytest.mark.parametrize("origin", ["http://phone.example", "https://phone.example"])
async def test_our_own_page_may_be_at_the_port_that_is_not_said(origin: str) -> None:
    async with _serving(TOKEN) as url:
        headers = {"Authorization": f"Bearer {TOKEN}", "Host": "phone.example", "Origin": origin}
        assert await _status(f"{url}/ui/phone", headers) == 503
        assert await _status(f"{url}/ui/phone", {**headers, "Origin": f"{origin}:1"}) == 403


async def test_with_a_token_everybody_needs_it() -> None:
    async with _serving(TOKEN) as url:
        assert await _status(url) == 403
        assert await _status(f"{url}/?token=wrong") == 403
        assert await _status(url, {"Authorization": "Bearer wrong"}) == 403
        assert await _status(url, {"Authorization": f"Bearer {TOKEN}", "Host": "ivr.example"}) == 200


async def test_the_token_leaves_the_address() -> None:
    async with _serving(TOKEN) as url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        async with client.get(url, params={"token": TOKEN}, allow_redirects=False) as response:
            assert response.status == 303
            assert TOKEN not in response.headers["Location"]
            cookie = response.cookies[COOKIE]
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"
        async with client.get(url) as response:
            assert response.status == 200


async def test_the_browser_may_run_our_own_files_only() -> None:
    async with _serving() as url, aiohttp.ClientSession() as client, client.get(url) as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "<style" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("name", ["nothing.js", "../guard.py", "..%2fguard.py", "assets/../../guard.py"])
async def test_no_other_file_is_given(name: str) -> None:
    async with _serving() as url:
        assert await _status(f"{url}/ui/{name}") == 404


_BY_A_PROXY = [
    {"X-Forwarded-For": "203.0.113.7"},
    {"x-forwarded-host": "phone.example"},
    {"X-Forwarded-Proto": "https"},
    {"Forwarded": "for=203.0.113.7"},
    {"X-Real-IP": "203.0.113.7"},
    {"Via": "1.1 tunnel"},
]


@pytest.mark.parametrize("headers", _BY_A_PROXY)
@pytest.mark.parametrize("path", ["/", "/ui/phone", "/ui/index.html"])
async def test_what_a_proxy_hands_on_needs_the_token(path: str, headers: dict[str, str]) -> None:
    async with _serving() as url:
        assert await _status(url + path, headers) == 403
    async with _serving(TOKEN) as url:
        assert await _status(url, headers) == 403
        assert await _status(url, {**headers, "Authorization": f"Bearer {TOKEN}"}) == 200


@pytest.mark.parametrize("given", [b"Authorization: Bearer \xff", b"Cookie: flowengine_console=\xff\xed\xa0\x80"])
async def test_a_token_of_any_bytes_is_a_wrong_one(given: bytes) -> None:
    async with _serving(TOKEN) as url:
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + given + b"\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"403"
        writer.close()


@asynccontextmanager
async def _carrier(token: str = "", listens_on: str = "") -> AsyncIterator[str]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="a recording")

    app = web.Application(middlewares=[Guard(token, listens_on).carrier("/carrier/")])
    app.router.add_route("*", "/carrier/recordings/1.wav", answer)
    app.router.add_get("/telefonie/voice", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


_FROM_ELSEWHERE = [
    pytest.param({"X-Forwarded-For": "203.0.113.7"}, id="through a proxy"),
    pytest.param({"Forwarded": "for=203.0.113.7"}, id="through another proxy"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
    pytest.param({"Sec-Fetch-Site": "same-origin", "Host": "evil.example"}, id="another name for this machine"),
    pytest.param({"Host": "evil.example:8080"}, id="another name, of which browsers do not say where they are"),
    pytest.param({"Host": "192.0.2.7"}, id="an address that is not ours"),
    pytest.param({"Host": "["}, id="no name"),
    pytest.param({"Origin": "http://evil.example"}, id="another site, by an old browser"),
    pytest.param({"Via": "1.1 tunnel"}, id="through a tunnel"),
]


@pytest.mark.parametrize("headers", _FROM_ELSEWHERE)
@pytest.mark.parametrize("token", ["", TOKEN])
async def test_recordings_are_for_this_machine_or_for_who_has_the_token(token: str, headers: dict[str, str]) -> None:
    async with _carrier(token) as url:
        assert await _status(f"{url}/carrier/recordings/1.wav") == 200
        assert await _status(f"{url}/carrier/recordings/1.wav", {"Sec-Fetch-Site": "same-origin"}) == 200
        assert await _status(f"{url}/carrier/recordings/1.wav", headers) == 403
        assert await _status(f"{url}/carrier/recordings/1.wav", {**headers, "Cookie": f"{COOKIE}=wrong"}) == 403
        assert await _status(f"{url}/telefonie/voice", headers) == 200
        with_token = {**headers, "Cookie": f"{COOKIE}={TOKEN.replace(' ', '-')}", "Authorization": f"Bearer {TOKEN}"}
        assert await _status(f"{url}/carrier/recordings/1.wav", with_token) == (200 if token else 403)


async def test_the_carrier_knows_the_name_that_it_listens_on() -> None:
    async with _carrier(listens_on="Phone.test") as url:
        path = f"{url}/carrier/recordings/1.wav"
        for host in ("phone.test", "PHONE.test:8080", "localhost", "127.0.0.1"):
            assert await _status(path, {"Host": host}) == 200
            assert await _status(path, {"Host": host, "Origin": f"http://{host}"}) == 200
        assert await _status(path, {"Host": "phone.test.evil.example"}) == 403
