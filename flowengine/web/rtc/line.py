"""A line to a browser: one WebRTC connection, with sound both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from flowengine.web.rtc.candidates import listen_at, without_candidates
from flowengine.web.rtc.tracks import Ear, picked_up

_LOST = ("failed", "closed")


async def end(connection: RTCPeerConnection) -> None:
    """Close a connection, whatever it is about to do."""
    await connection.close()
    # One that was just coming up has begun to send and to receive while it was closed.
    for transceiver in connection.getTransceivers():
        await transceiver.stop()


class RtcLine:
    """One connection with one browser, from its offer to its end."""

    def __init__(self, address: str, pick_up: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        """`address` is the one of ours that the browser can reach; `pick_up` is given the microphone's frames.

        `lost` is called when the connection breaks, and not when it is closed by `close`.
        """
        self._address = address
        self._pick_up = pick_up
        self._lost = lost
        self._ear = Ear()
        self._listening: asyncio.Task[None] | None = None
        # No STUN server: the default one is somebody else's machine.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("track", self._has_track)
        self._connection.on("connectionstatechange", self._changed)

    async def answer(self, offer: str) -> str:
        """Take the browser's offer, an SDP with one audio track; the SDP that answers it.

        Raises:
            ValueError: it is none, or has no audio both ways.
        """
        connection = self._connection
        try:
            await connection.setRemoteDescription(RTCSessionDescription(without_candidates(offer), "offer"))
            audio = [each for each in connection.getTransceivers() if each.kind == "audio"]
            if len(audio) != 1 or len(connection.getTransceivers()) != 1:
                raise ValueError("the offer is not for one audio track")
            audio[0].sender.replaceTrack(self._ear)
            audio[0].direction = "sendrecv"
            listen_at(connection, self._address)
            await connection.setLocalDescription(await connection.createAnswer())
        # It reads what a stranger wrote, and says that something is wrong with it in many ways.
        except Exception as error:
            raise ValueError(f"the offer cannot be answered: {error}") from error
        return connection.localDescription.sdp

    def play(self, pcm: bytes) -> None:
        """Let the browser hear this next."""
        self._ear.put(pcm)

    async def close(self) -> None:
        """End the connection, and wait until nothing of it is left."""
        self._connection.remove_all_listeners()
        self._ear.stop()
        await end(self._connection)
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _has_track(self, track: MediaStreamTrack) -> None:
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        async for pcm in picked_up(track):
            self._pick_up(pcm)

    def _changed(self) -> None:
        if self._connection.connectionState in _LOST:
            self._lost()
