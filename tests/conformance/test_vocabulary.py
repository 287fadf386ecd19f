"""Every carrier does what it declares, and refuses the rest by name before anything is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from flowengine.carriers.client import TASKS, CarrierClient, Means, UnableError
from flowengine.carriers.conformance import problems
from flowengine.carriers.directory import DIRECTORY, entries
from flowengine.carriers.models import CallState, as_json
from flowengine.runtime.http.rest import CarrierError, NotFoundError
from tests.conformance.carriers import NAMES, PHONE, Set, carrier

BUSINESS = {
    "legalName": "Example Ltd",
    "displayName": "Example",
    "entityType": "llc",
    "country": "US",
    "website": "https://example.com",
    "address": {"street": "1 Main St", "city": "Boston", "state": "MA", "postalCode": "02101", "country": "US"},
    "useCase": "support",
    "expectedUsage": "1000 minutes a month",
}
PERSON = {"name": "Ada Example", "title": "Director", "email": "ada@example.com"}

ASK: dict[str, Callable[[CarrierClient], Awaitable[Any]]] = {
    "numbers.search": lambda client: client.search_numbers(),
    "numbers.buy": lambda client: client.buy_number("+14155550101"),
    "numbers.import": lambda client: client.import_number("+14155550102", "conn_1"),
    "numbers.list": lambda client: client.list_numbers(),
    "numbers.show": lambda client: client.get_number("+14155550101"),
    "numbers.release": lambda client: client.release_number("+14155550101"),
    "numbers.route": lambda client: client.route_number("+14155550101", "https://example.com/voice"),
    "calls.place": lambda client: client.place_call(PHONE),
    "calls.list": lambda client: client.list_calls(),
    "calls.show": lambda client: client.get_call("CA1"),
    "calls.end": lambda client: client.end_call("CA1"),
    "calls.transfer": lambda client: client.transfer_call("CA1", PHONE),
    "messages.send": lambda client: client.send_message(PHONE, "hello"),
    "messages.list": lambda client: client.list_messages(),
    "messages.show": lambda client: client.get_message("SM1"),
    "messages.delete": lambda client: client.delete_message("SM1"),
    "conferences.list": lambda client: client.list_conferences(),
    "conferences.create": lambda client: client.create_conference("room"),
    "conferences.people": lambda client: client.list_participants("CF1"),
    "conferences.add": lambda client: client.add_participant("CF1", PHONE, sender="+15551230000"),
    "recordings.list": lambda client: client.list_recordings(),
    "recordings.delete": lambda client: client.delete_recording("RE1"),
    "rates": lambda client: client.list_rates(),
    "balance": lambda client: client.get_balance(),
    "status": lambda client: client.get_status(),
    "account.caller-id": lambda client: client.set_caller_id("+15550111222"),
    "account.sip-password": lambda client: client.set_sip_password("secret"),
    "account.top-up": lambda client: client.top_up(Decimal(25)),
    "webhooks.list": lambda client: client.list_webhooks(),
    "webhooks.add": lambda client: client.add_webhook("https://example.com/hook"),
    "webhooks.remove": lambda client: client.remove_webhook("wh_1"),
    "kyb.show": lambda client: client.get_kyb(),
    "kyb.draft": lambda client: client.draft_kyb(BUSINESS, PERSON),
    "kyb.submit": lambda client: client.submit_kyb(BUSINESS, PERSON),
}


class NothingIsSent:
    """A runner for clients that must not send anything."""

    async def run(self, operation: Any) -> Any:
        raise AssertionError(f"{operation.request.method} {operation.request.path} was sent")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so, five seconds at most."""
    for _ in range(250):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came about")


def can(name: str, task: str) -> bool:
    return task in entries()[name].client.means


UNKNOWN = dict.fromkeys(NAMES, "CA0") | {"voipbin": "7c4d2f3a-1b80-45f5-b495-3c9ee0000000"}
"""The id of a call that is not there."""

PLACING = [name for name in NAMES if can(name, "calls.place")]


def test_every_task_can_be_asked_for() -> None:
    assert set(ASK) == set(TASKS)


@pytest.mark.parametrize("entry", DIRECTORY, ids=lambda entry: entry.name)
def test_a_carrier_keeps_to_the_rules_of_the_vocabulary(entry) -> None:
    assert problems(entry.client) == []


def test_what_a_carrier_gets_wrong_is_told() -> None:
    class Wrong(CarrierClient):
        name = "wrong"
        means: ClassVar = {"calls.end": Means("DELETE /x"), "calls.hold": Means("POST /x")}
        hints: ClassVar = {"calls.end": "do something else"}

        async def get_call(self, call: str, now: bool) -> Any:  # type: ignore[override]
            return None

    assert problems(Wrong) == [
        f"`calls.hold` is no task: there are {', '.join(TASKS)}",
        "`calls.end` has a hint what to do instead, though it is declared",
        "`get_call` is there, and `calls.show` is not declared",
        "`get_call` takes other parameters than the vocabulary has",
        "`calls.end` is declared, and `end_call` is missing",
    ]


