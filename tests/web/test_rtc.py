"""WebRTC between a tab and a peer in this process: what is offered, what is heard both ways, what is left of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from flowengine.sandbox import NumberConfig, Sandbox, SandboxConfig
from flowengine.sandbox.network.audio import Tape
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.web.audio import TabAudio
from flowengine.web.rtc.candidates import without_candidates
from flowengine.web.rtc.tracks import Ear
from flowengine.web.sound import FRAME_BYTES, FRAME_SECONDS
from tests.web import sounds
from tests.web.peer import HERE, Peer, until

VOICE = sounds.warble(7, 2)


@asynccontextmanager
async def _connected(send: Callable[[bytes], None]) -> AsyncIterator[tuple[TabAudio, Peer]]:
    audio, peer = TabAudio(HERE, send), Peer()
    try:
        await peer.accept(await audio.offered(await peer.offer()))
        audio.go_over("rtc")
        yield audio, peer
    finally:
        await peer.close()
        await audio.close()


@pytest.fixture
async def leg() -> AsyncIterator[Leg]:
    """A call that is answered."""
    async with Sandbox(
        SandboxConfig(numbers={"+15551230000": NumberConfig(voice_url="http://127.0.0.1:9/")})
    ) as sandbox:
        made = sandbox.network.dial("+15551230000", "+15557650001", 30)
        made.move_to(LegState.IN_PROGRESS)
        yield made


def _pcm(samples: sounds.Samples) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


async def test_it_is_reached_at_one_address_only() -> None:
    audio, peer = TabAudio(HERE, lambda _: None), Peer()
    answer = await audio.offered(await peer.offer())
    places = [line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate:")]
    assert places == [HERE]
    assert "opus" in answer
    await peer.close()
    await audio.close()


def test_addresses_of_the_browser_are_left_out() -> None:
    sdp = "v=0\r\na=candidate:1 1 udp 1 f00.local 9 typ host\r\na=end-of-candidates\r\na=mid:0\r\n"
    assert without_candidates(sdp) == "v=0\r\na=mid:0\r\n"


async def test_both_hear_each_other(leg: Leg, tmp_path: Path) -> None:
    over_the_socket: list[bytes] = []
    async with _connected(over_the_socket.append) as (audio, peer):
        leg.media.play(_pcm(VOICE))
        tape = Tape(leg.clock.now())
        leg.media.tapes.add(tape)
        carrying = asyncio.create_task(audio.carry(leg))
        other = _pcm(sounds.warble(8, 2))
        for at in range(0, len(other), FRAME_BYTES):
            peer.mouth.put(other[at : at + FRAME_BYTES])
            await asyncio.sleep(FRAME_SECONDS)
        await asyncio.sleep(0.3)
        leg.hang_up("phone")
        assert sounds.presence(VOICE, np.frombuffer(peer.heard, "<i2") / 32768) > 0.9
        assert over_the_socket == []
        tape.write_wav(tmp_path / "spoken.wav", 4)
        assert sounds.presence(sounds.warble(8, 2), sounds.read((tmp_path / "spoken.wav").read_bytes())) > 0.9
        await carrying


async def test_when_it_breaks_the_socket_takes_over(leg: Leg) -> None:
    over_the_socket: list[bytes] = []
    async with _connected(over_the_socket.append) as (audio, peer):
        carrying = asyncio.create_task(audio.carry(leg))
        await asyncio.sleep(0.2)
        assert over_the_socket == []
        await peer.close()
        await until(lambda: bool(over_the_socket))
        leg.hang_up("phone")
        await carrying


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "v=0",
        "nonsense\r\n" * 100,
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
        "v=0\r\nm=\x00\r\na=fingerprint:\r\n",
    ],
)
async def test_an_offer_that_is_none_is_refused(offer: str) -> None:
    audio = TabAudio(HERE, lambda _: None)
    with pytest.raises(ValueError, match="cannot be answered"):
        await audio.offered(offer)
    await audio.close()


async def test_an_offer_of_video_is_refused() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("video")
    await peer.setLocalDescription(await peer.createOffer())
    audio = TabAudio(HERE, lambda _: None)
    with pytest.raises(ValueError, match="one audio track"):
        await audio.offered(peer.localDescription.sdp)
    await peer.close()


async def test_of_offers_at_once_the_last_holds() -> None:
    before = asyncio.all_tasks()
    audio, peers = TabAudio(HERE, lambda _: None), [Peer() for _ in range(3)]
    offers = [await peer.offer() for peer in peers]
    answers = await asyncio.gather(*(audio.offered(offer) for offer in offers))
    await peers[-1].accept(answers[-1])
    await audio.close()
    for peer in peers:
        await peer.close()
    await until(lambda: not asyncio.all_tasks() - before)


async def test_nothing_is_left_of_connections(leg: Leg) -> None:
    before = asyncio.all_tasks()
    for _ in range(5):
        async with _connected(lambda _: None) as (audio, _peer):
            carrying = asyncio.create_task(audio.carry(leg))
            await asyncio.sleep(0.05)
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
    await until(lambda: not asyncio.all_tasks() - before)
    gc.collect()
    left = [each for each in gc.get_objects() if isinstance(each, RTCPeerConnection)]
    assert all(each.connectionState == "closed" for each in left)


async def test_an_ear_that_is_late_leaves_out_the_oldest() -> None:
    ear = Ear()
    for number in range(100):
        ear.put(bytes([number]) * FRAME_BYTES)
    frame = await ear.recv()
    assert bytes(frame.planes[0])[0] == 90
    ear.stop()
