"""Dial to numbers: outcomes, several at once, screening, limits."""

import pytest

from flowengine.sandbox import Handset, LegState, NumberConfig
from tests.sandbox.customer import Stage, heard


def _transfer(number: str = "+15558880000", attributes: str = "") -> str:
    return f"<Response><Dial action='/after' {attributes}>{number}</Dial></Response>"


@pytest.fixture
def ringing(carrier: Stage) -> list[Handset]:
    """The phones that rang, each left to the test."""
    phones: list[Handset] = []

    def take(handset: Handset) -> bool:
        phones.append(handset)
        return True

    carrier.sandbox.network.operators.append(take)
    return phones


@pytest.mark.parametrize(
    ("ending", "status", "seconds"),
    [("9901", "busy", 1), ("9902", "no-answer", 30), ("9903", "failed", 1), ("0000", "completed", 21)],
)
async def test_outcomes_by_the_end_of_the_number(carrier: Stage, ending: str, status: str, seconds: int) -> None:
    await carrier.call(_transfer(f"+1555888{ending}"))
    await carrier.clock.advance(seconds - 0.1)
    assert carrier.customer.asked("/after") == []
    await carrier.clock.advance(0.1)
    [fields] = carrier.customer.asked("/after")
    assert fields["dial_call_status"] == status
    assert fields["dial_bridged"] == ("true" if status == "completed" else "false")
    assert fields["dial_call_duration"] == ("20" if status == "completed" else "0")


async def test_a_number_that_cannot_be_dialled_fails(carrier: Stage) -> None:
    await carrier.call(_transfer("operator"))
    assert carrier.customer.asked("/after")[0]["dial_call_status"] == "failed"


async def test_who_is_rung_may_decline(carrier: Stage, ringing: list[Handset]) -> None:
    await carrier.call(_transfer())
    ringing[0].hang_up()
    await carrier.clock.settle()
    assert carrier.customer.asked("/after")[0]["dial_call_status"] == "busy"


async def test_the_first_to_answer_is_connected(carrier: Stage, ringing: list[Handset]) -> None:
    caller = await carrier.call(_transfer("<Number>+15558880001</Number><Number>+15558880002</Number>"))
    assert caller.awaiting.data["numbers"] == ["+15558880001", "+15558880002"]
    ringing[1].answer()
    await carrier.clock.settle()
    assert ringing[0].state is LegState.CANCELED
    assert (caller.awaiting.kind, ringing[1].awaiting.kind) == ("bridge", "bridge")
    await carrier.clock.advance(7)
    ringing[1].hang_up()
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/after")
    assert (fields["dial_call_id"], fields["dial_call_duration"]) == (ringing[1].leg.id, "7")


async def test_they_hear_each_other(carrier: Stage, ringing: list[Handset]) -> None:
    caller = await carrier.call(_transfer())
    ringing[0].answer()
    await carrier.clock.settle()
    frame = b"\x10\x20" * 160
    caller.leg.pick_up_sound(frame)
    assert ringing[0].leg.media.listen(160) == frame
    ringing[0].leg.pick_up_sound(frame)
    assert caller.leg.media.listen(160) == frame


async def test_the_caller_leaves_while_it_rings(carrier: Stage, ringing: list[Handset]) -> None:
    caller = await carrier.call(_transfer())
    caller.hang_up()
    await carrier.clock.settle()
    assert ringing[0].state is LegState.CANCELED
    assert carrier.customer.asked("/after")[0]["dial_call_status"] == "canceled"


async def test_the_caller_leaves_while_they_talk(carrier: Stage, ringing: list[Handset]) -> None:
    caller = await carrier.call(_transfer(attributes="record='true'"))
    ringing[0].answer()
    await carrier.clock.advance(3)
    caller.hang_up()
    await carrier.clock.settle()
    assert ringing[0].state is LegState.COMPLETED
    [fields] = carrier.customer.asked("/after")
    assert (fields["dial_call_duration"], fields["recording_duration"]) == ("3", "3")


async def test_the_caller_leaves_and_there_is_no_action(carrier: Stage, ringing: list[Handset]) -> None:
    caller = await carrier.call("<Response><Dial>+15558880000</Dial></Response>")
    caller.hang_up()
    await carrier.clock.settle()
    assert ringing[0].state is LegState.CANCELED
    assert len(carrier.customer.asked("/voice")) == 1


