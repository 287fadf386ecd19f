"""FineSpeak's eight operations and five events; paths are relative to `/finespeak/v1`.

Requests, the error's form, the envelope of the events and the fields of a received message are documented. All other
answers are what the same names suggest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from flowengine.carriers.signature import sign
from flowengine.sandbox.accounts import NUMBER_PRICE, Account, Owned, Text, bearer
from flowengine.sandbox.api import Carrier, account_of, application
from flowengine.sandbox.calls import Call
from flowengine.sandbox.inventory import available, country_of
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.sandbox.selling import (
    call_price,
    final_words,
    keep_call,
    own_number,
    pay_for_number,
    place_call,
    receiver,
    require_for_sale,
    require_money,
    send_text,
)
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.requests import Query, QueryInt, Uri, read_body, read_query

PREFIX = "/finespeak/v1"
_SOLD_AT_ONCE = 20
_LONGEST_RINGING = 60.0


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Purchase(_Body):
    """`POST /numbers/purchase`."""

    phone_number: str
    friendly_name: str | None = None


class MakeCall(_Body):
    """`POST /calls`."""

    from_: str = Field(alias="from")
    to: str
    callback_url: Uri = ""


class SendMessage(_Body):
    """`POST /messages`."""

    from_: str = Field(alias="from")
    to: str
    body: str


class Search(Query):
    """The query of `GET /numbers/available`."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"
    area_code: str | None = None


class Latest(Query):
    """The query of `GET /messages`."""

    limit: QueryInt = 50


class Finespeak:
    """The handlers."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        for account in carrier.accounts.all:
            for number in account.config.numbers:
                self._own(account, number)

    def application(self) -> web.Application:
        """The API for those who send a key as a bearer token."""
        app = application("finespeak", self._carrier, bearer)
        app.add_routes(
            [
                web.get("/numbers/available", self.search),
                web.post("/numbers/purchase", self.purchase),
                web.get("/numbers", self.list_numbers),
                web.post("/calls", self.make_call),
                web.get("/calls/{call_id}", self.get_call),
                web.delete("/calls/{call_id}", self.end_call),
                web.post("/messages", self.send),
                web.get("/messages", self.list_messages),
            ]
        )
        return app

    # Numbers.

    async def search(self, request: web.Request) -> web.Response:
        """Numbers that can be bought."""
        query = read_query(request, Search)
        taken = self._carrier.taken | set(self._carrier.services.network.lines)
        found = available(query.country, query.area_code, taken, _SOLD_AT_ONCE)
        return web.json_response({"numbers": [_for_sale(number) for number in found]})

    async def purchase(self, request: web.Request) -> web.Response:
        """Buy a number."""
        account, wish = account_of(request), await read_body(request, Purchase)
        require_for_sale(self._carrier, wish.phone_number, "phone_number")
        pay_for_number(account)
        owned = self._own(account, wish.phone_number)
        owned.label = wish.friendly_name
        return web.json_response(_owned(owned), status=201)

    async def list_numbers(self, request: web.Request) -> web.Response:
        """The account's numbers."""
        return web.json_response({"numbers": [_owned(owned) for owned in account_of(request).numbers.values()]})

    def _own(self, account: Account, number: str) -> Owned:
        def answer(leg: Leg) -> None:
            # Nothing answers a call here but its events: it rings until the caller gives up.
            keep_call(self._carrier, account, Call(leg), self._teller(account, ""))
            self._carrier.services.in_background(self._give_up(leg), f"ringing of {leg.id}")

        received = receiver(self._carrier, account, "SM", lambda text: self._tell_text(account, text))
        return own_number(self._carrier, account, number, "PN", answer, received)

    async def _give_up(self, leg: Leg) -> None:
        if not await leg.until(lambda: leg.is_over, _LONGEST_RINGING):
            leg.move_to(LegState.NO_ANSWER)

    # Calls.

    async def make_call(self, request: web.Request) -> web.Response:
        """Dial; whoever answers is connected until the call is ended."""
        account, wish = account_of(request), await read_body(request, MakeCall)
        require_money(account)
        tell = self._teller(account, wish.callback_url)
        call = place_call(self._carrier, account, wish.from_, wish.to, tell)
        return web.json_response(call_view(call), status=201)

    async def get_call(self, request: web.Request) -> web.Response:
        """One call."""
        return web.json_response(call_view(self._call(request)))

    async def end_call(self, request: web.Request) -> web.Response:
        """End an active call; of one that is over there is nothing left to end."""
        call = self._call(request)
        if call.leg.is_over:
            raise ApiError(404, "not_found", "The call is over.")
        call.leg.hang_up("network")
        return web.json_response(call_view(call))

    def _call(self, request: web.Request) -> Call:
        key = request.match_info["call_id"]
        call = account_of(request).calls.get(key)
        if call is None:
            raise not_found("call", key)
        return call

    def _teller(self, account: Account, callback: str) -> Any:
        async def tell(call: Call, state: LegState) -> None:
            event = _event_of(call, state)
            if event is not None:
                body = self._event(event, call_view(call, began=event == "call.initiated"))
                await self._deliver(account, callback, body, call.leg.id)

        return tell

    # Messages.

    async def send(self, request: web.Request) -> web.Response:
        """Send a message."""
        account, wish = account_of(request), await read_body(request, SendMessage)
        require_money(account)
        now = self._carrier.services.clock.wall()
        ids = self._carrier.services.network.ids
        text = Text(ids("SM"), wish.from_, wish.to, wish.body, "outbound", now, "queued")
        view = text_view(text)
        told = ("sent", "delivered", "failed")
        send_text(self._carrier, account, text, lambda sent: self._tell_text(account, sent), statuses=told)
        return web.json_response(view, status=201)

    async def list_messages(self, request: web.Request) -> web.Response:
        """The latest messages."""
        query = read_query(request, Latest)
        texts = list(reversed(account_of(request).messages.values()))[: max(0, query.limit)]
        return web.json_response({"messages": [text_view(text) for text in texts]})

    def _tell_text(self, account: Account, text: Text) -> None:
        # There is an event for what arrived, and none for what did not.
        if text.status in ("delivered", "received"):
            body = self._event(f"message.{text.status}", text_view(text))
            self._carrier.services.in_background(self._deliver(account, "", body, text.id), "message event")

    # Events.

    def _event(self, event: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"event": event, "timestamp": _time(self._carrier.services.clock.wall()), "data": dict(data)}

    async def _deliver(self, account: Account, callback: str, body: Mapping[str, Any], about: str) -> None:
        url = callback or account.webhook_url
        if url:
            await self._carrier.notices.deliver(url, body, self._sign(account), about=about)

    def _sign(self, account: Account) -> Any:
        # Not documented; it is there to try a check with that a user has set up.
        now = int(self._carrier.services.clock.wall().timestamp())
        secret = account.webhook_secret
        return lambda raw: {"X-Signature": sign(secret, now, raw)} if secret else {}


