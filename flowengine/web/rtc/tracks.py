"""The two tracks of a connection: what is heard in the browser, and what its microphone picks up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from fractions import Fraction

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler

from flowengine.sandbox.network.audio import SAMPLE_BYTES, SAMPLE_RATE

_TIME_BASE = Fraction(1, SAMPLE_RATE)

_MOST_FRAMES = 10
"""Frames that may wait; with more of them, the sound would be late rather than whole."""


class Ear(MediaStreamTrack):
    """What the browser hears: frames of telephone sound, in the order in which they are put."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._samples = 0

    def put(self, pcm: bytes) -> None:
        """Let this be heard next; the oldest that waits is left out when there is too much."""
        if self._frames.qsize() >= _MOST_FRAMES:
            self._frames.get_nowait()
        self._frames.put_nowait(pcm)

    async def recv(self) -> AudioFrame:
        """The next frame, once there is one.

        Raises:
            MediaStreamError: the track was stopped.
        """
        pcm = await self._frames.get() if self.readyState == "live" else None
        if pcm is None:
            raise MediaStreamError
        frame = AudioFrame(format="s16", layout="mono", samples=len(pcm) // SAMPLE_BYTES)
        frame.planes[0].update(pcm.ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, _TIME_BASE, self._samples
        self._samples += frame.samples
        return frame

    def stop(self) -> None:
        """End: nothing more is heard."""
        super().stop()
        self._frames.put_nowait(None)


async def picked_up(track: MediaStreamTrack) -> AsyncIterator[bytes]:
    """What the browser's microphone picks up, as telephone sound, until the track ends."""
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        if isinstance(frame, AudioFrame):
            for converted in resampler.resample(frame):
                yield bytes(converted.planes[0])[: converted.samples * SAMPLE_BYTES]
