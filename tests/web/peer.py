"""The other side of a WebRTC connection, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from flowengine.web.rtc.candidates import listen_at
from flowengine.web.rtc.line import end
from flowengine.web.rtc.tracks import Ear, picked_up

HERE = "127.0.0.1"


async def until(condition: Callable[[], bool]) -> None:
    """Wait until this holds; fails after five seconds."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it does not come")


class Peer:
    """What a browser would be."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.mouth = Ear()
        self.heard = b""
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._listen)

    async def offer(self) -> str:
        """The SDP that a browser would send."""
        self.connection.addTransceiver(self.mouth, direction="sendrecv")
        description = await self.connection.createOffer()
        listen_at(self.connection, HERE)
        await self.connection.setLocalDescription(description)
        return str(self.connection.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the answer, and wait until the connection is there."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await until(lambda: self.connection.connectionState == "connected")

    async def close(self) -> None:
        """End it."""
        self.mouth.stop()
        await end(self.connection)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _listen(self, track: MediaStreamTrack) -> None:
        async def listen() -> None:
            async for pcm in picked_up(track):
                self.heard += pcm

        self._tasks.append(asyncio.create_task(listen()))
