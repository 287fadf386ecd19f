"""One vocabulary over all carriers: what a program asks of any of them.

A carrier overrides what it can do. What it cannot is refused here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

from flowengine.carriers.models import (
    AvailableNumber,
    Balance,
    Call,
    Conference,
    Kyb,
    Message,
    Number,
    Rate,
    Recording,
)
from flowengine.carriers.operation import Operation

T = TypeVar("T")


class Evidence(StrEnum):
    """How it is known that a carrier has something."""

    DOCUMENTED = "D"
    PUBLIC = "P"
    CODE = "C"
    INFERRED = "I"


@dataclass(frozen=True, slots=True)
class Means:
    """What a carrier does something with: its request, and how that is known."""

    request: str
    evidence: Evidence = Evidence.DOCUMENTED


TASKS: Mapping[str, str] = {
    "numbers.search": "search_numbers",
    "numbers.buy": "buy_number",
    "numbers.list": "list_numbers",
    "numbers.release": "release_number",
    "numbers.route": "route_number",
    "calls.place": "place_call",
    "calls.list": "list_calls",
    "calls.show": "get_call",
    "calls.end": "end_call",
    "messages.send": "send_message",
    "messages.list": "list_messages",
    "conferences": "list_conferences",
    "recordings": "list_recordings",
    "rates": "list_rates",
    "balance": "get_balance",
    "kyb.show": "get_kyb",
    "kyb.draft": "draft_kyb",
    "kyb.submit": "submit_kyb",
}
"""Everything that can be asked of a carrier, and the method that does it."""


class UnableError(Exception):
    """The carrier has no means for this; nothing was sent."""

    def __init__(self, carrier: str, task: str, hint: str = "") -> None:
        super().__init__(f"{carrier} has no means for `{task}`{f': {hint}' if hint else ''}")
        self.carrier = carrier
        self.task = task
        self.hint = hint


class InvalidRequestError(ValueError):
    """The request cannot be right, so it was not sent; the message says what is wrong with it."""


class Runner(Protocol):
    """Carries out operations: the runtime's REST client."""

    async def run(self, operation: Operation[T]) -> T: ...


class CarrierClient:
    """A carrier's API in the common vocabulary.

    All methods raise `UnableError` where the carrier has no means, and `InvalidRequestError` where a value cannot be
    right; both before anything is sent. Otherwise they raise what the runner raises.

    Attributes:
        means: What the carrier can do, and with which request.
        hints: What to do instead of a thing that it cannot.
    """

    name: ClassVar[str]
    means: ClassVar[Mapping[str, Means]]
    hints: ClassVar[Mapping[str, str]] = {}

    def __init__(self, runner: Runner, new_key: Callable[[], str]) -> None:
        """`new_key` makes a new text, different each time: for carriers that take an idempotency key."""
        self._runner = runner
        self._new_key = new_key

    async def run(self, operation: Operation[T]) -> T:
        """Carry out any operation of this carrier."""
        return await self._runner.run(operation)

    def _unable(self, task: str) -> UnableError:
        return UnableError(self.name, task, self.hints.get(task, ""))

    # Numbers.

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[AvailableNumber]:
        """Numbers that can be bought; `country` is an ISO 3166 code of two letters."""
        raise self._unable("numbers.search")

    async def buy_number(self, number: str, *, label: str | None = None) -> Number:
        """Buy a number. It is never sent twice."""
        raise self._unable("numbers.buy")

    async def list_numbers(self) -> list[Number]:
        """Our numbers."""
        raise self._unable("numbers.list")

    async def release_number(self, number: str) -> None:
        """Give a number back; `number` is in E.164 form, or the carrier's id."""
        raise self._unable("numbers.release")

    async def route_number(self, number: str, target: str) -> Number:
        """Let `target` answer a number: a URL, or the id of a flow or an agent, as the carrier has it."""
        raise self._unable("numbers.route")

    # Calls.

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> Call:
        """Dial. It is never sent twice, unless the carrier takes an idempotency key."""
        raise self._unable("calls.place")

    async def list_calls(self, *, limit: int = 50) -> list[Call]:
        """The latest calls."""
        raise self._unable("calls.list")

    async def get_call(self, call: str) -> Call:
        """One call."""
        raise self._unable("calls.show")

    async def end_call(self, call: str) -> None:
        """Hang up."""
        raise self._unable("calls.end")

    # Messages.

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> Message:
        """Send a text message. It is never sent twice, unless the carrier takes an idempotency key."""
        raise self._unable("messages.send")

    async def list_messages(self, *, limit: int = 50) -> list[Message]:
        """The latest messages."""
        raise self._unable("messages.list")

    # The rest.

    async def list_conferences(self) -> list[Conference]:
        """Conferences."""
        raise self._unable("conferences")

    async def list_recordings(self, *, call: str | None = None) -> list[Recording]:
        """Recordings; of one call, where it is named."""
        raise self._unable("recordings")

    async def list_rates(self) -> list[Rate]:
        """Prices by country."""
        raise self._unable("rates")

    async def get_balance(self) -> Balance:
        """What there is to spend."""
        raise self._unable("balance")

    async def get_kyb(self) -> Kyb:
        """How far the verification of the business is."""
        raise self._unable("kyb.show")

    async def draft_kyb(self, business: Mapping[str, Any], representative: Mapping[str, Any]) -> Kyb:
        """Save a draft of what the verification needs."""
        raise self._unable("kyb.draft")

    async def submit_kyb(self, business: Mapping[str, Any], representative: Mapping[str, Any]) -> Kyb:
        """Hand it in, attesting that it is true."""
        raise self._unable("kyb.submit")


def needs(value: str | None, carrier: str, what: str) -> str:
    """A value that this carrier cannot do without.

    Raises:
        InvalidRequestError: it is not there.
    """
    if not value:
        raise InvalidRequestError(f"{carrier} needs {what}")
    return value
