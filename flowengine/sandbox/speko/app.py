"""Speko's API: phone numbers and verification are documented, calls, credits and webhooks are in its public OpenAPI and
SDK. Paths are relative to `/speko`."""

from __future__ import annotations

from aiohttp import web

from flowengine.sandbox.accounts import bearer
from flowengine.sandbox.api import Carrier, account_of, application
from flowengine.sandbox.speko.calls import Calls
from flowengine.sandbox.speko.events import Events
from flowengine.sandbox.speko.numbers import Numbers
from flowengine.sandbox.speko.views import time

PREFIX = "/speko"


def speko_app(carrier: Carrier) -> web.Application:
    """The API for those who send a key as a bearer token."""

    async def credit_balance(request: web.Request) -> web.Response:
        """`getCreditBalance`."""
        now = time(carrier.services.clock.wall())
        left = float(account_of(request).balance)
        return web.json_response({"balanceUsd": left, "currency": "USD", "updatedAt": now})

    events = Events(carrier)
    calls = Calls(carrier, events)
    app = application("speko", carrier, bearer)
    app.add_routes(Numbers(carrier, calls.answer).routes())
    app.add_routes(calls.routes())
    app.add_routes(events.routes())
    app.router.add_get("/v1/credits/balance", credit_balance)
    return app
