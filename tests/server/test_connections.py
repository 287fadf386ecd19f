"""How long a client may keep a connection, and how many there may be: at each front."""

from __future__ import annotations

import asyncio
import resource
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from flowengine.runtime.engine import Engine
from flowengine.server.connections import Bounds
from flowengine.server.fronts import FRONTS
from flowengine.server.requests import LONGEST_BODY
from tests.server.stage import running, write_project
from tests.server.wire import Wire, webhook, wired

pytestmark = pytest.mark.parametrize("front", FRONTS)

_GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        pytest.param([b""], [], id="nothing"),
        pytest.param([b"P"], [408], id="one byte"),
        pytest.param([_GET[:-2]], [408], id="half a head"),
        pytest.param([webhook()[:60]], [408], id="half the head of a webhook"),
        pytest.param([webhook()[:-5]], [408], id="half a webhook"),
        pytest.param([_GET[n : n + 1] for n in range(len(_GET) - 2)], [408], id="a byte now and then"),
        pytest.param([_GET], [200], id="a request, and no other"),
        pytest.param([webhook()], [200], id="a webhook, and no other"),
        pytest.param([_GET, _GET[:9]], [200, 408], id="a request, and half of another"),
        pytest.param([webhook(), webhook()[:60]], [200, 408], id="a webhook, and half of another"),
    ],
)
async def test_who_does_not_ask_is_let_go(tmp_path: Path, front: str, sent: list[bytes], answers: list[int]) -> None:
    bounds = Bounds(head=0.5, body=0.5, idle=1.0)
    async with running(write_project(tmp_path), front=front, bounds=bounds) as (server, _), wired(server) as wire:
        began = time.monotonic()
        sending = asyncio.create_task(_send_slowly(wire, sent))
        assert [(await wire.answer())[0] for _ in answers] == answers
        assert await wire.closed()
        assert time.monotonic() - began < 4
        sending.cancel()


async def _send_slowly(wire: Wire, parts: list[bytes]) -> None:
    for part in parts:
        wire.send(part)
        await asyncio.sleep(0.1)


async def test_a_long_body_may_come_slowly(tmp_path: Path, front: str) -> None:
    body = b"note=" + b"x" * (LONGEST_BODY - 5)
    request = webhook(body=body)
    async with (
        running(write_project(tmp_path), front=front, bounds=Bounds(head=0.4, idle=0.4)) as (server, _),
        wired(server) as wire,
    ):
        for at in range(0, len(request), 8192):
            wire.send(request[at : at + 8192])
            await asyncio.sleep(0.15)
        assert (await wire.answer())[0] == 400  # for what is in it


async def test_a_web_socket_may_be_silent(tmp_path: Path, front: str) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        async for message in opened:
            await opened.send_str(message.data)
        return opened

    def extend(app: web.Application) -> None:
        app.router.add_get("/echo", echo)

    async with (
        running(write_project(tmp_path), front=front, bounds=Bounds(head=0.3, idle=0.3), extend=extend) as (server, _),
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{server.url}/echo") as opened,
    ):
        for _ in range(2):
            await asyncio.sleep(0.9)
            await opened.send_str("still there")
            assert await opened.receive_str(timeout=5) == "still there"


async def test_a_connection_is_kept_between_requests(tmp_path: Path, front: str) -> None:
    async with (
        running(write_project(tmp_path), front=front, bounds=Bounds(head=0.3, idle=1.8)) as (server, _),
        wired(server) as wire,
    ):
        for request in (webhook(), _GET, _GET):
            wire.send(request)
            assert (await wire.answer())[0] == 200
            await asyncio.sleep(0.8)


async def test_there_are_so_many_connections_and_no_more(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front, bounds=Bounds(most=10)) as (server, _):
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(wired(server)) for _ in range(10)]
            for wire in wires[5:]:
                wire.send(_GET)
                assert (await wire.answer())[0] == 200
            async with wired(server) as one_more:
                one_more.send(webhook())
                with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                    await one_more.answer()
            wires[0].send(webhook())
            assert (await wires[0].answer())[0] == 200
        await asyncio.sleep(0.2)
        async with wired(server) as wire:
            wire.send(webhook())
            assert (await wire.answer())[0] == 200


def test_connections_leave_room_for_files(front: str) -> None:
    assert 0 < Bounds().most < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def test_who_never_reads_is_let_go(tmp_path: Path, front: str) -> None:
    root = write_project(tmp_path)
    (root / "audio").mkdir()
    (root / "audio" / "long.wav").write_bytes(b"x" * 20_000_000)
    bounds = Bounds(stalled=1.0, idle=1.0, most=1)
    async with running(root, front=front, bounds=bounds) as (server, _), wired(server) as wire:
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        wire.send(b"GET /media/long.wav HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.5)
        await _served(server.url)


async def test_whose_answers_pile_up_is_let_go(tmp_path: Path, front: str) -> None:
    """Answers that the short way has written itself: it needs no help of the system."""
    long = "\n".join(f'    say "{"All of our lines are busy. " * 30}"' for _ in range(60))
    root = write_project(tmp_path, long=f"flow long:\n    on failed -> start\n\nstart:\n{long}\n    hangup\n")
    bounds = Bounds(stalled=60.0, idle=0.5, most=1)
    async with running(root, front=front, bounds=bounds) as (server, _), wired(server) as wire:
        wire.send(webhook("/telefonie/voice/long"))
        assert len((await wire.answer())[2]) > 40_000
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(150):
            wire.send(webhook("/telefonie/voice/long"))
            await asyncio.sleep(0.01)
        await _served(server.url)


async def _served(url: str) -> None:
    """Wait until there is room for one more connection."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as client:
        while True:
            try:
                async with client.get(f"{url}/health") as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)


async def test_half_a_webhook_may_be_sent_again_elsewhere(tmp_path: Path, front: str) -> None:
    async with running(write_project(tmp_path), front=front, bounds=Bounds(body=0.8)) as (server, _):
        reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
        wire = Wire(reader, writer)
        wire.send(webhook()[:-5])
        await asyncio.sleep(0.1)
    status, headers, _ = await wire.answer()
    assert (status, headers["connection"]) == (503, "close")
    writer.close()


@pytest.mark.parametrize("waits", [False, True])
async def test_a_fault_is_answered(tmp_path: Path, front: str, waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        if waits:
            await asyncio.sleep(0.1)
        raise RuntimeError("a fault of the test")

    async with running(write_project(tmp_path), front=front) as (server, _), wired(server) as wire:
        monkeypatch.setattr(Engine, "handle", broken)
        wire.send(webhook())
        assert (await wire.answer())[0] == 500
        assert await wire.closed()
