"""Queues: callers who wait, agents who take them."""

from typing import Any

from flowengine.sandbox import LegState
from tests.sandbox.customer import Stage, heard, stage

WAITING = "<Response><Enqueue action='/after' waitUrl='/wait'>support</Enqueue></Response>"
AGENT = "<Response><Dial action='/served'><Queue>support</Queue></Dial></Response>"


async def _wait(carrier: Stage) -> Any:
    carrier.customer.documents.setdefault(
        "/wait", lambda fields: f"<Response><Say>{fields['queue_position']}</Say><Pause length='5'/></Response>"
    )
    return await carrier.call(WAITING)


async def test_callers_are_taken_in_their_order(carrier: Stage) -> None:
    first, second = await _wait(carrier), await _wait(carrier)
    await carrier.clock.advance(6)
    assert (heard(first), heard(second)) == (["1", "1"], ["2", "2"])
    agent = await carrier.call(AGENT)
    assert (first.awaiting.kind, second.awaiting.kind, agent.awaiting.kind) == ("bridge", "pause", "bridge")
    assert second.is_in("queue")
    assert not first.is_in("queue")
    await carrier.clock.advance(4)
    assert heard(second)[-1] == "1"
    await carrier.clock.advance(6)
    agent.hang_up()
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/after")
    assert (fields["queue_result"], fields["queue_time"]) == ("bridged", "6")
    assert second.state is LegState.IN_PROGRESS


async def test_the_caller_hangs_up_on_the_agent(carrier: Stage) -> None:
    caller, agent = await _wait(carrier), await carrier.call(AGENT)
    caller.hang_up()
    await carrier.clock.settle()
    assert carrier.customer.asked("/served")[0]["dial_call_status"] == "completed"
    assert agent.state is LegState.COMPLETED


async def test_an_agent_waits_for_a_caller(carrier: Stage) -> None:
    agent = await carrier.call(AGENT)
    assert agent.awaiting.data["numbers"] == ["queue:support"]
    caller = await _wait(carrier)
    assert (caller.awaiting.kind, agent.awaiting.kind) == ("bridge", "bridge")


async def test_an_agent_does_not_wait_for_ever(carrier: Stage) -> None:
    await carrier.call(AGENT)
    await carrier.clock.advance(30)
    assert carrier.customer.asked("/served")[0]["dial_call_status"] == "no-answer"


async def test_a_caller_leaves_by_a_key(carrier: Stage) -> None:
    carrier.customer.documents["/wait"] = (
        "<Response><Gather numDigits='1' action='/leave'><Say>Press 1</Say></Gather></Response>"
    )
    carrier.customer.documents["/leave"] = "<Response><Leave/></Response>"
    caller = await carrier.call("<Response><Enqueue waitUrl='/wait'>support</Enqueue><Say>Left</Say></Response>")
    caller.press("1")
    await carrier.clock.settle()
    assert heard(caller) == ["Press 1", "Left"]
    assert carrier.sandbox.network.queue("support").entries == []


async def test_a_caller_hangs_up(carrier: Stage) -> None:
    caller = await _wait(carrier)
    await carrier.clock.advance(3)
    caller.hang_up()
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/after")
    assert (fields["queue_result"], fields["queue_time"]) == ("hangup", "3")
    assert carrier.sandbox.network.queue("support").entries == []


async def test_a_waiting_document_that_fails(carrier: Stage) -> None:
    carrier.customer.documents["/wait"] = 500
    await _wait(carrier)
    assert carrier.customer.asked("/after")[0]["queue_result"] == "error"


async def test_a_full_queue(carrier: Stage) -> None:
    carrier.sandbox.network.queue_seats = 1
    await _wait(carrier)
    await _wait(carrier)
    assert carrier.customer.asked("/after")[0]["queue_result"] == "queue-full"


async def test_a_redirect_takes_a_caller_out() -> None:
    async with stage() as carrier:
        caller = await _wait(carrier)
        carrier.customer.documents["/away"] = "<Response><Say>Away</Say></Response>"
        url = f"{carrier.customer.url}/away"
        assert (await carrier.request("POST", f"/calls/{caller.leg.id}", {"url": url}))[0] == 200
        await carrier.clock.settle()
        assert heard(caller)[-1] == "Away"
        assert carrier.sandbox.network.queue("support").entries == []
        assert carrier.customer.asked("/after") == []


async def test_a_waiting_document_that_takes_no_time_is_asked_for_once_a_second(carrier: Stage) -> None:
    carrier.customer.documents["/wait"] = "<Response/>"
    await _wait(carrier)
    await carrier.clock.advance(3.5)
    assert [fields["queue_time"] for fields in carrier.customer.asked("/wait")] == ["0", "1", "2", "3"]