@pytest.mark.parametrize(("key", "accepted"), [("1", True), ("2", False), (None, False)])
async def test_screening(carrier: Stage, ringing: list[Handset], key: str | None, accepted: bool) -> None:
    carrier.customer.documents["/screen"] = (
        "<Response><Gather numDigits='1' action='/choice'><Say>Press 1</Say></Gather><Hangup/></Response>"
    )
    carrier.customer.documents["/choice"] = lambda fields: (
        "<Response/>" if fields["digits"] == "1" else "<Response><Hangup/></Response>"
    )
    caller = await carrier.call(_transfer("<Number url='/screen'>+15558880001</Number>"))
    ringing[0].answer()
    await carrier.clock.settle()
    assert heard(ringing[0]) == ["Press 1"]
    assert caller.awaiting.kind == "dial"
    if key is None:
        await carrier.clock.advance(5)
    else:
        ringing[0].press(key)
        await carrier.clock.settle()
    if accepted:
        assert caller.awaiting.kind == "bridge"
    else:
        [fields] = carrier.customer.asked("/after")
        assert (fields["dial_call_status"], fields["dial_bridged"]) == ("no-answer", "false")


async def test_phones_that_act_by_themselves_accept_a_screening_or_not(carrier: Stage) -> None:
    carrier.customer.documents["/screen"] = "<Response><Gather numDigits='1' action='/ok'/><Hangup/></Response>"
    await carrier.call(_transfer("<Number url='/screen'>+15558889905</Number>"))
    await carrier.clock.advance(10)
    assert carrier.customer.asked("/after")[0]["dial_call_status"] == "no-answer"
    await carrier.call(_transfer("<Number url='/screen'>+15558889906</Number>"))
    await carrier.clock.advance(30)
    assert carrier.customer.asked("/after")[1]["dial_call_status"] == "completed"


async def test_star_hangs_up_the_other(carrier: Stage, ringing: list[Handset]) -> None:
    caller = await carrier.call(_transfer(attributes="hangupOnStar='true'"))
    ringing[0].answer()
    await carrier.clock.settle()
    caller.press("*")
    await carrier.clock.settle()
    assert ringing[0].state is LegState.COMPLETED
    assert caller.state is LegState.COMPLETED
    assert carrier.customer.asked("/after")[0]["dial_call_status"] == "completed"


async def test_the_time_limit(carrier: Stage, ringing: list[Handset]) -> None:
    await carrier.call(_transfer(attributes="timeLimit='60'"))
    ringing[0].answer()
    await carrier.clock.advance(60)
    assert carrier.customer.asked("/after")[0]["dial_call_duration"] == "60"


async def test_a_recorded_conversation(carrier: Stage, ringing: list[Handset]) -> None:
    await carrier.call(_transfer(attributes="record='record-from-answer'"))
    ringing[0].answer()
    await carrier.clock.advance(9)
    ringing[0].hang_up()
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/after")
    assert fields["recording_duration"] == "9"
    async with carrier.api.get(fields["recording_url"]) as response:
        assert len(await response.read()) == 44 + 9 * 16_000


async def test_without_an_action_the_document_goes_on(carrier: Stage) -> None:
    caller = await carrier.call("<Response><Dial>+15558889901</Dial><Say>Nobody</Say></Response>")
    await carrier.clock.advance(1)
    assert heard(caller) == ["Nobody"]


async def test_keys_pressed_before_are_thrown_away(carrier: Stage) -> None:
    carrier.customer.documents["/after"] = "<Response><Gather numDigits='1' action='/key'/></Response>"
    caller = await carrier.call("<Response><Pause length='1'/><Dial action='/after'>+15558889901</Dial></Response>")
    caller.press("7")
    await carrier.clock.advance(2)
    assert caller.awaiting.kind == "gather"
    assert carrier.customer.asked("/key") == []


async def test_a_dial_to_a_line_of_our_own(carrier: Stage) -> None:
    carrier.customer.documents["/inner"] = "<Response><Say>Inside</Say><Pause length='2'/></Response>"
    carrier.sandbox.exchange.own("+15551230009", NumberConfig(voice_url=f"{carrier.customer.url}/inner"))
    await carrier.call(_transfer("+15551230009"))
    await carrier.clock.advance(2)
    [fields] = carrier.customer.asked("/after")
    assert (fields["dial_call_status"], fields["dial_call_duration"]) == ("completed", "2")


async def test_keys_sent_to_a_line_of_our_own_arrive(carrier: Stage) -> None:
    carrier.customer.documents["/inner"] = "<Response><Gather numDigits='2' action='/key'/></Response>"
    carrier.sandbox.exchange.own("+15551230009", NumberConfig(voice_url=f"{carrier.customer.url}/inner"))
    carrier.customer.documents["/out"] = "<Response><Play digits='w4w2'/><Pause length='1'/></Response>"
    body = {"to": "+15551230009", "from": "+15551230000", "url": f"{carrier.customer.url}/out"}
    await carrier.request("POST", "/calls", body)
    await carrier.clock.advance(1)
    assert carrier.customer.asked("/key")[0]["digits"] == "42"
