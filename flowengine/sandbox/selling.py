"""What every carrier's API does in the same way: sell numbers, place calls, send messages, and take the money."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from flowengine.sandbox.accounts import MESSAGE_PRICE, MINUTE_PRICE, NUMBER_PRICE, Account, Owned, Text
from flowengine.sandbox.api import Carrier
from flowengine.sandbox.calls import Call
from flowengine.sandbox.documents.program import Goto
from flowengine.sandbox.documents.verbs import Verb
from flowengine.sandbox.inventory import is_for_sale
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.sandbox.notices import on_states
from flowengine.sandbox.post_office import Receiver, segments
from flowengine.sandbox.telefonie.errors import ApiError

Tell = Callable[[Call, LegState], Awaitable[None]]
TellText = Callable[[Text], None]


def require_money(account: Account, status: int = 403) -> None:
    """Refuse what costs something when nothing is left.

    Raises:
        ApiError: `status`.
    """
    if account.balance <= 0:
        raise ApiError(status, "insufficient_balance", "The balance is used up.")


def own_number(
    carrier: Carrier, account: Account, number: str, prefix: str, answer: Callable[[Leg], None], receive: Receiver
) -> Owned:
    """Give a number to an account: `answer` is given its calls, `receive` its messages."""
    owned = Owned(number, carrier.services.network.ids(prefix), carrier.services.clock.wall())
    account.numbers[number] = owned
    carrier.taken.add(number)
    carrier.services.network.lines[number] = answer
    carrier.post.receivers[number] = receive
    return owned


def require_for_sale(carrier: Carrier, number: str, param: str, *, taken: int = 400, unknown: int = 404) -> None:
    """Refuse to sell what is not there.

    Raises:
        ApiError: `taken` where somebody has the number; `unknown` where it is none of the inventory.
    """
    if number in carrier.taken or number in carrier.services.network.lines:
        raise ApiError(taken, "number_not_available", f"{number} is taken.", param)
    if not is_for_sale(number):
        raise ApiError(unknown, "number_not_available", f"{number} is not for sale.", param)


def pay_for_number(account: Account, status: int = 403) -> None:
    """Take the price of a number.

    Raises:
        ApiError: `status`, there is too little left.
    """
    if account.balance < NUMBER_PRICE:
        raise ApiError(status, "insufficient_balance", f"A number costs {NUMBER_PRICE}, and {account.balance} is left.")
    account.balance -= NUMBER_PRICE


def give_up(carrier: Carrier, account: Account, number: str) -> None:
    """Take a number back into the inventory."""
    account.numbers.pop(number, None)
    carrier.taken.discard(number)
    carrier.services.network.lines.pop(number, None)
    carrier.post.receivers.pop(number, None)


def place_call(
    carrier: Carrier,
    account: Account,
    caller: str,
    to: str,
    tell: Tell,
    *,
    target: Goto | tuple[Verb, ...] | None = None,
    record: bool = False,
) -> Call:
    """Dial; `tell` is awaited at each change of the call's state, and its minutes are paid for at the end."""
    call = carrier.exchange.place(caller, to, target=target, record=record)
    keep_call(carrier, account, call, tell)
    return call


def keep_call(carrier: Carrier, account: Account, call: Call, tell: Tell) -> None:
    """Let a call be an account's, which is told of it and pays for it."""
    account.remember(account.calls, call.leg.id, call)
    call.is_elsewhere = True

    async def changed(state: LegState) -> None:
        if call.leg.is_over and state is call.leg.state:
            account.balance -= call_price(call)
        await tell(call, state)

    on_states(call.leg, carrier.services, changed)


def call_price(call: Call) -> Decimal:
    """What a call has cost: each minute that was begun."""
    return MINUTE_PRICE * -(-int(call.leg.seconds_talked) // 60)


def send_text(
    carrier: Carrier, account: Account, text: Text, tell: TellText, *, statuses: tuple[str, str, str]
) -> None:
    """Send a message; `tell` is called with it at each change of its status: on its way, arrived, or not."""
    on_its_way, arrived, failed = statuses
    text.segments = segments(text.text)
    account.remember(account.messages, text.id, text)
    account.balance -= MESSAGE_PRICE * text.segments

    async def travel() -> None:
        clock = carrier.services.clock
        text.status, text.updated = on_its_way, clock.wall()
        tell(text)
        await clock.sleep(account.config.delivery)
        text.status = arrived if carrier.post.deliver(text.sender, text.to, text.text) else failed
        text.updated = clock.wall()
        if text.status == failed:
            text.error = "The number cannot be reached."
        tell(text)

    carrier.services.in_background(travel(), f"message {text.id}")


def receiver(carrier: Carrier, account: Account, prefix: str, tell: TellText, status: str = "received") -> Receiver:
    """Takes messages to a number of an account, and tells of them."""

    def receive(sender: str, to: str, words: str) -> None:
        ids, now = carrier.services.network.ids, carrier.services.clock.wall()
        text = Text(ids(prefix), sender, to, words, "inbound", now, status, segments(words))
        account.remember(account.messages, text.id, text)
        tell(text)

    return receive


def final_words(call: Call) -> dict[str, Any]:
    """How a call that is over ended: the network's word for it, and its length in seconds."""
    return {"reason": call.leg.state.value, "duration": int(call.leg.seconds_talked)}
