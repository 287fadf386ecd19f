"""The suite that is offered to writers of carriers: every carrier of ours passes, and what is wrong is found."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from flowengine.carriers.client import TASKS, CarrierClient, Means
from flowengine.carriers.conformance import ASK, CREATES
from flowengine.carriers.contract import Request
from flowengine.carriers.directory import Entry, Opened, entries
from flowengine.carriers.errors import CarrierError
from flowengine.carriers.models import Balance, Message
from flowengine.carriers.operation import Operation
from flowengine.carriers.reading import money, object_of, required, text
from flowengine.carriers.registry import Api
from flowengine.runtime.conformance import fits, misbehaviour
from tests.conformance.carriers import NAMES


@pytest.mark.parametrize("name", NAMES)
async def test_every_carrier_keeps_to_the_rules(name: str) -> None:
    assert await misbehaviour(entries()[name]) == []


def test_every_task_is_asked_for() -> None:
    assert set(ASK) == set(TASKS)
    assert set(TASKS) >= CREATES


def test_a_request_is_known_by_its_template() -> None:
    assert fits("GET /calls/{call_id}", "GET", "/v1/calls/CA1")
    assert not fits("GET /calls/{call_id}", "DELETE", "/v1/calls/CA1")
    assert not fits("GET /calls/{call_id}", "GET", "/v1/calls/CA1/events")
    assert not fits("GET /calls", "GET", "/v1/calls/CA1")


ANSWERS = {"POST /texts": {"id": "t1", "state": "sent"}, "GET /balance": {"amount": "1.50"}}


def carrier(
    send: Callable[[], Operation[Message]] | None = None, balance: Callable[[Any], Balance] | None = None, **more: Any
) -> Entry:
    """A carrier with messages and a balance; what is given is done in another way."""

    def read(answer: Any) -> Message:
        fields = object_of(answer)
        return Message(id=required(fields, "id"), status=text(fields, "state"))

    def read_balance(answer: Any) -> Balance:
        amount = money(object_of(answer), "amount")
        if amount is None:
            raise ValueError("the answer has no amount")
        return Balance(amount=amount)

    class Client(CarrierClient):
        name: ClassVar = "some"
        means: ClassVar = {"messages.send": Means("POST /texts"), "balance": Means("GET /balance")}

        async def send_message(
            self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
        ) -> Message:
            made = send() if send else Operation(Request("POST", "/texts", {"to": to}), read)
            return await self.run(made)

        async def get_balance(self) -> Balance:
            return await self.run(Operation(Request("GET", "/balance"), balance or read_balance))

    for name, method in more.items():
        setattr(Client, name, method)

    def opened(table: Mapping[str, Any]) -> Opened:
        return Opened(Api(table["url"], {"Authorization": "Bearer a-long-key"}), Client)

    return Entry("some", "Some", Client, opened, lambda url: {"url": f"{url}/api"})


async def test_a_good_one_passes() -> None:
    assert await misbehaviour(carrier(), ANSWERS) == []


def message(answer: Any) -> Message:
    return Message(id=str(answer["id"]), status=str(answer.get("state")))


def nothing(answer: Any) -> Balance:
    raise ValueError("it is never as it must be")


async def refusing(self: Any) -> Balance:
    try:
        return Balance(amount=(await self.run(Operation(Request("GET", "/balance"), dict)))["amount"])
    except CarrierError:
        return Balance(amount=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            carrier(lambda: Operation(Request("POST", "/texts", {}, again=True), lambda answer: message(answer))),
            "without an idempotency key",
        ),
        (carrier(lambda: Operation(Request("POST", "/texts"), message)), "is KeyError"),
        (carrier(lambda: Operation(Request("POST", "/sms"), message)), "it sends POST /api/sms, and not POST /texts"),
        (carrier(balance=lambda answer: Balance(amount=len(answer))), "a field that it does not know"),
        (carrier(get_balance=refusing), "401 is taken for an answer, and not UnauthorisedError"),
        (
            carrier(balance=lambda answer: int("x" if answer["amount"] else "1")),
            "the good answer is OutcomeUnknownError",
        ),  # type: ignore[arg-type, return-value]
        (
            carrier(send_message=CarrierClient.send_message),
            "`messages.send` is declared, and `send_message` is missing",
        ),
    ],
)
async def test_what_is_wrong_is_told(entry: Entry, problem: str) -> None:
    found = await misbehaviour(entry, ANSWERS)
    assert any(problem in each for each in found), found


async def test_an_answer_that_nobody_asks_for_is_told() -> None:
    found = await misbehaviour(carrier(), {"GET /credit": {}})
    assert found == ["there is an answer to GET /credit, which no task sends"]
