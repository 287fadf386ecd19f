"""Speko's API: phone numbers and verification are documented, calls, credits and webhooks are in its public OpenAPI and
SDK. Paths are relative to `/speko`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from flowengine.sandbox.accounts import Account, bearer
from flowengine.sandbox.api import Carrier, application
from flowengine.sandbox.speko.callbacks import Callbacks, ScheduleCallback
from flowengine.sandbox.speko.calls import Calls
from flowengine.sandbox.speko.deliveries import Deliveries
from flowengine.sandbox.speko.events import Events
from flowengine.sandbox.speko.money import Money
from flowengine.sandbox.speko.numbers import Numbers
from flowengine.sandbox.speko.sessions import Sessions

PREFIX = "/speko"


class Speko:
    """The carrier's parts, each with its handlers."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        deliveries = Deliveries(carrier)
        events = Events(carrier, deliveries)
        calls = Calls(carrier, events)
        self._callbacks = Callbacks(carrier, calls.call_back)
        self._parts = (
            Numbers(carrier, calls.answer),
            calls,
            Sessions(carrier, calls),
            self._callbacks,
            events,
            deliveries,
            Money(carrier),
        )

    def application(self) -> web.Application:
        """The API for those who send a key as a bearer token."""
        app = application("speko", self._carrier, bearer)
        for part in self._parts:
            app.add_routes(part.routes())
        return app

    def schedule(self, account: Account, wish: ScheduleCallback) -> dict[str, Any]:
        """Let an agent of an account call somebody later."""
        return self._callbacks.schedule(account, wish)
