"""One vocabulary over all carriers: what a program asks of any of them.

A carrier overrides what it can do. What it cannot is refused here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

from flowengine.carriers.errors import ConflictError, NotFoundError
from flowengine.carriers.models import (
    AvailableNumber,
    Balance,
    Call,
    Conference,
    Kyb,
    Message,
    Number,
    Participant,
    Rate,
    Recording,
    ServiceStatus,
    Webhook,
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
    "numbers.import": "import_number",
    "numbers.list": "list_numbers",
    "numbers.show": "get_number",
    "numbers.release": "release_number",
    "numbers.route": "route_number",
    "calls.place": "place_call",
    "calls.list": "list_calls",
    "calls.show": "get_call",
    "calls.end": "end_call",
    "calls.transfer": "transfer_call",
    "messages.send": "send_message",
    "messages.list": "list_messages",
    "messages.show": "get_message",
    "messages.delete": "delete_message",
    "conferences.list": "list_conferences",
    "conferences.create": "create_conference",
    "conferences.people": "list_participants",
    "conferences.add": "add_participant",
    "recordings.list": "list_recordings",
    "recordings.delete": "delete_recording",
    "rates": "list_rates",
    "balance": "get_balance",
    "status": "get_status",
    "account.caller-id": "set_caller_id",
    "account.sip-password": "set_sip_password",
    "account.top-up": "top_up",
    "webhooks.list": "list_webhooks",
    "webhooks.add": "add_webhook",
    "webhooks.remove": "remove_webhook",
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

    def placed(self, answer: Any) -> Call:
        """The call that the carrier has placed into a flow, from its answer to the adapter's request.

        Raises:
            ValueError: the answer names no call.
        """
        raise self._unable("calls.place")

    def _unable(self, task: str) -> UnableError:
        return UnableError(self.name, task, self.hints.get(task, ""))

    async def _hang_up(self, hang_up: Operation[Any], call: str) -> None:
        """End a call; to end one that is over is no error.

        Raises:
            CarrierError: the carrier refuses, and the call is not over, or there is none.
        """
        try:
            await self.run(hang_up)
        except (NotFoundError, ConflictError):
            # Carriers differ in what they say to somebody who is late; whether it is over, all say alike.
            if not (await self.get_call(call)).state.is_final:
                raise

    # Numbers.

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[AvailableNumber]:
        """Numbers that can be bought; `country` is an ISO 3166 code of two letters."""
        raise self._unable("numbers.search")

    async def buy_number(self, number: str, *, label: str | None = None) -> Number:
        """Buy a number. It is never sent twice."""
        raise self._unable("numbers.buy")

    async def import_number(self, number: str, connection: str, *, label: str | None = None) -> Number:
        """Bring a number of another provider along, over a SIP connection that the carrier knows by its id."""
        raise self._unable("numbers.import")

    async def list_numbers(self) -> list[Number]:
        """Our numbers."""
        raise self._unable("numbers.list")

    async def get_number(self, number: str) -> Number:
        """One of our numbers; `number` is in E.164 form, or the carrier's id."""
        raise self._unable("numbers.show")

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
        """Hang up; nothing is wrong when the call is over already."""
        raise self._unable("calls.end")

    async def transfer_call(self, call: str, to: str) -> None:
        """Let a call go on with `to`, without asking there first. It is never sent twice."""
        raise self._unable("calls.transfer")

    # Messages.

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> Message:
        """Send a text message. It is never sent twice, unless the carrier takes an idempotency key."""
        raise self._unable("messages.send")

    async def list_messages(self, *, limit: int = 50) -> list[Message]:
        """The latest messages."""
        raise self._unable("messages.list")

    async def get_message(self, message: str) -> Message:
        """One message."""
        raise self._unable("messages.show")

    async def delete_message(self, message: str) -> None:
        """Let the carrier forget a message."""
        raise self._unable("messages.delete")

    # Conferences and recordings.

    async def list_conferences(self) -> list[Conference]:
        """Conferences."""
        raise self._unable("conferences.list")

    async def create_conference(self, name: str, *, seats: int | None = None) -> Conference:
        """Make a conference; `seats` is how many may be in it. It is never sent twice."""
        raise self._unable("conferences.create")

    async def list_participants(self, conference: str) -> list[Participant]:
        """Who is in a conference."""
        raise self._unable("conferences.people")

    async def add_participant(self, conference: str, to: str, *, sender: str, muted: bool = False) -> Participant:
        """Call somebody into a conference. It is never sent twice."""
        raise self._unable("conferences.add")

    async def list_recordings(self, *, call: str | None = None) -> list[Recording]:
        """Recordings; of one call, where it is named."""
        raise self._unable("recordings.list")

    async def delete_recording(self, recording: str) -> None:
        """Let the carrier forget a recording."""
        raise self._unable("recordings.delete")

    # The rest.

    async def list_rates(self) -> list[Rate]:
        """Prices by country."""
        raise self._unable("rates")

    async def get_balance(self) -> Balance:
        """What there is to spend."""
        raise self._unable("balance")

    async def get_status(self) -> ServiceStatus:
        """How the carrier's service does."""
        raise self._unable("status")

    async def set_caller_id(self, number: str) -> None:
        """Set the number that calls of the SIP account show."""
        raise self._unable("account.caller-id")

    async def set_sip_password(self, password: str) -> None:
        """Set the password of the SIP account; it is never logged."""
        raise self._unable("account.sip-password")

    async def top_up(self, amount: Decimal) -> None:
        """Move money to the SIP account; `amount` is in the major unit of its currency."""
        raise self._unable("account.top-up")

    async def list_webhooks(self) -> list[Webhook]:
        """The webhooks that the carrier tells what happens."""
        raise self._unable("webhooks.list")

    async def add_webhook(
        self, url: str, events: Sequence[str] = (), *, name: str = "", secret: str | None = None
    ) -> Webhook:
        """Let the carrier tell `url` of some events, or of all where none is named; signed with `secret`, where that is
        given."""
        raise self._unable("webhooks.add")

    async def remove_webhook(self, webhook: str) -> None:
        """Let the carrier tell a webhook no more; `webhook` is its id."""
        raise self._unable("webhooks.remove")

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
