"""A tab against the server, without a browser: what is left when it goes in the middle of a call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from flowengine.cli.dev import KEY, own_numbers
from flowengine.sandbox import LegState, Sandbox, SandboxConfig
from flowengine.sandbox.telefonie.app import PREFIX, telefonie_app
from flowengine.server.serving import Setup, serve
from flowengine.web.audio import prepare
from flowengine.web.guard import Guard
from flowengine.web.page import Page
from tests.web.peer import Peer, until
from tests.web.stage import NUMBER


@asynccontextmanager
async def _serving(root: Path) -> AsyncIterator[tuple[str, Sandbox]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = SandboxConfig(listen=False, public_url=f"{url}/carrier", api_keys=(KEY,))
        async with Sandbox(config) as sandbox:
            page = Page(Guard())

            def extend(app: web.Application) -> None:
                page.mount(app)
                app.add_subapp(PREFIX, telefonie_app(sandbox.exchange, sandbox.owners))

            setup = Setup(
                root,
                listener=listener,
                public_url=url,
                carriers={"telefonie": {"api_key": KEY, "base_url": f"{url}{PREFIX}"}},
                extend=extend,
            )
            async with serve(setup) as server:
                page.connect(sandbox, server)
                own_numbers(sandbox, server.projects, server.url)
                yield url, sandbox


async def _news(tab: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, object]:
    """The next message of this kind."""
    async with asyncio.timeout(20):
        while True:
            message = await tab.receive()
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
            if message.type is aiohttp.WSMsgType.TEXT:
                news: dict[str, object] = msgspec.json.decode(message.data)
                if news["type"] == kind:
                    return news


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_nothing_is_left_of_a_tab_that_goes_in_a_call(project: Path) -> None:
    async with _serving(project) as (url, sandbox), aiohttp.ClientSession() as client:
        await asyncio.to_thread(prepare)

        async def call_and_go() -> None:
            peer = Peer()
            async with client.ws_connect(f"{url}/ui/phone", origin=url) as tab:
                await tab.send_json({"type": "offer", "sdp": await peer.offer()})
                await peer.accept(str((await _news(tab, "accepted"))["sdp"]))
                await tab.send_json({"type": "listen", "over": "rtc"})
                await tab.send_json({"type": "dial", "to": NUMBER, "caller": "+15557650001"})
                await _news(tab, "heard")
                await until(lambda: len(peer.heard) > 0)
            await peer.close()

        await call_and_go()
        await until(lambda: all(call.leg.is_over for call in sandbox.exchange.calls.values()))
        await asyncio.sleep(0.2)
        tasks, files = len(asyncio.all_tasks()), _open_files()
        for _ in range(4):
            await call_and_go()
        legs = [call.leg for call in sandbox.exchange.calls.values()]
        await until(lambda: all(leg.is_over for leg in legs))
        assert [leg.state for leg in legs] == [LegState.COMPLETED] * 5
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        await until(lambda: _open_files() <= files)
