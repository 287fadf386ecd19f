"""Speko in the common vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from flowengine.carriers.client import CarrierClient, Evidence, InvalidRequestError, Means, Runner, needs
from flowengine.carriers.models import (
    AvailableNumber,
    Balance,
    Call,
    CallState,
    Kyb,
    Number,
    Recording,
    Webhook,
    call_state,
)
from flowengine.carriers.paging import collect
from flowengine.carriers.speko import rest
from flowengine.carriers.speko.models import (
    AvailablePhoneNumber,
    CallEntry,
    KybSubmission,
    PhoneNumber,
    WebhookEndpoint,
)
from flowengine.carriers.speko.webhooks import EVENTS

_PAGE = 100
_NO_SMS = "Speko has no API for messages"
_P = Evidence.PUBLIC


class SpekoClient(CarrierClient):
    """Speko's API. A number's target is the id of an agent."""

    name: ClassVar = "speko"
    means: ClassVar = {
        "numbers.search": Means("GET /v1/phone-numbers/available"),
        "numbers.buy": Means("POST /v1/phone-numbers"),
        "numbers.import": Means("POST /v1/phone-numbers/import"),
        "numbers.list": Means("GET /v1/phone-numbers"),
        "numbers.show": Means("GET /v1/phone-numbers/{id}"),
        "numbers.release": Means("DELETE /v1/phone-numbers/{id}"),
        "numbers.route": Means("PATCH /v1/phone-numbers/{id}"),
        "calls.place": Means("POST /v1/sessions/phone", _P),
        "calls.list": Means("GET /v1/agents/{id}/calls", _P),
        "calls.show": Means("GET /v1/calls/{id}", _P),
        "calls.end": Means("POST /v1/calls/{id}/end", _P),
        "calls.transfer": Means("POST /v1/calls/{id}/transfers/blind", _P),
        "recordings.list": Means("GET /v1/calls/{id}/recording", _P),
        "balance": Means("GET /v1/credits/balance", _P),
        "webhooks.list": Means("GET /v1/webhooks", _P),
        "webhooks.add": Means("POST /v1/webhooks", _P),
        "webhooks.remove": Means("DELETE /v1/webhooks/{id}", _P),
        "kyb.show": Means("GET /v1/phone-numbers/kyb"),
        "kyb.draft": Means("PUT /v1/phone-numbers/kyb/draft"),
        "kyb.submit": Means("POST /v1/phone-numbers/kyb/submit"),
    }
    hints: ClassVar = {
        "messages.send": _NO_SMS,
        "messages.list": _NO_SMS,
        "rates": "`numbers search` shows what numbers cost",
    }

    def __init__(self, runner: Runner, new_key: Callable[[], str], agent: str = "") -> None:
        """`agent` talks in the calls that are placed, and its calls are listed."""
        super().__init__(runner, new_key)
        self._agent = agent

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[AvailableNumber]:
        if country.upper() != "US":
            raise InvalidRequestError("speko sells numbers of the US only")
        return [_available(found) for found in await self.run(rest.search_numbers(area_code=area_code, limit=limit))]

    async def buy_number(self, number: str, *, label: str | None = None) -> Number:
        agent = self._agent or None
        bought = rest.buy_number(number, label=label, agent=agent, direction="both" if agent else None)
        return _number(await self.run(bought))

    async def import_number(self, number: str, connection: str, *, label: str | None = None) -> Number:
        agent = self._agent or None
        brought = rest.import_number(
            number, sip_connection=connection, label=label, agent=agent, direction="both" if agent else None
        )
        return _number(await self.run(brought))

    async def get_number(self, number: str) -> Number:
        return _number(await self.run(rest.get_number(await self._id_of(number))))

    async def list_numbers(self) -> list[Number]:
        return [_number(found) for found in await self.run(rest.list_numbers())]

    async def release_number(self, number: str) -> None:
        await self.run(rest.release_number(await self._id_of(number)))

    async def route_number(self, number: str, target: str) -> Number:
        return _number(await self.run(rest.change_number(await self._id_of(number), agent=target, direction="both")))

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> Call:
        dialled = await self.run(rest.dial(to, caller=sender, agent=self._agent))
        return Call(
            id=dialled.session_id,
            state=call_state(dialled.status),
            sender=dialled.from_,
            to=dialled.to,
            direction="outbound",
            raw=dialled.model_dump(mode="json", by_alias=True),
        )

    async def list_calls(self, *, limit: int = 50) -> list[Call]:
        agent = needs(self._agent, self.name, "the agent whose calls are wanted: set carriers.speko.agent")

        async def ask(cursor: str) -> tuple[list[Call], str | None]:
            page = await self.run(rest.list_calls(agent, limit=_PAGE, cursor=cursor or None))
            return [read_call(entry) for entry in page.calls], page.next_cursor

        return await collect(ask, "", limit)

    async def get_call(self, call: str) -> Call:
        return read_call(await self.run(rest.get_call(call)))

    async def end_call(self, call: str) -> None:
        await self._hang_up(rest.end_call(call), call)

    async def transfer_call(self, call: str, to: str) -> None:
        await self.run(rest.transfer_blind(call, to))

    async def list_recordings(self, *, call: str | None = None) -> list[Recording]:
        wanted = needs(call, self.name, "the id of the call whose recording is wanted")
        url = await self.run(rest.get_recording(wanted))
        return [Recording(id=wanted, call=wanted, status="completed", url=url)]

    async def get_balance(self) -> Balance:
        found = await self.run(rest.get_credits())
        return Balance(amount=Decimal(str(found.balance_usd)), currency=found.currency, updated=found.updated_at)

    async def list_webhooks(self) -> list[Webhook]:
        return [_webhook(each) for each in await self.run(rest.list_webhooks())]

    async def add_webhook(
        self, url: str, events: Sequence[str] = (), *, name: str = "", secret: str | None = None
    ) -> Webhook:
        made = rest.create_webhook(name or "flowengine", url, list(events or EVENTS), secret=secret)
        return _webhook(await self.run(made))

    async def remove_webhook(self, webhook: str) -> None:
        await self.run(rest.delete_webhook(webhook))

    async def get_kyb(self) -> Kyb:
        overview = await self.run(rest.get_kyb())
        return Kyb(status=overview.status) if overview.submission is None else _kyb(overview.submission)

    async def draft_kyb(self, business: Mapping[str, Any], representative: Mapping[str, Any]) -> Kyb:
        return _kyb(await self.run(rest.draft_kyb(business, representative)))

    async def submit_kyb(self, business: Mapping[str, Any], representative: Mapping[str, Any]) -> Kyb:
        return _kyb(await self.run(rest.submit_kyb(business, representative, attested=True)))

    async def _id_of(self, number: str) -> str:
        """The id of a number that may be given in E.164 form."""
        if not number.startswith("+"):
            return number
        for found in await self.run(rest.list_numbers()):
            if found.e164 == number:
                return found.id
        raise InvalidRequestError(f"{number} is no number of ours at speko")


def read_call(entry: CallEntry) -> Call:
    """A call in the common vocabulary. The words for its state are not published: one that has ended is over."""
    state = call_state(entry.status)
    if entry.ended_at is not None and not state.is_final:
        state = CallState.COMPLETED
    return Call(
        id=entry.call_id,
        state=state,
        sender=str(entry.metadata.get("from", "")),
        to=str(entry.metadata.get("to", "")),
        started=entry.created_at,
        ended=entry.ended_at,
        seconds=entry.duration_seconds,
        raw=entry.model_dump(mode="json"),
    )


def _available(found: AvailablePhoneNumber) -> AvailableNumber:
    return AvailableNumber(
        number=found.e164,
        label=found.friendly_name,
        country="US",
        region=", ".join(part for part in (found.region.locality, found.region.state) if part),
        features=tuple(found.features),
        monthly=Decimal(str(found.monthly_cost_usd)),
        upfront=Decimal(str(found.upfront_cost_usd)),
        currency="USD",
        raw=found.model_dump(mode="json", by_alias=True),
    )


def _number(found: PhoneNumber) -> Number:
    return Number(
        number=found.e164,
        id=found.id,
        label=found.label or "",
        status=found.setup_status.status,
        target=found.agent_id or "",
        raw=found.model_dump(mode="json", by_alias=True),
    )


def _kyb(found: KybSubmission) -> Kyb:
    return Kyb(
        status=found.status,
        id=found.id,
        reason=found.rejection_reason or "",
        submitted=found.submitted_at,
        raw=found.model_dump(mode="json", by_alias=True),
    )


def _webhook(found: WebhookEndpoint) -> Webhook:
    return Webhook(
        id=found.id,
        url=found.url,
        name=found.name,
        events=tuple(found.events),
        raw=found.model_dump(mode="json", by_alias=True),
    )
