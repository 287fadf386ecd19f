"""Anything that goes wrong at a carrier is made to happen by the control API, over HTTP, and comes to a program as what
it is: at every carrier of the list."""

from typing import Any

import aiohttp
import pytest

from flowengine.carriers.errors import (
    CarrierError,
    ForbiddenError,
    NoCreditError,
    OutcomeUnknownError,
    RateLimitError,
    UnreachableError,
)
from flowengine.carriers.models import CallState
from tests.conformance.carriers import NAMES, PHONE, Set, carrier
from tests.conformance.test_vocabulary import ASK, PLACING, can, current, until

READING = {name: "calls.list" if can(name, "calls.list") else "numbers.list" for name in NAMES}


async def control(at: Set, method: str, path: str, body: dict[str, Any]) -> Any:
    """One request to the control API."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{at.sandbox.url}/sandbox/{path}", json=body) as answer,
    ):
        assert answer.status in (200, 201, 204), await answer.text()
        return await answer.json()


@pytest.mark.parametrize(
    ("behaviour", "wanted"),
    [
        ({"does": "busy", "after": 0}, CallState.BUSY),
        ({"does": "fail", "after": 0}, CallState.FAILED),
        ({"does": "answer", "after": 0, "talk": 0}, CallState.COMPLETED),
        ({"does": "machine", "after": 0, "greeting": 0, "talk": 0.05}, CallState.ANSWERED),
    ],
    ids=["busy", "fail", "answer", "machine"],
)
@pytest.mark.parametrize("name", PLACING)
async def test_a_phone_does_what_it_was_told(name: str, behaviour: dict[str, Any], wanted: CallState) -> None:
    async with carrier(name) as at:
        await control(at, "PUT", "phones/+155576*", behaviour)
        call = await at.client.place_call(PHONE, sender=at.line)

        async def there() -> bool:
            state = (await current(at, call.id)).state
            return state is wanted or (wanted is CallState.ANSWERED and state is CallState.COMPLETED)

        await until(there)


async def test_a_machine_is_told_from_a_person_where_the_carrier_tells_it() -> None:
    async with carrier("telefonie") as at:
        await control(at, "PUT", f"phones/{PHONE}", {"does": "machine", "after": 0, "greeting": 0})
        await at.client.place_call(PHONE, sender=at.line)

        async def there() -> bool:
            return any(call.leg.answered_by == "machine" for call in at.sandbox.exchange.calls.values())

        await until(there)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429, "retry_after": 0}, RateLimitError),
        ({"status": 402}, NoCreditError),
        ({"status": 503}, CarrierError),
        ({"drop": True}, UnreachableError),
        ({"delay": 0.4}, UnreachableError),
    ],
    ids=["429", "402", "outage", "dropped", "slow"],
)
async def test_a_request_that_reads_fails_as_it_was_told(
    name: str, fault: dict[str, Any], kind: type[Exception]
) -> None:
    async with carrier(name, patience=0.1) as at:
        await control(at, "POST", "faults", fault | {"carrier": name, "times": None})
        with pytest.raises(kind):
            await ASK[READING[name]](at.client)


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_over_soon_is_not_noticed(name: str) -> None:
    async with carrier(name, patience=5.0) as at:
        for passing in ({"status": 503}, {"drop": True}, {"delay": 0.2}, {"status": 429, "retry_after": 0}):
            await control(at, "POST", "faults", passing | {"carrier": name})
            await ASK[READING[name]](at.client)


@pytest.mark.parametrize("name", PLACING)
async def test_a_call_while_the_carrier_is_slow_is_not_placed_twice(name: str) -> None:
    async with carrier(name, patience=0.2) as at:
        await control(at, "POST", "faults", {"carrier": name, "method": "POST", "delay": 0.5, "times": None})
        with pytest.raises((OutcomeUnknownError, UnreachableError)):
            await at.client.place_call(PHONE, sender=at.line)


@pytest.mark.parametrize("name", ["telefonie", "finespeak", "sms-voip", "speko"])
async def test_an_account_runs_out_of_money_is_blocked_and_comes_back(name: str) -> None:
    async with carrier(name) as at:
        changed = await control(at, "PATCH", f"accounts/{name}", {"balance": "0"})
        assert changed["balance"] == "0"
        with pytest.raises(NoCreditError if name == "speko" else ForbiddenError):
            await at.client.place_call(PHONE, sender=at.line)
        await control(at, "PATCH", f"accounts/{name}", {"balance": "1", "blocked": True})
        with pytest.raises(ForbiddenError):
            await ASK[READING[name]](at.client)
        await control(at, "PATCH", f"accounts/{name}", {"blocked": False})
        assert (await at.client.place_call(PHONE, sender=at.line)).id
