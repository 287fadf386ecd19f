"""Webhooks byte by byte: each front reads and answers them alike, whatever comes on a connection."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from flowengine.runtime.outside import Answer
from flowengine.server.fronts import FRONTS
from flowengine.server.requests import LONGEST_BODY
from tests.server.stage import running, write_project
from tests.server.wire import Wire, fields, webhook, wired

_FETCHING = """
flow fetching:
    on failed -> start

start:
    fetch answer "http://127.0.0.1:1/x"
    say "Here it is."
    hangup
"""


@pytest.fixture(params=FRONTS)
def front(request: pytest.FixtureRequest) -> str:
    """Which of them answers."""
    return str(request.param)


class _Slow:
    """A world in which an answer takes a moment."""

    async def fetch(self, *_: object) -> Answer:
        await asyncio.sleep(0.3)
        return Answer(200, "ready")


async def test_webhooks_one_after_the_other_on_one_connection(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        for call in ("CA1", "CA2", "CA1"):
            wire.send(webhook(body=fields(call)))
            status, headers, body = await wire.answer()
            assert status == 200
            assert headers["content-type"] == "application/xml; charset=utf-8"
            assert headers["date"].endswith("gmt")
            assert "Welcome" in body


async def test_a_request_may_come_byte_by_byte(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        for byte in webhook():
            wire.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await wire.answer())[0] == 200
        wire.send(webhook())
        assert (await wire.answer())[0] == 200


async def test_what_is_no_webhook_is_answered_on_the_same_connection(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        wire.send(webhook())
        first = await wire.answer()
        wire.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert '"ok"' in (await wire.answer())[2]
        wire.send(webhook())
        assert (await wire.answer())[2] == first[2]


async def test_several_requests_at_once_are_answered_in_order(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        wire.send(webhook() + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + webhook(body=fields("CA2")))
        answers = [(await wire.answer())[2] for _ in range(3)]
        assert ["Welcome" in answer for answer in answers] == [True, False, True]


async def test_a_request_may_come_with_the_beginning_of_the_next(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        second = webhook(body=fields("CA2"))
        wire.send(webhook() + second[:30])
        first = await wire.answer()
        wire.send(second[30:])
        assert (first[0], (await wire.answer())[0]) == (200, 200)


async def test_bodies_may_come_after_their_heads(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        for call in range(5):
            request = webhook(body=fields(f"CA{call}"))
            for part in (request[:20], request[20:-20], request[-20:-10], request[-10:]):
                wire.send(part)
                await asyncio.sleep(0.01)
            assert (await wire.answer())[0] == 200


async def test_requests_that_come_at_once_are_all_answered(tmp_path: Path, front: str) -> None:
    count = 200
    async with running(write_project(tmp_path, fetching=_FETCHING), outside=_Slow(), front=front) as (server, _):
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(wired(server)) for _ in range(count)]
            for call, wire in enumerate(wires):
                wire.send(webhook("/telefonie/voice" + ("/fetching" if call % 3 else ""), fields(f"CA{call}")))
            answers = [(await wire.answer())[2] for wire in wires]
        said = ["Here it is" if call % 3 else "Welcome" for call in range(count)]
        assert [words in answer for words, answer in zip(said, answers, strict=True)] == [True] * count


@pytest.mark.parametrize(
    ("added", "path", "status"),
    [
        ("/telefonie/extra", "/telefonie/extra", 201),
        ("/telefonie/extra", "/telefonie/%65xtra", 201),
        ("/telefonie/extra", "/telefonie/extra?a=1", 201),
        ("/telefonie/extra", "/telefonie/voice", 200),
        ("/telefonie/extra", "/telefonie/%76oice", 200),
        ("/telefonie/voice/{any}", "/telefonie/voice/x", 201),
        ("/telefonie/voice/{any}", "/telefonie/voice", 200),
    ],
)
async def test_what_the_application_adds_below_a_carrier_is_asked(
    tmp_path: Path, front: str, added: str, path: str, status: int
) -> None:
    async def extra(_: web.Request) -> web.Response:
        return web.Response(status=201)

    def extend(app: web.Application) -> None:
        app.router.add_post(added, extra)

    root = write_project(tmp_path)
    async with running(root, front=front, extend=extend) as (server, _), wired(server) as wire:
        wire.send(webhook(path))
        assert (await wire.answer())[0] == status


async def test_a_middleware_sees_all_requests(tmp_path: Path, front: str) -> None:
    seen: list[str] = []

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen.append(request.path)
        return await handler(request)

    root = write_project(tmp_path)
    async with (
        running(root, front=front, extend=lambda app: app.middlewares.append(watch)) as (server, _),
        wired(server) as wire,
    ):
        wire.send(webhook())
        assert (await wire.answer())[0] == 200
    assert seen == ["/telefonie/voice"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (webhook(version="1.0"), 200),
        (webhook("/telefonie/voice", b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
         + b"%x\r\n%s\r\n0\r\n\r\n" % (len(fields()), fields()), 200),
        (webhook("/telefonie/voice?" + fields().decode(), b""), 200),
        (b"GET /telefonie/voice?%s HTTP/1.1\r\nHost: x\r\n\r\n" % fields(), 200),
        (b"PUT /telefonie/voice HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        (webhook("/nobody/voice"), 404),
        (webhook("/telefonie/"), 404),
        (webhook(body=b"a=" + b"x" * LONGEST_BODY), 413),
        (webhook(body=b"&".join(b"f%d=1" % n for n in range(300))), 400),
        (webhook().replace(b"x-www-form-urlencoded", b"octet-stream"), 415),
        (webhook().replace(b"x-www-form-urlencoded", b"json"), 400),
        (webhook("/telefonie/voice", None, "Content-Length: 3"), 400),
        (b"\x16\x03\x01 this is no HTTP\r\n\r\n", 400),
    ],
)  # fmt: skip
async def test_whatever_is_sent_is_answered(tmp_path: Path, front: str, request_: bytes, status: int) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        wire.send(request_)
        assert (await wire.answer())[0] == status


async def test_a_query_is_not_written_down(tmp_path: Path, front: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        wire.send(webhook("/telefonie/voice?digits=4321").replace(b"x-www-form-urlencoded", b"octet-stream"))
        assert (await wire.answer())[0] == 415
    (line,) = [record for record in caplog.records if record.message == "webhook refused"]
    assert line.__dict__["facts"]["path"] == "/telefonie/voice"


async def test_a_carrier_may_ask_whether_to_go_on(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        head, _, body = webhook("/telefonie/voice", None, "Expect: 100-continue").partition(b"\r\n\r\n")
        wire.send(head + b"\r\n\r\n")
        assert (await wire.answer())[0] == 100
        wire.send(body)
        assert (await wire.answer())[0] == 200


async def test_who_asks_for_it_is_answered_and_closed(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        wire.send(webhook("/telefonie/voice", None, "Connection: close"))
        status, headers, _ = await wire.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await wire.closed()


async def test_who_has_said_all_is_answered(tmp_path: Path, front: str) -> None:
    root = write_project(tmp_path, fetching=_FETCHING)
    async with running(root, outside=_Slow(), front=front) as (server, _), wired(server) as wire:
        wire.send(webhook("/telefonie/voice/fetching"))
        wire.writer.write_eof()
        assert "Here it is" in (await wire.answer())[2]
        assert await wire.closed()


async def test_who_has_said_all_at_once_is_answered_too(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front) as (server, _):
        for _ in range(20):
            async with wired(server) as wire:
                wire.send(webhook())
                wire.writer.write_eof()
                assert "Welcome" in (await wire.answer())[2]
                assert await wire.closed()


async def test_what_comes_while_a_turn_waits_is_answered_after_it(tmp_path: Path, front: str) -> None:
    root = write_project(tmp_path, fetching=_FETCHING)
    async with running(root, outside=_Slow(), front=front) as (server, _), wired(server) as wire:
        wire.send(webhook("/telefonie/voice/fetching"))
        await asyncio.sleep(0.1)
        wire.send(webhook(body=fields("CA2")))
        assert "Here it is" in (await wire.answer())[2]
        assert "Welcome" in (await wire.answer())[2]


async def test_a_turn_under_way_is_answered_before_the_server_ends(tmp_path: Path, front: str) -> None:
    root = write_project(tmp_path, fetching=_FETCHING)
    async with running(root, outside=_Slow(), front=front) as (server, _):
        reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
        idle, idle_writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
        wire = Wire(reader, writer)
        wire.send(webhook("/telefonie/voice/fetching"))
        await asyncio.sleep(0.05)
    status, headers, body = await wire.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert "Here it is" in body
    assert await idle.read() == b""
    for each in (writer, idle_writer):
        each.close()
