"""Applications written for TwiML, with the Twilio library's own documents and names, run on this carrier unchanged."""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from flowengine.sandbox import LegState
from tests.sandbox.customer import Fields, heard, stage


def _menu(_fields: Fields) -> str:
    response = VoiceResponse()
    gather = Gather(
        input="dtmf speech", num_digits=1, timeout=3, speech_timeout="auto", hints="sales", action="/chosen"
    )
    gather.say("For sales, press 1.", voice="alice", language="en-US")
    response.append(gather)
    response.redirect("/voice")
    return str(response)


def _chosen(fields: Fields) -> str:
    response = VoiceResponse()
    if fields.get("Digits") == "1":
        dial = Dial(timeout=20, record="record-from-answer-dual", action="/dialled", answer_on_bridge=True)
        dial.number("+15558889901", status_callback="/child", status_callback_event="answered completed")
        response.append(dial)
    else:
        response.redirect("/voice")
    return str(response)


def _dialled(fields: Fields) -> str:
    response = VoiceResponse()
    response.say(f"The line was {fields['DialCallStatus']}. Leave a message.")
    response.record(max_length=60, timeout=5, transcribe=True, play_beep=True, action="/recorded", trim="trim-silence")
    return str(response)


def _recorded(fields: Fields) -> str:
    response = VoiceResponse()
    response.say(f"Thank you for {fields['RecordingDuration']} seconds.")
    response.hangup()
    return str(response)


async def test_an_application_for_twiml() -> None:
    async with stage(vocabulary="twiml") as carrier:
        carrier.customer.documents |= {"/chosen": _chosen, "/dialled": _dialled, "/recorded": _recorded}
        phone = await carrier.call(_menu)
        await carrier.clock.advance(3)
        phone.press("1")
        await carrier.clock.advance(1)
        phone.leave(4, "Call me.")
        await carrier.clock.advance(9)
        assert heard(phone) == [
            "For sales, press 1.",
            "For sales, press 1.",
            "The line was busy. Leave a message.",
            "beep",
            "Thank you for 4 seconds.",
        ]
        assert phone.state is LegState.COMPLETED
        assert [fields["CallStatus"] for fields in carrier.customer.asked("/child")] == ["ringing", "busy"]
        assert carrier.customer.asked("/recorded")[0]["TranscriptionText"] == "Call me."
        assert carrier.customer.asked("/status")[-1]["CallDuration"] == "13"