@pytest.mark.parametrize(
    ("name", "task"), [(name, task) for name in NAMES for task in TASKS if not can(name, task)], ids=str
)
async def test_what_a_carrier_cannot_do_is_refused_before_anything_is_sent(name: str, task: str) -> None:
    made = entries()[name].open(entries()[name].embedded("http://127.0.0.1:9"))
    client = made.make(NothingIsSent(), lambda: "key")
    with pytest.raises(UnableError, match=f"{name} has no means for `{task}`") as refused:
        await ASK[task](client)
    assert (refused.value.carrier, refused.value.task) == (name, task)


@pytest.mark.parametrize("name", [name for name in NAMES if can(name, "numbers.search")])
async def test_a_number_is_found_bought_listed_and_given_back(name: str) -> None:
    async with carrier(name) as at:
        found = await at.client.search_numbers(country="US", limit=5)
        assert 0 < len(found) <= 5
        wanted = found[0].number
        bought = await at.client.buy_number(wanted, label="Support")
        assert bought.number == wanted
        assert wanted in [number.number for number in await at.client.list_numbers()]
        assert wanted not in [number.number for number in await at.client.search_numbers()]
        with pytest.raises(CarrierError):
            await at.client.buy_number(wanted)
        if can(name, "numbers.release"):
            await at.client.release_number(wanted)
            assert wanted not in [number.number for number in await at.client.list_numbers()]


@pytest.mark.parametrize("name", PLACING)
async def test_a_call_is_placed_answered_and_ended(name: str) -> None:
    async with carrier(name) as at:
        call = await at.client.place_call(PHONE, sender=at.line)
        assert call.state in (CallState.QUEUED, CallState.INITIATED)
        assert (call.sender, call.to) == (at.line, PHONE)

        async def is_in(*wanted: CallState) -> bool:
            return (await current(at, call.id)).state in wanted

        # At VoIPBIN a call without a flow is over as soon as somebody has answered.
        await until(lambda: is_in(CallState.ANSWERED, CallState.COMPLETED))
        if can(name, "calls.end"):
            await at.client.end_call(call.id)
        else:
            at.sandbox.accounts[name].all[0].calls[call.id].leg.hang_up("phone")
        await until(lambda: is_in(CallState.COMPLETED))
        assert (await current(at, call.id)).seconds is not None
        if can(name, "calls.end"):
            await at.client.end_call(call.id)
            with pytest.raises(NotFoundError):
                await at.client.end_call(UNKNOWN[name])


async def current(at: Set, call: str) -> Any:
    """The call as the carrier tells it now: by its id, or out of the list."""
    if can(at.name, "calls.show"):
        return await at.client.get_call(call)
    return next(each for each in await at.client.list_calls() if each.id == call)


@pytest.mark.parametrize(("ending", "wanted"), [("9901", CallState.BUSY), ("9903", CallState.FAILED)])
@pytest.mark.parametrize("name", PLACING)
async def test_a_call_that_is_not_answered_says_why(name: str, ending: str, wanted: CallState) -> None:
    async with carrier(name) as at:
        call = await at.client.place_call(f"+1555765{ending}", sender=at.line)

        async def told() -> bool:
            return (await current(at, call.id)).state is wanted

        await until(told)


@pytest.mark.parametrize("name", [name for name in NAMES if can(name, "messages.send")])
async def test_a_message_arrives(name: str) -> None:
    async with carrier(name) as at:
        sent = await at.client.send_message(PHONE, "Your table is ready.", sender=at.line)
        assert sent.id
        assert sent.text == "Your table is ready."

        async def arrived() -> bool:
            return [each.text for each in at.sandbox.post.inboxes.get(PHONE, [])] == [sent.text]

        await until(arrived)
        if can(name, "messages.list"):
            listed = await at.client.list_messages(limit=10)
            assert [each.id for each in listed] == [sent.id]
            assert as_json(listed[0])["to"] == PHONE


@pytest.mark.parametrize("name", [name for name in NAMES if can(name, "balance")])
async def test_there_is_something_to_spend(name: str) -> None:
    async with carrier(name) as at:
        balance = await at.client.get_balance()
        assert balance.amount == Decimal(100)
        assert balance.currency == "USD"


async def test_sms_voip_tells_its_rates() -> None:
    async with carrier("sms-voip") as at:
        rates = await at.client.list_rates()
    assert next((rate.iso, rate.sms, rate.currency) for rate in rates) == ("US", Decimal("0.006"), "USD")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "InvalidError"),
        (401, "UnauthorisedError"),
        (402, "NoCreditError"),
        (403, "ForbiddenError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
    ],
)
async def test_errors_come_by_kind_with_the_carriers_own_words(name: str, status: int, kind: str) -> None:
    from flowengine.sandbox.faults import Fault

    task = "calls.list" if can(name, "calls.list") else "numbers.list"
    async with carrier(name) as at:
        at.sandbox.faults.add(Fault(carrier=name, status=status, code="because", message="For a reason."))
        with pytest.raises(CarrierError, match=r"For a reason\.") as refused:
            await ASK[task](at.client)
    assert (type(refused.value).__name__, refused.value.code.lower()) == (kind, "because")
