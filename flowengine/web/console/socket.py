"""One open console: what is new is told it, several times a second at most."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from aiohttp import WSMsgType, web

from flowengine.web.console.live import LiveCalls
from flowengine.web.console.views import Turned
from flowengine.web.messages import Project

_SECONDS = 0.25
"""Between two pieces of news: a thousand live calls change more often than anybody looks."""

_encoder = msgspec.json.Encoder()


class Look(msgspec.Struct, tag_field="type", tag="look"):
    """From the page: this call is looked at; empty for none."""

    call: str = ""


_decoder = msgspec.json.Decoder(Look)


class Screen:
    """A console at the end of a WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, live: LiveCalls) -> None:
        self._socket = socket
        self._live = live
        self._watcher = live.watch()
        self._project: Project | None = None
        self._call = ""
        self._has_turned = False

    def tell(self, project: Project) -> None:
        """The project is as this says."""
        self._project = project

    def turned(self, call: str) -> None:
        """A call has taken a turn."""
        self._has_turned = self._has_turned or call == self._call

    async def run(self) -> None:
        """Serve the page until it goes."""
        sending = asyncio.create_task(self._send())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    with suppress(msgspec.DecodeError):
                        self._call = _decoder.decode(message.data).call
        finally:
            self._live.unwatch(self._watcher)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def close(self, code: int) -> None:
        """We stop."""
        await self._socket.close(code=code)

    async def _send(self) -> None:
        with suppress(ConnectionError):
            await self._put(self._live.whole())
            while True:
                project, self._project = self._project, None
                if project is not None:
                    await self._put(project)
                news = self._watcher.take()
                if news is not None:
                    await self._put(news)
                if self._has_turned:
                    self._has_turned = False
                    await self._put(Turned(self._call))
                await asyncio.sleep(_SECONDS)

    async def _put(self, news: msgspec.Struct) -> None:
        await self._socket.send_str(_encoder.encode(news).decode("utf-8", "replace"))
