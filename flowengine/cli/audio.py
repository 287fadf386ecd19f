"""Prompts out loud: speech into the player that this machine has."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from flowengine.speech.speech import Speech, SpeechError

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
    ("ffplay", "-autoexit", "-nodisp", "-loglevel", "quiet"),
)
"""Programs that play a WAV file and then end, the best first."""


class AudioError(Exception):
    """Nothing on this machine can play sound; the message says what is missing."""


class Loudspeaker:
    """Speaks texts, one after the other; each call returns when it has been heard."""

    def __init__(self) -> None:
        """Find a player.

        Raises:
            AudioError: there is none.
        """
        player = next((player for player in PLAYERS if shutil.which(player[0])), None)
        if player is None:
            names = ", ".join(player[0] for player in PLAYERS)
            raise AudioError(f"--audio needs a program that plays sound: install one of {names}")
        self._player = player
        self._folder = TemporaryDirectory(prefix="flowengine-audio-")
        self._speech = Speech(Path(self._folder.name))
        self._loop = asyncio.Runner()

    def speak(self, text: str, language: str) -> None:
        """Say a text. What cannot be spoken is passed over: it stands on the screen all the same."""
        try:
            file = self._loop.run(self._speech.synthesize(text, language))
        except SpeechError:
            return
        subprocess.run([*self._player, str(file)], check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - a fixed list

    def close(self) -> None:
        """Stop the voice and remove its files."""
        self._loop.run(self._speech.close())
        self._loop.close()
        self._folder.cleanup()
