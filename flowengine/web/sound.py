"""The sound of a leg as frames of 20 ms: 16-bit mono PCM at 8 kHz, little-endian, both ways.

Nothing in here knows how frames travel.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from flowengine.sandbox.network.audio import SAMPLE_BYTES, SAMPLE_RATE
from flowengine.sandbox.network.leg import Leg

FRAME_SECONDS = 0.02
FRAME_SAMPLES = round(SAMPLE_RATE * FRAME_SECONDS)
FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES

_MOST_LATE = 0.2
"""Seconds that the ear may lag behind; after a longer pause of ours, what was to be heard in it is left out."""

_MOST_EARLY = 1.0
"""Seconds of speech that may arrive at once, after a network that held it back."""


async def heard(leg: Leg) -> AsyncIterator[bytes]:
    """What the phone hears, one frame every 20 ms, until the leg is over."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not leg.is_over:
        yield leg.media.listen(FRAME_SAMPLES)
        due += FRAME_SECONDS
        late = loop.time() - due
        if late > _MOST_LATE:
            leg.media.listen(round(late * SAMPLE_RATE))
            due += late
        await asyncio.sleep(max(0.0, -late))


class Microphone:
    """Hands what a microphone picks up to a leg, no faster than people talk."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._talked_until = 0.0

    def pick_up(self, pcm: bytes) -> None:
        """Take a frame, or a few at once. One of an odd length, and one that comes too early, is lost."""
        if not pcm or len(pcm) % SAMPLE_BYTES or not self._leg.is_answered:
            return
        now = self._leg.clock.now()
        until = max(self._talked_until, now) + len(pcm) / (SAMPLE_RATE * SAMPLE_BYTES)
        if until - now <= _MOST_EARLY:
            self._talked_until = until
            self._leg.pick_up_sound(pcm)
