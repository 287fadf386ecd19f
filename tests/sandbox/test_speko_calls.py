"""Calls onto Speko's agents: placed, transferred, ended, and what is told of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation
from flowengine.carriers.speko import rest
from flowengine.carriers.speko.models import Dialled
from flowengine.runtime.http.rest import CarrierError, ConflictError, NotFoundError
from flowengine.sandbox.network.leg import LegState
from tests.conformance.carriers import PHONE, SPEKO_LINE, Set, carrier

AGENT = "agent_sandbox"
OTHER = "+15557650002"


async def until(condition: Callable[[], Any]) -> None:
    """Wait until something is so, five seconds at most."""
    for _ in range(250):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came about")


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Set, Dialled]]:
    """A call that was answered."""
    async with carrier("speko") as at:
        dialled = await at.client.run(rest.dial(PHONE, caller=SPEKO_LINE, agent=AGENT, first_message="Good morning."))
        await until(lambda: leg(at, dialled).is_answered)
        yield at, dialled


def leg(at: Set, dialled: Dialled) -> Any:
    return at.sandbox.accounts["speko"].all[0].calls[dialled.session_id].leg


async def test_the_agent_talks_and_the_call_is_told_of() -> None:
    async with connected() as (at, dialled):
        await until(lambda: [heard.text for heard in leg(at, dialled).heard] == ["Good morning."])
        call = await at.client.run(rest.get_call(dialled.session_id))
        assert (call.agent_id, call.status, call.metadata["to"]) == (AGENT, "in_progress", PHONE)
        events = await at.client.run(rest.list_events(dialled.session_id))
        assert [event.status for event in events] == ["queued", "ringing", "in-progress"]
        ended = await at.client.run(rest.end_call(dialled.session_id))
        assert (ended.ok, ended.status) == (True, "ending")
        assert (await at.client.run(rest.end_call(dialled.session_id))).status == "already_ended"
        page = await at.client.run(rest.list_calls(AGENT, limit=1))
        assert [call.id for call in page.calls] == [dialled.session_id]


async def test_a_call_to_our_number_is_taken_by_its_agent() -> None:
    async with carrier("speko") as at:
        handset = at.sandbox.network.place_call(PHONE, SPEKO_LINE)
        await until(lambda: handset.state is LegState.IN_PROGRESS)
        (number,) = await at.client.run(rest.list_numbers())
        await at.client.run(rest.change_number(number.id, direction="outbound", agent=None))
        assert at.sandbox.network.place_call(PHONE, SPEKO_LINE).state is LegState.BUSY


@pytest.mark.parametrize(("to", "status", "cause"), [(OTHER, "completed", None), ("+15557659901", "failed", "busy")])
async def test_a_blind_transfer_tells_how_it_went(to: str, status: str, cause: str | None) -> None:
    async with connected() as (at, dialled):
        transfer = await at.client.run(rest.transfer_blind(dialled.session_id, to, ringing=5))
        assert (transfer.kind, transfer.status, transfer.transfer_to) == ("blind", "requested", to)
        for _ in range(250):
            (found,) = (await at.client.run(rest.get_call(dialled.session_id))).transfers
            if found.status != "requested":
                break
            await asyncio.sleep(0.02)
        assert (found.status, found.failure_cause) == (status, cause)
        assert leg(at, dialled).is_answered


async def test_a_warm_transfer_is_completed_or_cancelled_once() -> None:
    async with connected() as (at, dialled):
        call = dialled.session_id
        first = await at.client.run(rest.transfer_warm(call, OTHER, prompt="A caller about an order."))
        assert first.status == "screening"
        assert (await at.client.run(rest.cancel_transfer(call, first.id))).status == "cancelled"
        with pytest.raises(ConflictError):
            await at.client.run(rest.complete_transfer(call, first.id))
        second = await at.client.run(rest.transfer_warm(call, OTHER))
        assert (await at.client.run(rest.complete_transfer(call, second.id))).status == "bridging"
        with pytest.raises(NotFoundError):
            await at.client.run(rest.cancel_transfer(call, "tr_none"))


async def test_what_is_over_cannot_be_transferred() -> None:
    async with connected() as (at, dialled):
        await at.client.end_call(dialled.session_id)
        with pytest.raises(ConflictError):
            await at.client.run(rest.transfer_blind(dialled.session_id, OTHER))


async def test_a_call_needs_a_known_agent_our_number_and_credits() -> None:
    async with carrier("speko") as at:
        with pytest.raises(NotFoundError):
            await at.client.run(rest.dial(PHONE, agent="nobody"))
        with pytest.raises(NotFoundError):
            await at.client.run(rest.dial(PHONE, caller="+12015551234", agent=AGENT))
        at.sandbox.accounts["speko"].all[0].balance *= 0
        with pytest.raises(CarrierError) as refused:
            await at.client.place_call(PHONE)
        assert (refused.value.status, refused.value.code) == (402, "INSUFFICIENT_BALANCE")


async def test_webhooks_are_set_up_used_and_taken_away() -> None:
    async with carrier("speko") as at:
        account = at.sandbox.accounts["speko"].all[0]
        account.webhook_url = ""
        made = await at.client.run(rest.create_webhook("mine", at.hook.url, ["call.report"], secret="whsec_MDE="))
        assert [each.id for each in await at.client.run(rest.list_webhooks())] == [made.id]
        dialled = await at.client.run(rest.dial("+15557659901", caller=SPEKO_LINE, agent=AGENT))
        await until(lambda: leg(at, dialled).is_over)
        await until(lambda: len(at.hook.bodies) == 1)
        headers, body = at.hook.bodies[0]
        assert b"call.report" in body
        assert headers["webhook-signature"].startswith("v1,")
        await at.client.run(rest.delete_webhook(made.id))
        assert await at.client.run(rest.list_webhooks()) == []


@pytest.mark.parametrize(
    "field", [{"telephony": {"region": {}}}, {"intent": {"language": "English"}}, {"voice": 1}, {"variables": {"a": 1}}]
)
async def test_what_only_a_real_agent_needs_is_held_to_its_form(field: dict[str, Any]) -> None:
    async with carrier("speko") as at:
        body = {"to": PHONE, "from": SPEKO_LINE, "agentId": AGENT}
        with pytest.raises(CarrierError) as refused:
            await at.client.run(Operation(Request("POST", "/v1/sessions/phone", body | field), lambda answer: answer))
        assert refused.value.status == 400
        right = {"telephony": {"region": "eu"}, "intent": {"language": "en-US"}, "variables": {"a": "1"}}
        await at.client.run(Operation(Request("POST", "/v1/sessions/phone", body | right), lambda answer: answer))
