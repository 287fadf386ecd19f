"""The sound of a leg as frames."""

from __future__ import annotations

import asyncio
from array import array
from pathlib import Path

from flowengine.sandbox import NumberConfig, Sandbox, SandboxConfig, VirtualClock
from flowengine.sandbox.network.audio import SAMPLE_RATE, Tape, pcm_of
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.web.sound import FRAME_BYTES, FRAME_SAMPLES, Microphone, heard
from tests.web import sounds


def _ramp(samples: int, start: int = 1) -> bytes:
    return pcm_of(array("h", range(start, start + samples)))


def _leg(sandbox: Sandbox) -> Leg:
    leg = sandbox.network.dial("+15551230000", "+15557650001", 30)
    leg.move_to(LegState.IN_PROGRESS)
    return leg


def _sandbox(clock: VirtualClock | None = None) -> Sandbox:
    return Sandbox(SandboxConfig(numbers={"+15551230000": NumberConfig(voice_url="http://127.0.0.1:9/")}), clock)


async def test_what_is_heard_comes_frame_by_frame() -> None:
    async with _sandbox() as sandbox:
        leg = _leg(sandbox)
        clip = _ramp(10 * FRAME_SAMPLES)
        leg.media.play(clip)
        began = asyncio.get_running_loop().time()
        frames = []
        async for frame in heard(leg):
            frames.append(frame)
            if len(frames) == 10:
                leg.hang_up("phone")
        assert b"".join(frames) == clip
        assert {len(frame) for frame in frames} == {FRAME_BYTES}
        assert asyncio.get_running_loop().time() - began > 0.15


async def test_after_a_long_pause_the_ear_is_in_the_present() -> None:
    async with _sandbox() as sandbox:
        leg = _leg(sandbox)
        leg.media.play(_ramp(SAMPLE_RATE))
        ear = heard(leg)
        await anext(ear)
        await asyncio.sleep(0.5)
        await anext(ear)  # the frame that was due
        after = array("h", await anext(ear))
        assert after[0] > 0.4 * SAMPLE_RATE
        await ear.aclose()


async def test_frames_that_come_unevenly_follow_each_other_on_the_tape(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with _sandbox(clock) as sandbox:
        leg = _leg(sandbox)
        await clock.advance(1)
        tape = Tape(clock.now())
        leg.media.tapes.add(tape)
        microphone = Microphone(leg)
        for index, pause in enumerate([0.02, 0.0, 0.05, 0.01, 0.02, 0.02]):
            microphone.pick_up(_ramp(FRAME_SAMPLES, 1 + index * FRAME_SAMPLES))
            await clock.advance(pause)
        tape.write_wav(tmp_path / "tape.wav", 6 * FRAME_SAMPLES / SAMPLE_RATE)
        samples = sounds.read((tmp_path / "tape.wav").read_bytes()) * 32768
        assert list(samples.astype(int)) == list(range(1, 6 * FRAME_SAMPLES + 1))


async def test_nobody_talks_faster_than_time(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with _sandbox(clock) as sandbox:
        leg = _leg(sandbox)
        tape = Tape(clock.now())
        leg.media.tapes.add(tape)
        microphone = Microphone(leg)
        for _ in range(1_000):
            microphone.pick_up(_ramp(FRAME_SAMPLES))
        microphone.pick_up(b"odd")
        tape.write_wav(tmp_path / "tape.wav", 20)
        assert 0 < (sounds.read((tmp_path / "tape.wav").read_bytes()) != 0).sum() <= SAMPLE_RATE
