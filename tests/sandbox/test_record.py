"""Record: how it ends, what is kept of it."""

import io
import wave

from flowengine.sandbox import LegState
from tests.sandbox.customer import Stage, heard


def _voicemail(attributes: str = "") -> str:
    return f"<Response><Say>Speak</Say><Record action='/done' {attributes}/><Say>Nothing</Say></Response>"


async def _wav_seconds(carrier: Stage, url: str) -> float:
    async with carrier.api.get(url) as response:
        assert response.status == 200
        assert response.content_type in ("audio/wav", "audio/x-wav")
        with wave.open(io.BytesIO(await response.read())) as file:
            return file.getnframes() / file.getframerate()


async def test_silence_ends_it_and_is_cut_off(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail("timeout='4' transcribe='true'"))
    assert heard(phone) == ["Speak", "beep"]
    phone.leave(5, "Please call me back.")
    await carrier.clock.advance(8.9)
    assert phone.awaiting.kind == "record"
    await carrier.clock.advance(0.1)
    [fields] = carrier.customer.asked("/done")
    assert (fields["recording_duration"], fields["digits"]) == ("5", "")
    assert fields["transcription_text"] == "Please call me back."
    assert await _wav_seconds(carrier, fields["recording_url"]) == 5


async def test_a_key_ends_it(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail("finishOnKey='#'"))
    phone.leave(3)
    await carrier.clock.advance(2)
    phone.press("1#")
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/done")
    assert fields["digits"] == "#"


async def test_the_longest_time_ends_it(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail("maxLength='10'"))
    phone.leave(30)
    await carrier.clock.advance(10)
    assert carrier.customer.asked("/done")[0]["recording_duration"] == "10"


async def test_nothing_said_goes_on(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail("timeout='4'"))
    await carrier.clock.advance(4)
    assert heard(phone) == ["Speak", "beep", "Nothing"]
    assert carrier.customer.asked("/done") == []


async def test_hanging_up_keeps_it(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail("recordingStatusCallback='/kept'"))
    phone.leave(4, then_hang_up=True)
    await carrier.clock.settle()
    assert phone.state is LegState.COMPLETED
    [fields] = carrier.customer.asked("/done")
    assert (fields["digits"], fields["recording_duration"]) == ("hangup", "4")
    assert carrier.customer.asked("/kept")[0]["recording_url"] == fields["recording_url"]


async def test_hanging_up_without_a_word_leaves_nothing(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail())
    phone.hang_up()
    await carrier.clock.settle()
    assert carrier.customer.asked("/done") == []


async def test_the_sound_of_the_microphone_is_in_the_file(carrier: Stage) -> None:
    phone = await carrier.call(_voicemail("timeout='2' playBeep='false'"))
    loud = b"\x00\x40" * 160  # 20 ms
    for _ in range(50):
        phone.leg.pick_up_sound(loud)
        await carrier.clock.advance(0.02)
    await carrier.clock.advance(2)
    [fields] = carrier.customer.asked("/done")
    assert fields["recording_duration"] == "1"
    async with carrier.api.get(fields["recording_url"]) as response, response:
        with wave.open(io.BytesIO(await response.read())) as file:
            assert file.readframes(file.getnframes())[:16_000] == loud * 50
