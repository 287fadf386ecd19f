"""Prompts as sound: how long each lasts, and what it sounds like where sound is wanted."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.audio import read_wav, seconds_of
from flowengine.sandbox.webhooks import WebhookError, Webhooks
from flowengine.speech import Speech, SpeechError

# How fast people and engines speak, for prompts that are not made into sound.
_CHARACTERS_PER_SECOND = 14.0
_SOUND_SECONDS = 3.0
_CACHED = 128


@dataclass(frozen=True, slots=True)
class Clip:
    """A prompt: its sound, empty where none was made, and its length in seconds."""

    pcm: bytes
    seconds: float


def estimate(text: str) -> float:
    """Seconds that it takes to say `text`."""
    return 0.3 + len(text) / _CHARACTERS_PER_SECOND


class Voice:
    """Makes clips. Without `speech` all are silent, with an estimated length."""

    def __init__(self, webhooks: Webhooks, bulletin: Bulletin, speech: Speech | None) -> None:
        self._webhooks = webhooks
        self._bulletin = bulletin
        self._speech = speech
        self._clips: OrderedDict[tuple[str, str, str], Clip] = OrderedDict()

    async def say(self, call_id: str, text: str, language: str, voice: str) -> Clip:
        """`text`, spoken."""
        silent = Clip(b"", estimate(text))
        speech = self._speech
        if speech is None or not text:
            return silent

        async def make() -> bytes:
            return (await speech.synthesize(text, language, voice or None)).read_bytes()

        return await self._cached(call_id, (text, language, voice), make, silent)

    async def play(self, call_id: str, url: str) -> Clip:
        """The sound at `url`; silence where it cannot be had or is no PCM WAV."""
        silent = Clip(b"", _SOUND_SECONDS)
        if self._speech is None:
            return silent
        return await self._cached(call_id, ("", "", url), lambda: self._webhooks.sound(url), silent)

    async def _cached(
        self, call_id: str, key: tuple[str, str, str], make: Callable[[], Awaitable[bytes]], silent: Clip
    ) -> Clip:
        if (clip := self._clips.get(key)) is not None:
            self._clips.move_to_end(key)
            return clip
        try:
            pcm = await asyncio.to_thread(read_wav, await make())
        except (SpeechError, WebhookError, ValueError) as error:
            self._bulletin.tell("error", call_id, str(error))
            return silent
        self._clips[key] = clip = Clip(pcm, seconds_of(pcm))
        if len(self._clips) > _CACHED:
            self._clips.popitem(last=False)
        return clip
