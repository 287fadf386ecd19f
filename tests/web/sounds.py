"""Sound for the tests: signals that are like nothing else, and how much of one is in another."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
Samples = npt.NDArray[np.float64]


def warble(seed: int, seconds: float) -> Samples:
    """A tone whose pitch wanders as the seed says, between 300 and 2,800 Hz, loud enough to count as a voice."""
    random = np.random.default_rng(seed)
    steps = random.uniform(300, 2800, size=max(1, round(seconds * 25)))
    pitch = np.repeat(steps, RATE // 25)
    return 0.5 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE)


def write(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write a WAV file of 16 bits; at another rate, each sample is repeated."""
    pcm = np.repeat((samples * 32767).astype("<i2"), rate // RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())


def read(data: bytes) -> Samples:
    """The samples of a WAV file of 16 bits."""
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def likeness(signal: Samples, heard: Samples) -> float:
    """How alike `signal` and the stretch of `heard` that is most like it are: 1 the same, near 0 strangers."""
    if len(heard) < len(signal):
        return 0.0
    size = 1 << (len(heard) + len(signal)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(signal, size)), size)
    products = products[: len(heard) - len(signal) + 1]
    sums = np.cumsum(np.concatenate(([0.0], heard**2)))
    energies = sums[len(signal) :] - sums[: -len(signal)]
    norms = np.sqrt(np.maximum(energies, 1e-9) * max(float(np.sum(signal**2)), 1e-9))
    return float(np.max(np.abs(products) / norms))


def presence(signal: Samples, heard: Samples, seconds: float = 0.1) -> float:
    """How much of `signal` is in `heard`, by the likeness of the middle one of its pieces of so many seconds.

    Pieces, since a browser that gets sound over a network stretches and shortens it to even out its arrival: a whole
    signal would be like nothing any more. Pieces in which there is nothing to be heard do not count.
    """
    pieces = np.array_split(signal, max(1, round(len(signal) / RATE / seconds)))
    loud = [piece for piece in pieces if np.sqrt(np.mean(piece**2)) > 0.02]
    return float(np.median([likeness(piece, heard) for piece in loud])) if loud else 0.0
