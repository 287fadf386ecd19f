"""Sound on the line: 16-bit mono at 8 kHz, as telephones have it, and the WAV files made of it."""

from __future__ import annotations  # array[int] is an annotation only, before Python 3.12.

import io
import sys
import wave
from array import array
from pathlib import Path

SAMPLE_RATE = 8000
SAMPLE_BYTES = 2
# Recordings are mixed and written in parts, so that hours of them need little memory.
_PART_SAMPLES = 30 * SAMPLE_RATE
# What counts as somebody talking, as the mean of the absolute samples of a frame; a quiet room stays below it.
VOICE_LEVEL = 300


def samples_of(pcm: bytes) -> array[int]:
    """The samples of little-endian 16-bit `pcm`; a last odd byte is dropped."""
    samples = array("h")
    samples.frombytes(pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def pcm_of(samples: array[int]) -> bytes:
    """The opposite of `samples_of`."""
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples.tobytes()


def seconds_of(pcm: bytes) -> float:
    """How long `pcm` plays."""
    return len(pcm) / (SAMPLE_RATE * SAMPLE_BYTES)


def mix_into(target: array[int], offset: int, samples: array[int]) -> None:
    """Add `samples` to `target` from index `offset` on, clipped to 16 bits; what lies beyond its end is dropped."""
    for index, sample in enumerate(samples[: max(0, len(target) - offset)], start=offset):
        target[index] = max(-32768, min(32767, target[index] + sample))


def has_voice(pcm: bytes) -> bool:
    """Whether somebody talks in this frame."""
    samples = samples_of(pcm)
    return bool(samples) and sum(map(abs, samples)) / len(samples) >= VOICE_LEVEL


def beep(seconds: float = 0.4) -> bytes:
    """The tone before a recording: a square wave of 1 kHz, quiet."""
    period = array("h", [2500] * (SAMPLE_RATE // 2000) + [-2500] * (SAMPLE_RATE // 2000))
    return pcm_of(period * int(1000 * seconds))


def read_wav(data: bytes) -> bytes:
    """The sound of a PCM WAV file as telephone PCM.

    Raises:
        ValueError: it is no WAV file, or one whose coding is not plain PCM of 8 or 16 bits.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"not a PCM WAV file: {error}") from error
    if width == 1:
        samples = array("h", [(byte - 128) << 8 for byte in frames])
    elif width == SAMPLE_BYTES:
        samples = samples_of(frames)
    else:
        raise ValueError(f"a WAV file of {8 * width} bits; 8 and 16 are supported")
    if channels > 1:
        samples = array("h", [sum(samples[i : i + channels]) // channels for i in range(0, len(samples), channels)])
    return pcm_of(_resampled(samples, rate))


def _resampled(samples: array[int], rate: int) -> array[int]:
    if rate == SAMPLE_RATE or rate <= 0:
        return samples
    # Averaging over each output sample's span is low-pass enough for speech, and needs no library.
    step = rate / SAMPLE_RATE
    result = array("h")
    for index in range(int(len(samples) / step)):
        begin = int(index * step)
        span = samples[begin : max(begin + 1, int((index + 1) * step))]
        result.append(sum(span) // len(span))
    return result


class Tape:
    """A recording under way: pieces of sound, each with its place in time, mixed when it is rendered."""

    def __init__(self, started: float) -> None:
        self.started = started
        self._pieces: list[tuple[int, bytes]] = []

    def add(self, at: float, pcm: bytes) -> None:
        """Lay `pcm` on the tape from `at` on, in seconds of the network's clock."""
        if pcm:
            self._pieces.append((max(0, round((at - self.started) * SAMPLE_RATE)), pcm))

    def write_wav(self, path: Path, seconds: float) -> None:
        """Write the first `seconds` as a WAV file; where nothing was recorded there is silence."""
        length = max(0, round(seconds * SAMPLE_RATE))
        pieces = list(self._pieces)  # Written in a thread of its own, while more may still be added.
        by_part: dict[int, list[tuple[int, bytes]]] = {}
        for offset, pcm in pieces:
            last = offset + len(pcm) // SAMPLE_BYTES - 1
            for part in range(offset // _PART_SAMPLES, last // _PART_SAMPLES + 1):
                by_part.setdefault(part, []).append((offset, pcm))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(SAMPLE_BYTES)
            file.setframerate(SAMPLE_RATE)
            for part in range(-(-length // _PART_SAMPLES)):
                begin = part * _PART_SAMPLES
                mixed = array("h", bytes(SAMPLE_BYTES * min(_PART_SAMPLES, length - begin)))
                for offset, pcm in by_part.get(part, ()):
                    skipped = max(0, begin - offset)
                    mix_into(mixed, max(0, offset - begin), samples_of(pcm[SAMPLE_BYTES * skipped :]))
                file.writeframes(pcm_of(mixed))
