"""What the embedded carrier's webhooks tell is what the readers of each carrier understand; the rest is refused."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.finespeak.config import FinespeakConfig
from flowengine.carriers.finespeak.webhooks import EVENTS as FINESPEAK_EVENTS
from flowengine.carriers.finespeak.webhooks import read_notice as read_finespeak
from flowengine.carriers.models import CallState, Notice
from flowengine.carriers.sms_voip.config import SmsVoipConfig
from flowengine.carriers.sms_voip.webhooks import read_notice as read_sms_voip
from flowengine.carriers.speko.config import SpekoConfig
from flowengine.carriers.speko.webhooks import read_notice as read_speko
from tests.conformance.carriers import LINE, PHONE, Set, carrier

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
Read = Callable[[Message], Notice | Refused]
READ: dict[str, Read] = {
    "finespeak": lambda message: read_finespeak(FinespeakConfig(webhook_secret="s3"), message),
    "sms-voip": lambda message: read_sms_voip(SmsVoipConfig(webhook_secret=["old", "s3"]), message),
    "speko": lambda message: read_speko(SpekoConfig(webhook_secret=SECRET), message),
}


def message(headers: dict[str, str], body: bytes) -> Message:
    return Message((), {}, time.time(), headers=headers, body=body)


async def told(at: Set, wanted: Callable[[list[Notice]], bool]) -> list[Notice]:
    """The notices that came, as soon as they are what is wanted."""
    for _ in range(250):
        notices = [READ[at.name](message(*each)) for each in at.hook.bodies]
        assert [each for each in notices if isinstance(each, Refused)] == []
        found = [each for each in notices if isinstance(each, Notice)]
        if wanted(found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"only {at.hook.bodies} came")


def states(notices: list[Notice]) -> list[CallState]:
    return [notice.call.state for notice in notices if notice.call is not None]


@pytest.mark.parametrize("name", ["finespeak", "sms-voip", "speko"])
async def test_a_call_is_told_of_to_its_end(name: str) -> None:
    async with carrier(name) as at:
        call = await at.client.place_call(PHONE, sender=at.line)
        await told(at, lambda notices: CallState.ANSWERED in states(notices))
        at.sandbox.accounts[name].all[0].calls[call.id].leg.hang_up("phone")
        notices = await told(at, lambda found: CallState.COMPLETED in states(found))
        state = CallState.UNKNOWN
        for notice in notices:
            assert notice.call is not None
            assert notice.call.id == call.id
            state = state.after(notice.call.state)
        assert state is CallState.COMPLETED
        assert len({notice.key for notice in notices}) == len(notices)


async def test_finespeak_sends_its_five_events() -> None:
    async with carrier("finespeak") as at:
        call = await at.client.place_call(PHONE, sender=LINE)
        await told(at, lambda found: CallState.ANSWERED in states(found))
        await at.client.end_call(call.id)
        await at.client.send_message(PHONE, "hello", sender=LINE)
        at.sandbox.post.deliver(PHONE, LINE, "hello yourself")
        notices = await told(at, lambda found: {notice.event for notice in found} == set(FINESPEAK_EVENTS))
        received = next(each.message for each in notices if each.event == "message.received")
        assert received is not None
        assert (received.sender, received.to, received.text) == (PHONE, LINE, "hello yourself")


async def test_finespeak_tells_of_a_call_to_our_number_and_of_one_that_is_busy() -> None:
    async with carrier("finespeak") as at:
        at.sandbox.network.place_call(PHONE, LINE).hang_up()
        notices = await told(at, lambda found: len(found) == 2)
        assert [notice.event for notice in notices] == ["call.initiated", "call.completed"]
        await at.client.place_call("+15557659901", sender=LINE)
        await told(at, lambda found: CallState.BUSY in states(found))


async def test_sms_voip_sends_its_delivery_report() -> None:
    async with carrier("sms-voip") as at:
        sent = await at.client.send_message(PHONE, "hello")
        (notice,) = await told(at, lambda found: len(found) == 1)
        assert notice.event == "delivery_report"
        assert notice.message is not None
        assert (notice.message.id, notice.message.status) == (sent.id, "delivered")
        assert notice.message.price == sent.price
        failed = await at.client.send_message("+15557659903", "hello")
        last = (await told(at, lambda found: len(found) == 2))[1].message
        assert last is not None
        assert (last.id, last.status) == (failed.id, "failed")


@pytest.mark.parametrize("name", list(READ))
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"{}", b"\xff", b"[" * 100_000, b'{"event": 5}'])
def test_a_body_of_another_form_is_refused_or_says_nothing(name: str, body: bytes) -> None:
    readers: dict[str, Read] = {
        "finespeak": lambda each: read_finespeak(FinespeakConfig(), each),
        "sms-voip": lambda each: read_sms_voip(SmsVoipConfig(), each),
        "speko": lambda each: read_speko(SpekoConfig(), each),
    }
    found = readers[name](message({}, body))
    if isinstance(found, Refused):
        assert found.status == 400
    else:
        assert (found.call, found.message) == (None, None)


@pytest.mark.parametrize("name", list(READ))
def test_an_unsigned_webhook_is_refused_where_a_secret_is_set(name: str) -> None:
    assert READ[name](message({}, b"{}")) == Refused(403, "the request is not signed")


def test_unknown_events_and_fields_are_let_pass() -> None:
    body: dict[str, Any] = {"event": "number.ported", "timestamp": "2025-12-04T10:30:00Z", "data": {"new": [1]}, "x": 1}
    found = read_finespeak(FinespeakConfig(), message({}, json.dumps(body).encode()))
    assert isinstance(found, Notice)
    assert (found.event, found.call, found.message) == ("number.ported", None, None)


def test_finespeak_without_signatures_trusts_a_token_in_the_url() -> None:
    config = FinespeakConfig(webhook_token="unguessable")
    body = b'{"event": "call.answered", "timestamp": "2025-12-04T10:30:00Z", "data": {"call_id": "CA1"}}'
    good = read_finespeak(config, Message((), {"token": "unguessable"}, 0.0, body=body))
    assert isinstance(good, Notice)
    assert good.call is not None
    assert good.call.state is CallState.ANSWERED
    assert isinstance(read_finespeak(config, Message((), {"token": "guess"}, 0.0, body=body)), Refused)
    assert isinstance(read_finespeak(config, Message((), {}, 0.0, body=body)), Refused)


def test_a_state_never_moves_backwards_whatever_the_order() -> None:
    from itertools import permutations

    news = [CallState.INITIATED, CallState.RINGING, CallState.ANSWERED, CallState.COMPLETED, CallState.UNKNOWN]
    for order in permutations(news):
        state = CallState.UNKNOWN
        for each in order:
            state = state.after(each)
        assert state is CallState.COMPLETED
    assert CallState.BUSY.after(CallState.COMPLETED) is CallState.BUSY