def _event_of(call: Call, state: LegState) -> str | None:
    leg = call.leg
    if leg.is_over and state is leg.state:
        return "call.completed"
    if state is LegState.IN_PROGRESS:
        return "call.answered"
    first = LegState.QUEUED if leg.direction == "outbound" else LegState.RINGING
    return "call.initiated" if state is first else None


def call_view(call: Call, *, began: bool = False) -> dict[str, Any]:
    """A call in JSON; with `began` as it was at its beginning."""
    leg = call.leg
    status = "completed" if leg.is_over else "answered" if leg.is_answered else "initiated"
    view: dict[str, Any] = {
        "call_id": leg.id,
        "from": leg.caller,
        "to": leg.callee,
        "direction": leg.direction,
        "status": status,
        "created_at": _time(leg.created),
    }
    if began:
        return view | {"status": "initiated"}
    if leg.answered is not None:
        view["answered_at"] = _time(leg.answered)
    if leg.is_over and leg.ended is not None:
        view |= final_words(call) | {"ended_at": _time(leg.ended), "cost": float(call_price(call)), "currency": "USD"}
    return view


def text_view(text: Text) -> dict[str, Any]:
    """A message in JSON."""
    return {
        "message_id": text.id,
        "from": text.sender,
        "to": text.to,
        "body": text.text,
        "status": text.status,
        "direction": text.direction,
        "created_at": _time(text.created),
    }


def _for_sale(number: str) -> dict[str, Any]:
    return {
        "phone_number": number,
        "friendly_name": number,
        "country": country_of(number),
        "capabilities": ["voice", "sms"],
        "monthly_cost": float(NUMBER_PRICE),
        "currency": "USD",
    }


def _owned(owned: Owned) -> dict[str, Any]:
    return {
        "number_id": owned.id,
        "phone_number": owned.number,
        "friendly_name": owned.label or owned.number,
        "status": "active",
        "purchased_at": _time(owned.bought),
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
