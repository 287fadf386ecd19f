"""Sound: WAV files in and out, mixing, and prompts that a phone really hears."""

import io
import math
import wave
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from flowengine.sandbox import RealClock
from flowengine.sandbox.network.audio import (
    SAMPLE_RATE,
    Tape,
    beep,
    has_voice,
    pcm_of,
    read_wav,
    samples_of,
    seconds_of,
)
from flowengine.sandbox.network.media import Media
from flowengine.speech import Speech
from tests.sandbox.customer import stage


def _tone(seconds: float, rate: int = SAMPLE_RATE, amplitude: int = 8000) -> array:
    return array("h", [round(amplitude * math.sin(i * 2 * math.pi * 440 / rate)) for i in range(round(seconds * rate))])


def _wav(samples: bytes, rate: int, channels: int = 1, width: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples)
    return buffer.getvalue()


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100])
def test_every_rate_becomes_that_of_a_telephone(rate: int) -> None:
    pcm = read_wav(_wav(pcm_of(_tone(1, rate)), rate))
    assert seconds_of(pcm) == pytest.approx(1, abs=0.001)
    # 440 periods, so 880 changes of sign, give or take the ends.
    samples = samples_of(pcm)
    changes = sum(1 for before, after in pairwise(samples) if (before < 0) != (after < 0))
    assert changes == pytest.approx(880, abs=3)


def test_stereo_and_eight_bits() -> None:
    stereo = array("h", [1000, 3000] * 80)
    assert set(samples_of(read_wav(_wav(pcm_of(stereo), 8000, channels=2)))) == {2000}
    assert set(samples_of(read_wav(_wav(bytes([128, 192] * 80), 8000, width=1)))) == {0, 64 << 8}


@pytest.mark.parametrize("data", [b"", b"ID3 not a wav", _wav(b"\0\0\0" * 10, 8000, width=3)])
def test_what_is_no_plain_wav(data: bytes) -> None:
    with pytest.raises(ValueError, match="WAV"):
        read_wav(data)


def test_a_tape_mixes_its_pieces_and_clips(tmp_path: Path) -> None:
    tape = Tape(10.0)
    tape.add(10.0, pcm_of(array("h", [20_000] * 8000)))
    tape.add(10.5, pcm_of(array("h", [20_000] * 8000)))
    tape.write_wav(tmp_path / "tape.wav", 1.25)
    samples = samples_of(read_wav((tmp_path / "tape.wav").read_bytes()))
    assert (len(samples), samples[0], samples[5000], samples[9000]) == (10_000, 20_000, 32_767, 20_000)


def test_a_long_tape_is_written_in_parts(tmp_path: Path) -> None:
    tape = Tape(0.0)
    tape.add(29.5, pcm_of(array("h", [1000] * 8000)))  # Across the border of two parts.
    tape.add(59.0, pcm_of(array("h", [2000] * 8000)))
    tape.write_wav(tmp_path / "tape.wav", 61)
    samples = samples_of(read_wav((tmp_path / "tape.wav").read_bytes()))
    assert len(samples) == 61 * 8000
    assert [set(samples[at * 4000 : (at + 1) * 4000]) for at in (58, 59, 60, 61)] == [{0}, {1000}, {1000}, {0}]
    assert set(samples[59 * 8000 : 60 * 8000]) == {2000}


def test_voices_and_silence() -> None:
    assert has_voice(pcm_of(_tone(0.02)))
    assert has_voice(beep())
    assert not has_voice(pcm_of(_tone(0.02, amplitude=100)))
    assert not has_voice(b"")


async def test_a_phone_hears_clip_and_partner_together() -> None:
    one, two = Media(RealClock()), Media(RealClock())
    one.join(two)
    one.play(pcm_of(array("h", [100] * 200)))
    two.speak(pcm_of(array("h", [10] * 100)))
    assert samples_of(one.listen(160)) == array("h", [110] * 100 + [100] * 60)
    assert samples_of(one.listen(160)) == array("h", [100] * 40 + [0] * 120)
    one.part(two)
    two.speak(pcm_of(array("h", [10] * 100)))
    assert set(samples_of(one.listen(160))) == {0}


async def test_a_phone_that_does_not_listen_misses_what_is_old() -> None:
    one, two = Media(RealClock()), Media(RealClock())
    one.join(two)
    for level in range(1, 101):
        two.speak(pcm_of(array("h", [level] * 160)))
    assert samples_of(one.listen(160))[0] == 76


async def test_prompts_are_heard_as_sound(tmp_path: Path) -> None:
    async with Speech(tmp_path) as speech, stage(pace=1, audio=True, speech=speech) as carrier:
        phone = await carrier.call("<Response><Say language='en-US'>Good morning.</Say></Response>")
        assert has_voice(phone.leg.media.listen(SAMPLE_RATE))
        await carrier.clock.advance(0.3)
        assert phone.awaiting.kind == "prompt"
        await carrier.clock.advance(2)
        assert phone.leg.is_over


async def test_the_words_of_a_caller_without_a_microphone_are_on_the_tape(tmp_path: Path) -> None:
    async with Speech(tmp_path) as speech, stage(audio=True, speech=speech) as carrier:
        phone = await carrier.call("<Response><Record action='/done' playBeep='false'/></Response>")
        phone.leave(5, "Please call me back.", then_hang_up=True)
        await carrier.clock.settle()
        async with carrier.api.get(carrier.customer.asked("/done")[0]["recording_url"]) as response:
            pcm = read_wav(await response.read())
        assert seconds_of(pcm) == 5
        assert has_voice(pcm[:16_000])
        assert not has_voice(pcm[-16_000:])


async def test_sound_files_are_fetched_and_played(tmp_path: Path) -> None:
    async with Speech(tmp_path) as speech, stage(pace=1, audio=True, speech=speech) as carrier:
        carrier.customer.documents["/tone.wav"] = _wav(pcm_of(_tone(0.5)), 8000)
        phone = await carrier.call("<Response><Play>/tone.wav</Play><Play>/no.wav</Play></Response>")
        assert samples_of(phone.leg.media.listen(4000)) == _tone(0.5)
        await carrier.clock.advance(0.5)
        assert [piece.text.rpartition("/")[2] for piece in phone.heard] == ["tone.wav", "no.wav"]
