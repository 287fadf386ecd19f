"""VoIPBIN in the common vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

from flowengine.carriers import models
from flowengine.carriers.client import CarrierClient, Evidence, InvalidRequestError, Means, needs
from flowengine.carriers.errors import OutcomeUnknownError
from flowengine.carriers.models import CallState
from flowengine.carriers.operation import Operation
from flowengine.carriers.paging import collect
from flowengine.carriers.voipbin import rest
from flowengine.carriers.voipbin.models import (
    Address,
    AvailableNumber,
    Call,
    Calls,
    Conference,
    M,
    Message,
    Number,
    Page,
)

_P = Evidence.PUBLIC
_MICRO = Decimal(1_000_000)
_PAGE = 100
_ONLY = "customer"

# A call that has ended says why; the states before that say how far it is.
_STATES = {
    "dialing": CallState.INITIATED,
    "ringing": CallState.RINGING,
    "progressing": CallState.ANSWERED,
    "terminating": CallState.ANSWERED,
    "canceling": CallState.RINGING,
}
_REASONS = {
    "normal": CallState.COMPLETED,
    "timeout": CallState.COMPLETED,
    "amd": CallState.COMPLETED,
    "busy": CallState.BUSY,
    "noanswer": CallState.NO_ANSWER,
    "dialout": CallState.NO_ANSWER,
    "cancel": CallState.CANCELED,
    "failed": CallState.FAILED,
}


class VoipbinClient(CarrierClient):
    """VoIPBIN's API. A number's target is the id of a flow."""

    name: ClassVar = "voipbin"
    means: ClassVar = {
        "numbers.search": Means("GET /available_numbers", _P),
        "numbers.buy": Means("POST /numbers", _P),
        "numbers.list": Means("GET /numbers", _P),
        "numbers.show": Means("GET /numbers/{id}", _P),
        "numbers.release": Means("DELETE /numbers/{id}", _P),
        "numbers.route": Means("PUT /numbers/{id}/flow_ids", _P),
        "calls.place": Means("POST /calls", _P),
        "calls.list": Means("GET /calls", _P),
        "calls.show": Means("GET /calls/{id}", _P),
        "calls.end": Means("POST /calls/{id}/hangup", _P),
        "calls.transfer": Means("POST /transfers", _P),
        "messages.send": Means("POST /messages", _P),
        "messages.list": Means("GET /messages", _P),
        "messages.show": Means("GET /messages/{id}", _P),
        "conferences.list": Means("GET /conferences", _P),
        "conferences.create": Means("POST /conferences", _P),
        "recordings.list": Means("GET /recordings", _P),
        "recordings.delete": Means("DELETE /recordings/{id}", _P),
        "balance": Means("GET /billing_account", _P),
        "webhooks.list": Means("GET /customer", _P),
        "webhooks.add": Means("PUT /customer", _P),
        "webhooks.remove": Means("PUT /customer", _P),
    }
    hints: ClassVar = {"rates": "its guides have a table", "kyb.show": "the dashboard does it"}

    def placed(self, answer: Any) -> models.Call:
        found = Calls.model_validate(answer)
        if not found.calls:
            raise ValueError("voipbin has placed no call")
        return _call(found.calls[0])

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[models.AvailableNumber]:
        page = await self.run(rest.list_available_numbers(country, page_size=limit))
        found = [_available(each) for each in page.result]
        # The carrier cannot search by area: the country's prefix comes first in a number.
        return [each for each in found if area_code is None or area_code in each.number[1:7]]

    async def buy_number(self, number: str, *, label: str | None = None) -> models.Number:
        return _number(await self.run(rest.buy_number(number, name=label or "")))

    async def list_numbers(self) -> list[models.Number]:
        return [_number(each) for each in await self._all(rest.list_numbers)]

    async def get_number(self, number: str) -> models.Number:
        return _number(await self.run(rest.get_number(await self._id_of(number))))

    async def release_number(self, number: str) -> None:
        await self.run(rest.release_number(await self._id_of(number)))

    async def route_number(self, number: str, target: str) -> models.Number:
        # Both flows of a number are set at once: the one for messages stays as it is.
        found = await self.run(rest.get_number(await self._id_of(number)))
        return _number(await self.run(rest.route_number(found.id, target, found.message_flow_id)))

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> models.Call:
        caller = needs(sender, self.name, "a number to call from")
        placed = await self.run(rest.create_calls(Address(target=caller), [Address(target=to)]))
        if not placed.calls:
            raise OutcomeUnknownError("the answer names no call")
        return _call(placed.calls[0])

    async def list_calls(self, *, limit: int = 50) -> list[models.Call]:
        return [_call(each) for each in await self._all(rest.list_calls, limit)]

    async def get_call(self, call: str) -> models.Call:
        return _call(await self.run(rest.get_call(call)))

    async def end_call(self, call: str) -> None:
        await self._hang_up(rest.hang_up(call), call)

    async def transfer_call(self, call: str, to: str) -> None:
        await self.run(rest.transfer(call, "blind", [Address(target=to)]))

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> models.Message:
        source = Address(target=needs(sender, self.name, "a number to send from"))
        return _message(await self.run(rest.send_message(source, [Address(target=to)], text)))

    async def list_messages(self, *, limit: int = 50) -> list[models.Message]:
        return [_message(each) for each in await self._all(rest.list_messages, limit)]

    async def get_message(self, message: str) -> models.Message:
        return _message(await self.run(rest.get_message(message)))

    async def list_conferences(self) -> list[models.Conference]:
        return [_conference(each) for each in await self._all(rest.list_conferences)]

    async def create_conference(self, name: str, *, seats: int | None = None) -> models.Conference:
        if seats is not None:
            raise InvalidRequestError("voipbin's conferences have no limit of seats")
        return _conference(await self.run(rest.create_conference(name)))

    async def list_recordings(self, *, call: str | None = None) -> list[models.Recording]:
        return [
            models.Recording(
                id=each.id,
                call=each.reference_id,
                status=each.status,
                url=f"/recordingfiles/{each.id}",
                created=each.tm_start,
                raw=each.model_dump(mode="json"),
            )
            for each in await self._all(rest.list_recordings)
            if call in (None, each.reference_id)
        ]

    async def delete_recording(self, recording: str) -> None:
        await self.run(rest.delete_recording(recording))

    async def get_balance(self) -> models.Balance:
        account = await self.run(rest.get_billing_account())
        return models.Balance(
            amount=Decimal(account.balance_credit) / _MICRO,
            currency="USD",
            updated=account.tm_update,
            raw=account.model_dump(mode="json"),
        )

    async def list_webhooks(self) -> list[models.Webhook]:
        customer = await self.run(rest.get_customer())
        return [_webhook(customer.webhook_uri)] if customer.webhook_uri else []

    async def add_webhook(
        self, url: str, events: Sequence[str] = (), *, name: str = "", secret: str | None = None
    ) -> models.Webhook:
        if events:
            raise InvalidRequestError("voipbin tells all events, or none")
        if secret is not None:
            raise InvalidRequestError("voipbin makes the secret itself: it is `webhook_secret` of GET /customer")
        customer = await self.run(rest.get_customer())
        if customer.webhook_uri not in ("", url):
            raise InvalidRequestError(f"voipbin tells one webhook, and that is {customer.webhook_uri}: remove it first")
        return _webhook((await self.run(rest.set_webhook(customer, url))).webhook_uri)

    async def remove_webhook(self, webhook: str) -> None:
        customer = await self.run(rest.get_customer())
        if not customer.webhook_uri or webhook not in (_ONLY, customer.webhook_uri):
            raise InvalidRequestError(f"voipbin tells no webhook {webhook}")
        await self.run(rest.set_webhook(customer, ""))

    async def _all(self, pages: Callable[[str, int], Operation[Page[M]]], limit: int | None = None) -> list[M]:
        """The entries of all pages, or the first `limit`."""

        async def ask(token: str) -> tuple[list[M], str | None]:
            page = await self.run(pages(token, _PAGE))
            return page.result, page.next_page_token or None

        return await collect(ask, "", limit)

    async def _id_of(self, number: str) -> str:
        """The id of a number that may be given in E.164 form."""
        if not number.startswith("+"):
            return number
        for found in await self._all(rest.list_numbers):
            if found.number == number:
                return found.id
        raise InvalidRequestError(f"{number} is no number of ours at voipbin")


def _webhook(url: str) -> models.Webhook:
    """The one webhook of an account."""
    return models.Webhook(id=_ONLY, url=url)


def _call(call: Call) -> models.Call:
    state = _REASONS.get(call.hangup_reason, CallState.COMPLETED) if call.status == "hangup" else None
    return models.Call(
        id=call.id,
        state=state or _STATES.get(call.status, CallState.UNKNOWN),
        sender=call.source.target,
        to=call.destination.target,
        direction={"incoming": "inbound", "outgoing": "outbound"}.get(call.direction, ""),  # type: ignore[arg-type]
        started=call.tm_create,
        answered=call.tm_progressing,
        ended=call.tm_hangup,
        seconds=_seconds(call),
        reason=call.hangup_reason,
        raw=call.model_dump(mode="json"),
    )


def _seconds(call: Call) -> int | None:
    if call.tm_progressing is None or call.tm_hangup is None:
        return None
    return int((call.tm_hangup - call.tm_progressing).total_seconds())


def _conference(found: Conference) -> models.Conference:
    return models.Conference(
        id=found.id,
        name=found.name,
        status=found.status,
        participants=len(found.conferencecall_ids),
        created=found.tm_create,
        raw=found.model_dump(mode="json"),
    )


def _message(message: Message) -> models.Message:
    first = message.targets[0] if message.targets else None
    direction: Literal["inbound", "outbound"] = "inbound" if message.direction == "inbound" else "outbound"
    return models.Message(
        id=message.id,
        status=first.status if first else "",
        sender=message.source.target,
        to=first.destination.target if first else "",
        text=message.text,
        direction=direction,
        at=message.tm_create,
        raw=message.model_dump(mode="json"),
    )


def _available(found: AvailableNumber) -> models.AvailableNumber:
    return models.AvailableNumber(
        number=found.number,
        country=found.country,
        region=found.region,
        features=tuple(found.features),
        raw=found.model_dump(mode="json"),
    )


def _number(found: Number) -> models.Number:
    return models.Number(
        number=found.number,
        id=found.id,
        label=found.name,
        status=found.status,
        target=found.call_flow_id,
        raw=found.model_dump(mode="json"),
    )
