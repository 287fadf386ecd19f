"""Calls of the embedded VoIPBIN: the limit of actions, and transfers by the API."""

import pytest

from flowengine.sandbox import Handset, LegState
from tests.sandbox.voipbin_stage import AGENT, CALLER, Stage, action, said, stage, talk

HOLD = action("sleep", duration=600_000)
CONNECT = action("connect", source={"type": "tel", "target": CALLER}, destinations=[{"type": "tel", "target": AGENT}])
SECOND, THIRD = "+15557650010", "+15557650011"


async def test_the_hundred_and_second_action_ends_the_call_without_a_word() -> None:
    async with stage() as all_of_it:
        step = action("variable_set", key="a", value="b")
        phone = await all_of_it.call(action("answer"), *[step] * 99, talk("The last one"), HOLD)
        assert said(phone) == ["The last one"]
        assert phone.leg.is_over
        call = await all_of_it.one("calls")
        assert (call["status"], call["hangup_reason"], call["hangup_by"]) == ("hangup", "normal", "local")
        flow = await all_of_it.one("activeflows")
        assert (flow["status"], len(flow["executed_actions"])) == ("ended", 101)


async def test_actions_that_are_fetched_count_and_so_do_loops() -> None:
    async with stage() as all_of_it:
        again = action("fetch", event_url=f"{all_of_it.customer.url}/fetch?${{n}}", event_method="POST")
        count = iter(range(1000))
        all_of_it.customer.actions = lambda body: [
            {**action("variable_set", key="n", value=str(next(count))), "id": _id(1)},
            {**again, "id": _id(2)},
        ]
        phone = await all_of_it.call(again)
        assert phone.leg.is_over
        # Each round takes two: the fetch that is the hundred and first is still made.
        assert len(all_of_it.customer.fetched) == 51


async def test_a_goto_jumps_as_often_as_it_says() -> None:
    async with stage() as all_of_it:
        first = {**talk("Round"), "id": _id(1)}
        phone = await all_of_it.call(
            first, {**action("goto", target_id=_id(1), loop_count=3), "id": _id(2)}, talk("End")
        )
        assert said(phone) == ["Round"] * 4 + ["End"]


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def hears(phone: Handset, other: Handset) -> bool:
    """Whether what is said into one phone is heard in another."""
    other.leg.media.speak(b"\x10\x20" * 80)
    return any(phone.leg.media.listen(80))


async def _connected(all_of_it: Stage) -> tuple[Handset, Handset, str, str]:
    """A caller who talks to an agent: both phones, and the ids of both calls."""
    caller = await all_of_it.call(action("answer"), CONNECT, talk("After"), HOLD)
    (agent,), all_of_it.ringing = all_of_it.ringing, []
    agent.answer()
    await all_of_it.clock.settle()
    _, page = await all_of_it.ask("GET", "/calls")
    far, ours = page["result"]
    assert (far["master_call_id"], ours["chained_call_ids"]) == (ours["id"], [far["id"]])
    return caller, agent, ours["id"], far["id"]


async def _transfer(all_of_it: Stage, kind: str, call: str, *numbers: str) -> int:
    addresses = [{"type": "tel", "target": number} for number in numbers]
    body = {"transfer_type": kind, "transferer_call_id": call, "transferee_addresses": addresses}
    status, _ = await all_of_it.ask("POST", "/transfers", body)
    return status


async def test_a_blind_transfer_by_the_agent() -> None:
    async with stage() as all_of_it:
        caller, agent, _, far = await _connected(all_of_it)
        assert await _transfer(all_of_it, "blind", far, SECOND, THIRD) == 200
        assert agent.leg.is_over
        assert not caller.leg.is_over
        second, third = all_of_it.ringing
        assert said(caller) == []
        third.answer()
        await all_of_it.clock.settle()
        assert second.leg.is_over
        assert hears(caller, third)
        third.hang_up()
        await all_of_it.clock.settle()
        assert said(caller) == ["After"]


async def test_a_blind_transfer_that_nobody_answers() -> None:
    async with stage() as all_of_it:
        caller, _, _, far = await _connected(all_of_it)
        await _transfer(all_of_it, "blind", far, SECOND)
        all_of_it.ringing[0].refuse(LegState.BUSY)
        await all_of_it.clock.settle()
        assert said(caller) == ["After"]


async def test_a_blind_transfer_by_the_caller() -> None:
    async with stage() as all_of_it:
        caller, agent, ours, _ = await _connected(all_of_it)
        await _transfer(all_of_it, "blind", ours, SECOND)
        assert caller.leg.is_over
        assert not agent.leg.is_over
        second = all_of_it.ringing[0]
        second.answer()
        await all_of_it.clock.settle()
        assert hears(agent, second)
        agent.hang_up()
        await all_of_it.clock.settle()
        assert second.leg.is_over


@pytest.mark.parametrize("by_caller", [False, True])
async def test_an_attended_transfer(by_caller: bool) -> None:
    async with stage() as all_of_it:
        caller, agent, ours, far = await _connected(all_of_it)
        leaves, stays = (caller, agent) if by_caller else (agent, caller)
        assert await _transfer(all_of_it, "attended", ours if by_caller else far, SECOND) == 200
        second = all_of_it.ringing[0]
        assert not leaves.leg.is_over
        second.answer()
        await all_of_it.clock.settle()
        assert hears(leaves, second)
        assert hears(stays, second)
        leaves.hang_up()
        await all_of_it.clock.settle()
        assert not stays.leg.is_over
        assert hears(stays, second)
        second.hang_up()
        await all_of_it.clock.settle()
        assert stays.leg.is_over if by_caller else said(stays) == ["After"]


async def test_an_attended_transfer_that_nobody_answers_changes_nothing() -> None:
    async with stage() as all_of_it:
        caller, agent, _, far = await _connected(all_of_it)
        await _transfer(all_of_it, "attended", far, SECOND)
        await all_of_it.clock.advance(61)
        assert not caller.leg.is_over
        assert not agent.leg.is_over
        assert all_of_it.ringing[0].leg.is_over


async def test_only_a_call_that_goes_on_is_transferred() -> None:
    async with stage() as all_of_it:
        body = {"source": {"type": "tel", "target": CALLER}, "destinations": [{"type": "tel", "target": AGENT}]}
        _, placed = await all_of_it.ask("POST", "/calls", body)
        assert await _transfer(all_of_it, "blind", placed["calls"][0]["id"], SECOND) == 409
        assert await _transfer(all_of_it, "blind", _id(9), SECOND) == 404
