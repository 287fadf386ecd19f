"""Makes anything happen: faults, balances, verification, phones, inbound calls and messages. Paths below `/sandbox`.

It has no key: whoever reaches the embedded carrier may use it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from flowengine.sandbox.account_config import KybStatus
from flowengine.sandbox.accounts import Account, Accounts
from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.faults import Fault, Faults
from flowengine.sandbox.network.behaviour import Behaviour
from flowengine.sandbox.post_office import PostOffice
from flowengine.sandbox.speko.callbacks import ScheduleCallback
from flowengine.sandbox.telefonie.errors import ApiError, answer_errors, not_found
from flowengine.sandbox.telefonie.requests import read_body

PREFIX = "/sandbox"


class ChangeAccount(BaseModel):
    """What of an account is to be different from now on."""

    model_config = ConfigDict(extra="forbid")

    balance: Decimal | None = None
    blocked: bool | None = None
    per_minute: int | None = Field(default=None, ge=1)
    webhook_url: str | None = None
    webhook_secret: str | None = None
    kyb: KybStatus | None = None
    kyb_reason: str | None = None


class Inbound(BaseModel):
    """A call or a message from an outside phone to one of our numbers."""

    model_config = ConfigDict(extra="forbid")

    from_: str = Field(alias="from")
    to: str
    text: str = ""


class Control:
    """The handlers."""

    def __init__(
        self,
        exchange: Exchange,
        faults: Faults,
        accounts: Mapping[str, Accounts],
        post: PostOffice,
        apis: Callable[[], list[dict[str, str]]],
        schedule: Callable[[Account, ScheduleCallback], dict[str, Any]],
    ) -> None:
        self._exchange = exchange
        self._faults = faults
        self._accounts = accounts
        self._post = post
        self._apis = apis
        self._schedule = schedule

    def application(self) -> web.Application:
        """The API."""
        app = web.Application(middlewares=[answer_errors])
        app.add_routes(
            [
                web.get("/apis", self.list_apis),
                web.get("/faults", self.list_faults),
                web.post("/faults", self.add_fault),
                web.delete("/faults", self.clear_faults),
                web.get("/accounts/{carrier}", self.get_account),
                web.patch("/accounts/{carrier}", self.change_account),
                web.put("/phones/{number}", self.set_phone),
                web.get("/phones/{number}/messages", self.inbox),
                web.post("/calls", self.call),
                web.post("/messages", self.message),
                web.post("/callbacks", self.callback),
            ]
        )
        return app

    async def list_apis(self, request: web.Request) -> web.Response:
        """Each carrier's base URL and key."""
        return web.json_response({"apis": self._apis()})

    async def list_faults(self, request: web.Request) -> web.Response:
        """The faults that wait."""
        return web.json_response({"faults": [fault.model_dump() for fault in self._faults.waiting]})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Let something go wrong."""
        fault = await read_body(request, Fault, nulls=True)
        self._faults.add(fault)
        return web.json_response(fault.model_dump(), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Let everything go well again."""
        self._faults.clear()
        return web.Response(status=204)

    async def get_account(self, request: web.Request) -> web.Response:
        """An account as it stands; the carrier's first, or that of `?key=`."""
        return web.json_response(_view(self._account(request)))

    async def change_account(self, request: web.Request) -> web.Response:
        """Change an account."""
        account, wish = self._account(request), await read_body(request, ChangeAccount, nulls=True)
        for name in ("balance", "blocked", "webhook_url", "webhook_secret"):
            value = getattr(wish, name)
            if value is not None:
                setattr(account, name, value)
        if "per_minute" in wish.model_fields_set:
            account.per_minute = wish.per_minute
        if wish.kyb is not None:
            account.kyb_status = wish.kyb
            if wish.kyb == "missing":
                account.kyb = {}
            elif account.kyb:
                account.kyb["rejectionReason"] = wish.kyb_reason
        return web.json_response(_view(account))

    def _account(self, request: web.Request, name: str = "") -> Account:
        name = name or request.match_info["carrier"]
        accounts = self._accounts.get(name)
        if accounts is None:
            raise not_found("carrier", name)
        key = request.query.get("key")
        account = accounts.all[0] if key is None and accounts.all else accounts.of_key(key or "")
        if account is None:
            raise not_found("account", key or "")
        return account

    async def set_phone(self, request: web.Request) -> web.Response:
        """How an outside phone behaves, or all whose number fits a pattern with `*`."""
        behaviour = await read_body(request, Behaviour, nulls=True)
        number, network = request.match_info["number"], self._exchange.services.network
        # The first pattern that fits counts, so that the latest word is the first.
        network.phones = {number: behaviour, **{each: kept for each, kept in network.phones.items() if each != number}}
        return web.json_response(behaviour.model_dump(), status=200)

    async def inbox(self, request: web.Request) -> web.Response:
        """The messages that an outside phone has got."""
        letters = self._post.inboxes.get(request.match_info["number"], [])
        return web.json_response({"messages": [{"from": each.sender, "text": each.text} for each in letters]})

    async def call(self, request: web.Request) -> web.Response:
        """Somebody outside calls one of our numbers."""
        wish = await read_body(request, Inbound)
        handset = self._exchange.services.network.place_call(wish.from_, wish.to)
        return web.json_response({"call_id": handset.leg.id, "status": handset.leg.state.value}, status=201)

    async def message(self, request: web.Request) -> web.Response:
        """Somebody outside writes to one of our numbers."""
        wish = await read_body(request, Inbound)
        if wish.to not in self._post.receivers:
            raise ApiError(404, "not_found", f"{wish.to} is no number of this carrier.", "to")
        self._post.deliver(wish.from_, wish.to, wish.text)
        return web.json_response({"status": "delivered"}, status=201)

    async def callback(self, request: web.Request) -> web.Response:
        """An agent at Speko promises a call; of the account of `?key=`, or the first."""
        account, wish = self._account(request, "speko"), await read_body(request, ScheduleCallback)
        return web.json_response(self._schedule(account, wish), status=201)


def _view(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "keys": list(account.config.keys),
        "balance": str(account.balance),
        "blocked": account.blocked,
        "per_minute": account.per_minute,
        "webhook_url": account.webhook_url,
        "kyb": account.kyb_status,
        "numbers": list(account.numbers),
        "calls": len(account.calls),
        "messages": len(account.messages),
    }
