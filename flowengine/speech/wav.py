"""The little that is to be known of WAV files."""

import wave
from pathlib import Path

SILENCE_RATE = 8000


def wav_seconds(path: Path) -> float:
    """How long the file plays.

    Raises:
        wave.Error, EOFError, OSError: it is no WAV file, or cannot be read.
    """
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def write_silence(path: Path, seconds: float) -> None:
    """Write a WAV file in which nothing is heard."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SILENCE_RATE)
        file.writeframes(bytes(2 * round(SILENCE_RATE * seconds)))
