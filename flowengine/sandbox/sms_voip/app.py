"""sms-voip's nine operations and its webhooks; paths are relative to `/sms-voip/api/v1`.

Requests, the answer of `/sms/send`, the delivery report, the limit of requests and the idempotency key are documented.
Answers elsewhere, the events of calls, and 409 for a key that comes with another body are inferred.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from flowengine.carriers.signature import sign
from flowengine.sandbox.accounts import MESSAGE_PRICE, MINUTE_PRICE, Account, Text, bearer
from flowengine.sandbox.api import Carrier, account_of, application
from flowengine.sandbox.calls import Call
from flowengine.sandbox.network.leg import LegState
from flowengine.sandbox.post_office import segments
from flowengine.sandbox.selling import call_price, place_call, require_money, send_text
from flowengine.sandbox.telefonie.errors import ApiError
from flowengine.sandbox.telefonie.requests import Query, QueryInt, Uri, read_body, read_query

PREFIX = "/sms-voip/api/v1"

_SENDER = "+15550111222"
_COUNTRIES = (("United States", "US"), ("United Kingdom", "GB"), ("Germany", "DE"))
_LONGEST_KEY = 255
_EVENTS = {LegState.RINGING: "ringing", LegState.IN_PROGRESS: "answered"}


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class SendSms(_Body):
    """`POST /sms/send`."""

    to: str
    text: str
    from_: str = Field(default=_SENDER, alias="from")
    callback_url: Uri = ""


class CallerId(_Body):
    """`POST /voip/caller-id`."""

    caller_id: str


class SipPassword(_Body):
    """`POST /voip/password`."""

    sip_password: str


class TopUp(_Body):
    """`POST /voip/topup`."""

    amount: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PlaceCall(_Body):
    """`POST /voice/call`."""

    to: str
    from_: str = Field(default="", alias="from")
    caller_id: str = ""
    callback_url: Uri = ""
    record: bool = False


class Logs(Query):
    """The query of `GET /voip/logs`."""

    limit: QueryInt = 50
    offset: QueryInt = 0
    search: str = ""


Handler = Callable[[web.Request], Awaitable[web.Response]]


class SmsVoip:
    """The handlers."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def application(self) -> web.Application:
        """The API for those who send a key as a bearer token; the rates are for everybody."""
        app = application("sms-voip", self._carrier, bearer, public=frozenset({"/rates"}))
        app.add_routes(
            [
                web.get("/ping", self.ping),
                web.get("/status", self.status),
                web.get("/rates", self.rates),
                web.post("/sms/send", self._once(self.send)),
                web.post("/voip/caller-id", self._once(self.set_caller_id)),
                web.post("/voip/password", self._once(self.set_password)),
                web.post("/voip/topup", self._once(self.top_up)),
                web.get("/voip/logs", self.logs),
                web.post("/voice/call", self._once(self.call)),
            ]
        )
        return app

    def _once(self, handler: Handler) -> Handler:
        """Carry a request with an `Idempotency-Key` out once, and answer its repeats in the same way."""

        async def once(request: web.Request) -> web.Response:
            key = request.headers.get("Idempotency-Key", "")
            if not key:
                return await handler(request)
            if len(key) > _LONGEST_KEY:
                raise ApiError(400, "invalid_request", f"Idempotency-Key: longer than {_LONGEST_KEY} characters")
            account, raw = account_of(request), await request.read()
            asked = hashlib.blake2b(request.path.encode() + b"\0" + raw, digest_size=16).digest()
            kept = account.replies.get(key)
            if kept is not None:
                if kept[0] != asked:
                    raise ApiError(409, "idempotency_conflict", "The key was used for another request.")
                return web.Response(status=kept[1], body=kept[2], content_type="application/json")
            answer = await handler(request)
            body = answer.body if isinstance(answer.body, bytes) else b""
            account.remember(account.replies, key, (asked, answer.status, body))
            return answer

        return once

    # The platform.

    async def ping(self, request: web.Request) -> web.Response:
        """It is there."""
        return web.json_response({"pong": True})

    async def status(self, request: web.Request) -> web.Response:
        """How the platform does."""
        parts = [{"name": name, "status": "operational"} for name in ("SMS", "Voice", "SIP")]
        return web.json_response({"status": "operational", "notice": "", "components": parts})

    async def rates(self, request: web.Request) -> web.Response:
        """Prices by country."""
        rates = [
            {
                "country": country,
                "iso": iso,
                "sms": float(MESSAGE_PRICE),
                "voice": float(MINUTE_PRICE),
                "currency": "USD",
                "route": "standard",
            }
            for country, iso in _COUNTRIES
        ]
        return web.json_response({"rates": rates})

    # Messages.

    async def send(self, request: web.Request) -> web.Response:
        """Send a message."""
        account, wish = account_of(request), await read_body(request, SendSms)
        require_money(account)
        ids, now = self._carrier.services.network.ids, self._carrier.services.clock.wall()
        text = Text(ids("msg_"), wish.from_, wish.to, wish.text, "outbound", now, "queued", callback=wish.callback_url)
        cost = MESSAGE_PRICE * segments(wish.text)
        told = ("sent", "delivered", "failed")
        send_text(self._carrier, account, text, lambda sent: self._report(account, sent), statuses=told)
        return web.json_response({"message_id": text.id, "status": "queued", "cost": float(cost)})

    def _report(self, account: Account, text: Text) -> None:
        if text.status == "sent":
            return
        body: dict[str, Any] = {"event": "delivery_report", "message_id": text.id, "status": text.status}
        if text.status == "delivered" and text.updated is not None:
            body["delivered_at"] = _time(text.updated)
        body["cost"] = float(MESSAGE_PRICE * text.segments)
        self._carrier.notices.post(text.callback or account.webhook_url, body, self._sign(account), about=text.id)

    # The SIP account.

    async def set_caller_id(self, request: web.Request) -> web.Response:
        """The number that calls show."""
        account, wish = account_of(request), await read_body(request, CallerId)
        account.settings["caller_id"] = wish.caller_id
        return web.json_response({"status": "ok", "caller_id": wish.caller_id})

    async def set_password(self, request: web.Request) -> web.Response:
        """The password of the SIP account; nobody can read it."""
        account = account_of(request)
        await read_body(request, SipPassword)
        account.settings["has_sip_password"] = True
        return web.json_response({"status": "ok"})

    async def top_up(self, request: web.Request) -> web.Response:
        """Move money from the app's wallet to that of SIP."""
        account, wish = account_of(request), await read_body(request, TopUp)
        amount = Decimal(str(wish.amount))
        if amount > account.balance:
            raise ApiError(403, "insufficient_balance", f"{account.balance} is left.", "amount")
        account.balance -= amount
        account.settings["sip_balance"] = account.settings.get("sip_balance", Decimal(0)) + amount
        return web.json_response({"status": "ok", "sip_balance": float(account.settings["sip_balance"])})

    async def logs(self, request: web.Request) -> web.Response:
        """The calls, the newest first."""
        query = read_query(request, Logs)
        calls = [call_view(call) for call in reversed(account_of(request).calls.values())]
        found = [view for view in calls if query.search in view["to"] or query.search in view["from"]]
        start = max(0, query.offset)
        page = found[start : start + max(0, query.limit)]
        return web.json_response({"logs": page, "total": len(found), "limit": query.limit, "offset": query.offset})

    # Calls.

    async def call(self, request: web.Request) -> web.Response:
        """Dial; the call lasts until the phone hangs up."""
        account, wish = account_of(request), await read_body(request, PlaceCall)
        require_money(account)
        caller = wish.caller_id or wish.from_ or account.settings.get("caller_id", _SENDER)

        async def tell(call: Call, state: LegState) -> None:
            over = call.leg.is_over and state is call.leg.state
            event = "completed" if over else _EVENTS.get(state)
            url = wish.callback_url or account.webhook_url
            if event is None or not url:
                return
            now = self._carrier.services.clock.wall()
            body = {"event": event, "timestamp": _time(now), **call_view(call)}
            await self._carrier.notices.deliver(url, body, self._sign(account), about=call.leg.id)

        call = place_call(self._carrier, account, caller, wish.to, tell, record=wish.record)
        return web.json_response({"call_id": call.leg.id, "status": "queued"})

    def _sign(self, account: Account) -> Any:
        now = int(self._carrier.services.clock.wall().timestamp())
        secret = account.webhook_secret
        return lambda raw: {"X-Signature": sign(secret, now, raw)} if secret else {}


def call_view(call: Call) -> dict[str, Any]:
    """A call in JSON."""
    leg = call.leg
    view: dict[str, Any] = {
        "call_id": leg.id,
        "from": leg.caller,
        "to": leg.callee,
        "direction": leg.direction,
        "status": "answered" if leg.is_answered else leg.state.value,
        "created_at": _time(leg.created),
    }
    if leg.is_over:
        view |= {"duration": int(leg.seconds_talked), "cost": float(call_price(call))}
        if call.recording is not None:
            view["recording_url"] = call.recording.url
    return view


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
