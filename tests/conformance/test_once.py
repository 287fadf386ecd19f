"""What buys, dials or sends is never done twice, however the answer is lost; with an idempotency key it is repeated."""

import pytest

from flowengine.carriers.client import CarrierClient
from flowengine.carriers.models import AvailableNumber
from flowengine.runtime.http.rest import OutcomeUnknownError
from flowengine.sandbox.faults import Fault
from tests.conformance.carriers import PHONE, Set, carrier

FAULTS = {
    "the answer is dropped": Fault(drop=True, carry_out=True, method="POST", times=None),
    "the answer is 500": Fault(status=500, carry_out=True, method="POST", times=None),
    "the answer is 503": Fault(status=503, carry_out=True, method="POST", times=None),
    "the connection is dropped before": Fault(drop=True, method="POST", times=None),
    "nothing comes in time": Fault(delay=0.6, method="POST", times=None),
}


def placed(at: Set) -> int:
    """How many calls there are, as the carrier's own books have it."""
    if at.name == "telefonie":
        return len(at.sandbox.exchange.calls)
    return len(at.sandbox.accounts[at.name].all[0].calls)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
@pytest.mark.parametrize("name", ["telefonie", "finespeak", "speko"])
async def test_a_call_whose_answer_is_lost_is_placed_once_at_most(name: str, fault: Fault) -> None:
    async with carrier(name, patience=0.3) as at:
        at.sandbox.faults.add(fault.model_copy())
        with pytest.raises(OutcomeUnknownError):
            await at.client.place_call(PHONE, sender=at.line)
        at.sandbox.faults.clear()
        assert placed(at) <= 1


@pytest.mark.parametrize("name", ["telefonie", "finespeak"])
async def test_a_message_and_a_purchase_whose_answers_are_lost_are_made_once(name: str) -> None:
    async with carrier(name) as at:
        found: list[AvailableNumber] = await at.client.search_numbers()
        at.sandbox.faults.add(Fault(drop=True, carry_out=True, method="POST", times=None))
        with pytest.raises(OutcomeUnknownError):
            await at.client.send_message(PHONE, "hello", sender=at.line)
        with pytest.raises(OutcomeUnknownError):
            await at.client.buy_number(found[0].number)
        account = at.sandbox.accounts[name].all[0]
        assert len(account.messages) == 1
        assert found[0].number in account.numbers


@pytest.mark.parametrize("fault", ["drop", "503"])
async def test_with_an_idempotency_key_it_is_sent_again_and_costs_one_call(fault: str) -> None:
    lost = Fault(carry_out=True, method="POST", times=2, drop=fault == "drop", status=None if fault == "drop" else 503)
    async with carrier("sms-voip") as at:
        at.sandbox.faults.add(lost.model_copy())
        call = await at.client.place_call(PHONE)
        assert placed(at) == 1
        assert call.id in at.sandbox.accounts["sms-voip"].all[0].calls
        at.sandbox.faults.add(lost.model_copy())
        sent = await at.client.send_message(PHONE, "hello")
        assert list(at.sandbox.accounts["sms-voip"].all[0].messages) == [sent.id]


async def test_two_wishes_are_two_calls() -> None:
    async with carrier("sms-voip") as at:
        first = await at.client.place_call(PHONE)
        second = await at.client.place_call(PHONE)
        assert first.id != second.id
        assert placed(at) == 2


@pytest.mark.parametrize("name", ["telefonie", "finespeak", "sms-voip", "speko"])
async def test_a_call_that_was_put_off_is_placed_once_the_carrier_takes_it(name: str) -> None:
    async with carrier(name) as at:
        at.sandbox.faults.add(Fault(status=429, retry_after=0, method="POST", times=2))
        client: CarrierClient = at.client
        await client.place_call(PHONE, sender=at.line)
        assert placed(at) == 1
