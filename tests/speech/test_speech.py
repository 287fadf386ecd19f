"""Speech: real files from the real engine, the cache, and a worker that dies."""

import asyncio
import os
import signal
import wave
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowengine.speech import Speech, SpeechError, wav_seconds


@pytest.fixture
async def speech(tmp_path: Path) -> AsyncIterator[Speech]:
    async with Speech(tmp_path / "speech") as made:
        yield made


def _loudness(path: Path) -> int:
    with wave.open(str(path)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    return max(map(abs, samples))


async def test_a_text_becomes_sound(speech: Speech) -> None:
    short = await speech.synthesize("Hello.", "en-US")
    long = await speech.synthesize("Hello, and welcome to the longer one of these two announcements.", "en-US")
    assert _loudness(short) > 3000
    assert 0.3 < wav_seconds(short) < 2 < wav_seconds(long) < 10


async def test_the_same_text_is_the_same_file(speech: Speech) -> None:
    first, second = await asyncio.gather(*(speech.synthesize("Once.", "en-US") for _ in range(2)))
    assert first == second
    written = first.stat().st_mtime_ns
    assert (await speech.synthesize("Once.", "en-US")).stat().st_mtime_ns == written
    assert await speech.synthesize("Once.", "de-DE") != first
    assert [path.suffix for path in first.parent.iterdir()] == [".wav", ".wav"]


async def test_languages_sound_different(speech: Speech) -> None:
    english, german = [(await speech.synthesize("Winter", language)).read_bytes() for language in ("en", "de")]
    assert english != german


async def test_many_at_once_are_spoken_one_after_the_other(speech: Speech) -> None:
    paths = await asyncio.gather(*(speech.synthesize(f"Number {index}.", "en-US") for index in range(8)))
    assert len(set(paths)) == 8
    assert all(_loudness(path) > 3000 for path in paths)


async def test_a_worker_that_died_gets_a_successor(speech: Speech) -> None:
    await speech.synthesize("Before.", "en-US")
    assert speech.worker_pid is not None
    os.kill(speech.worker_pid, signal.SIGKILL)
    assert _loudness(await speech.synthesize("After.", "en-US")) > 3000


async def test_nothing_to_say_is_a_moment_of_silence(speech: Speech) -> None:
    assert wav_seconds(await speech.synthesize("  ", "en-US")) == pytest.approx(0.1)


async def test_a_text_may_be_too_long(speech: Speech) -> None:
    with pytest.raises(SpeechError, match="10001 characters"):
        await speech.synthesize("x" * 10_001, "en-US")


async def test_a_worker_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async with Speech(tmp_path, seconds=0.001) as hasty:
        with pytest.raises(SpeechError, match="took too long"):
            await hasty.synthesize("Hello.", "en-US")
        assert hasty.worker_pid is None
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - does not block for long


async def test_without_the_engine_files_are_silent_and_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    absent = tmp_path / "absent"
    absent.mkdir()
    for module in ("pyttsx3", "espeakng_loader"):
        (absent / f"{module}.py").write_text(f"raise ImportError('no {module} here')")
    monkeypatch.setenv("PYTHONPATH", str(absent))
    async with Speech(tmp_path / "speech") as speech:
        path = await speech.synthesize("Fourteen chars", "en-US")
        await speech.synthesize("Another text", "en-US")
    assert (_loudness(path), wav_seconds(path)) == (0, pytest.approx(1.3))
    assert [record.getMessage() for record in caplog.records if record.name == "flowengine.speech"] == [
        "no speech: no pyttsx3 here; install flowengine[speech]. Prompts are silent."
    ]
