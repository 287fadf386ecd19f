"""Say, play, pause, and what answers a call."""

import pytest

from flowengine.sandbox import LegState
from tests.sandbox.customer import Stage, heard, stage


async def test_a_document_is_said_and_the_call_ends(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Say>One</Say><Say loop='2'>Two</Say></Response>")
    assert heard(phone) == ["One", "Two", "Two"]
    assert phone.state is LegState.COMPLETED
    assert carrier.customer.statuses() == ["in-progress", "completed"]


async def test_the_first_request_says_who_calls(carrier: Stage) -> None:
    phone = await carrier.call("<Response/>")
    [fields] = carrier.customer.asked("/voice")
    assert fields == {
        "call_id": phone.leg.id,
        "from": "+15557650001",
        "to": "+15551230000",
        "direction": "inbound",
        "status": "ringing",
    }


async def test_ssml_is_said_as_its_words(carrier: Stage) -> None:
    phone = await carrier.call(
        "<Response><Say>Hello<break/>dear <emphasis>Ada</emphasis>, <sub alias='doctor'>Dr.</sub></Say></Response>"
    )
    assert heard(phone) == ["Hello dear Ada, doctor"]


async def test_play_says_its_source_and_digits_their_keys(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Play>/audio/hello.wav</Play><Play digits='1w2'/></Response>")
    assert [(piece.kind, piece.text) for piece in phone.heard] == [
        ("play", f"{carrier.customer.url}/audio/hello.wav"),
        ("digits", "12"),
    ]


async def test_a_pause_takes_its_time_and_rings_on_before_the_answer(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Pause length='3'/><Say>Hi</Say><Pause length='2'/></Response>")
    await carrier.clock.advance(2.9)
    assert phone.state is LegState.RINGING
    await carrier.clock.advance(0.1)
    assert (phone.state, heard(phone)) == (LegState.IN_PROGRESS, ["Hi"])
    await carrier.clock.advance(2)
    assert phone.state is LegState.COMPLETED


@pytest.mark.parametrize(
    ("document", "state"),
    [
        ("<Response><Reject/></Response>", LegState.NO_ANSWER),
        ("<Response><Reject reason='busy'/></Response>", LegState.BUSY),
        ("<Response><Hangup/></Response>", LegState.COMPLETED),
        ("<Response><Answer/><Pause/><Reject/></Response>", LegState.COMPLETED),
    ],
)
async def test_ways_to_end(carrier: Stage, document: str, state: LegState) -> None:
    phone = await carrier.call(document)
    await carrier.clock.advance(1)
    assert phone.state is state


async def test_redirect_goes_on_elsewhere(carrier: Stage) -> None:
    carrier.customer.documents["/next"] = "<Response><Say>Next</Say></Response>"
    phone = await carrier.call("<Response><Redirect method='GET'>/next</Redirect><Say>Never</Say></Response>")
    assert heard(phone) == ["Next"]


async def test_documents_that_lead_to_each_other_for_ever_are_stopped(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Redirect>/voice</Redirect></Response>")
    assert heard(phone) == ["We are sorry. An application error has occurred. Goodbye."]
    assert phone.state is LegState.COMPLETED


async def test_prompts_take_time_at_the_pace_that_is_set() -> None:
    async with stage(pace=1) as carrier:
        phone = await carrier.call(
            "<Response><Gather numDigits='1' action='/p'><Say>A long text to be said</Say></Gather></Response>"
        )
        assert phone.awaiting.kind == "prompt"
        await carrier.clock.advance(0.5)
        phone.press("1")
        await carrier.clock.settle()
        assert carrier.customer.asked("/p")[0]["digits"] == "1"
        assert carrier.clock.now() == 0.5


async def test_without_barge_in_a_key_during_the_prompt_is_lost() -> None:
    async with stage(pace=1) as carrier:
        phone = await carrier.call(
            "<Response><Gather numDigits='1' action='/p' bargeIn='false'><Say>A long text</Say></Gather></Response>"
        )
        phone.press("1")
        await carrier.clock.advance(3)
        assert phone.awaiting.kind == "gather"
        phone.press("2")
        await carrier.clock.settle()
        assert carrier.customer.asked("/p")[0]["digits"] == "2"


async def test_the_twiml_vocabulary() -> None:
    async with stage(vocabulary="twiml") as carrier:
        phone = await carrier.call("<Response><Gather numDigits='1' action='/p'/></Response>")
        phone.press("1")
        await carrier.clock.settle()
        [fields] = carrier.customer.asked("/p")
        assert fields["CallSid"] == phone.leg.id
        assert (fields["Digits"], fields["CallStatus"], fields["From"]) == ("1", "in-progress", "+15557650001")


async def test_webhooks_as_json() -> None:
    async with stage(body="json") as carrier:
        await carrier.call("<Response/>")
        [fields] = carrier.customer.asked("/voice")
        assert fields["direction"] == "inbound"
