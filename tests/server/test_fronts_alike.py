"""Requests that could be read in two ways: each front answers them as aiohttp's own server does."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from flowengine.server.connections import Bounds
from flowengine.server.fronts import FRONTS
from flowengine.server.serving import Server
from tests.server.stage import running, write_project
from tests.server.wire import fields, webhook, wired

_PLAIN = webhook()
_BODY = fields()
_LENGTH = f"Content-Length: {len(_BODY)}".encode()

_LINES = [
    b"POST /telefonie/voice HTTP/1.0",
    b"POST /telefonie/voice HTTP/1.2",
    b"POST /telefonie/voice HTTP/2.0",
    b"POST /telefonie/voice",
    b"POST  /telefonie/voice HTTP/1.1",
    b"POST\t/telefonie/voice HTTP/1.1",
    b"POST /telefonie/voice  HTTP/1.1",
    b"post /telefonie/voice HTTP/1.1",
    b"GET /telefonie/voice HTTP/1.1",
    b"HEAD /health HTTP/1.1",
    b"OPTIONS /telefonie/voice HTTP/1.1",
    b"CONNECT x:1 HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"POST http://x/telefonie/voice HTTP/1.1",
    b"POST http://[::1/telefonie/voice HTTP/1.1",
    b"POST //telefonie/voice HTTP/1.1",
    b"POST /telefonie//voice HTTP/1.1",
    b"POST /telefonie/../health HTTP/1.1",
    b"POST /telefonie/%2e%2e/health HTTP/1.1",
    b"POST /%74elefonie/voice HTTP/1.1",
    b"POST /telefonie/voice#x HTTP/1.1",
    b"POST /telefonie/\x00 HTTP/1.1",
    b"POST /telefonie/\xff HTTP/1.1",
    b"POST /telefonie/voice?" + b"a" * 9000 + b" HTTP/1.1",
    b"POST * HTTP/1.1",
    b"POST telefonie/voice HTTP/1.1",
]
_HEADERS = [
    _LENGTH,
    b"content-length: 0",
    b"Content-Length: +1",
    b"Content-Length : 1",
    b"Content-Length: 1, 1",
    b"Content_Length: 1",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding : chunked",
    b" Transfer-Encoding: chunked",
    b"Transfer_Encoding: chunked",
    b"Connection: close",
    b"Connection: keep-alive, close",
    b"Connection: upgrade\r\nUpgrade: h2c",
    b"Content-Encoding: gzip",
    b"Expect: 200-ok",
    b"Host: y",
    b"X: a\r\n b",
    b"X: a\nb: c",
    b"X: a\rb",
    b"X: \x00",
    b"X: \xff",
    b"X: " + b"a" * 9000,
    b"x" * 9000 + b": a",
    b": x",
    b"x",
]
_ODD = [
    _PLAIN.replace(b"\r\n", b"\n"),
    _PLAIN.replace(b"\r\n", b"\r"),
    _PLAIN.replace(b"Host: x\r\n", b""),
    _PLAIN.replace(_LENGTH, b"X: y"),
    _PLAIN.replace(_LENGTH, b"Content-Length: 0" + str(len(_BODY)).encode()),
    _PLAIN.replace(_LENGTH, _LENGTH + b" \t"),
    _PLAIN.replace(_LENGTH, b"Content-Length: 99999999999999999999999"),
    _PLAIN.replace(_LENGTH, b"Content-Length: 0"),
    b"\r\n\r\n" + _PLAIN,
    b"\n" + _PLAIN,
    _PLAIN + b"\r\n" + _PLAIN,
    _PLAIN + _PLAIN,
    _PLAIN + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    _PLAIN.replace(b"HTTP/1.1", b"HTTP/1.1\x00"),
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n",
]
_REQUESTS = [
    *(_PLAIN.replace(b"POST /telefonie/voice HTTP/1.1", line) for line in _LINES),
    *(_PLAIN.replace(b"Host: x\r\n", b"Host: x\r\n" + header + b"\r\n") for header in _HEADERS),
    *_ODD,
]


@web.middleware
async def _middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


async def _answers(server: Server, request: bytes) -> list[bytes]:
    """The statuses of all answers to a request, and to one after it that ends the connection."""
    sent = b""
    async with wired(server) as wire, asyncio.timeout(20):
        try:
            wire.send(request)
            await asyncio.sleep(0.2)
            wire.send(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while part := await wire.reader.read(65536):
                sent += part
        except ConnectionError:
            pass  # closed with bytes that nobody has read
    return re.findall(rb"HTTP/1\.[01] (\d{3})", sent)


async def test_each_is_answered_alike(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    bounds = Bounds(head=1.0, body=1.0)
    async with AsyncExitStack() as stack:
        # Where there is a middleware, nothing goes the short way: aiohttp answers alone.
        alone = running(root, bounds=bounds, extend=lambda app: app.middlewares.append(_middleware))
        each_front = [running(root, front=front, bounds=bounds) for front in FRONTS]
        servers = [(await stack.enter_async_context(each))[0] for each in (alone, *each_front)]
        found = await asyncio.gather(*(_answers(server, request) for request in _REQUESTS for server in servers))
    told = dict(zip(_REQUESTS, _of_each(found, len(servers)), strict=True))
    assert {request: answers for request, answers in told.items() if answers != [answers[0]] * len(servers)} == {}
    assert sum(answers[0][:1] == [b"200"] for answers in told.values()) > 10


def _of_each(found: list[list[bytes]], size: int) -> list[list[list[bytes]]]:
    """Those of each request."""
    return [found[at : at + size] for at in range(0, len(found), size)]
