"""Webhooks of a workspace: their endpoints, and what they are told, signed as Standard Webhooks are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from flowengine.sandbox.accounts import Account
from flowengine.sandbox.api import Carrier, account_of
from flowengine.sandbox.calls import Call
from flowengine.sandbox.speko.deliveries import Deliveries
from flowengine.sandbox.speko.requests import ChangeEndpoint, Endpoint
from flowengine.sandbox.speko.views import status_of, time
from flowengine.sandbox.telefonie.errors import not_found
from flowengine.sandbox.telefonie.requests import read_body

_REPORT_ATTEMPTS = 3


class Events:
    """Handlers of `/v1/webhooks`, and the sender of events."""

    def __init__(self, carrier: Carrier, deliveries: Deliveries) -> None:
        self._carrier = carrier
        self._deliveries = deliveries
        self._endpoints: dict[str, dict[str, dict[str, Any]]] = {}

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.get("/v1/webhooks", self.list_endpoints),
            web.post("/v1/webhooks", self.create),
            web.get("/v1/webhooks/{id}", self.get_endpoint),
            web.patch("/v1/webhooks/{id}", self.change),
            web.delete("/v1/webhooks/{id}", self.delete),
        ]

    async def list_endpoints(self, request: web.Request) -> web.Response:
        """`listWebhooks`."""
        return web.json_response({"data": [_view(each) for each in self._of(account_of(request)).values()]})

    async def create(self, request: web.Request) -> web.Response:
        """`createWebhook`."""
        account, wish = account_of(request), await read_body(request, Endpoint)
        now = time(self._carrier.services.clock.wall())
        endpoint: dict[str, Any] = {
            "id": self._carrier.services.network.ids("wh_"),
            "name": wish.name,
            "url": wish.url,
            "events": list(wish.events),
            "allAgents": True,
            "timeoutMs": wish.timeoutMs,
            "signingSecretSource": wish.signingSecretSource,
            "hasCustomSigningSecret": bool(wish.signingSecret),
            "createdAt": now,
            "updatedAt": now,
            "_secret": wish.signingSecret if wish.signingSecretSource == "custom" else "",
        }
        self._of(account)[endpoint["id"]] = endpoint
        return web.json_response(_view(endpoint))

    async def get_endpoint(self, request: web.Request) -> web.Response:
        """`getWebhook`."""
        return web.json_response(_view(self._endpoint(request)))

    async def change(self, request: web.Request) -> web.Response:
        """`updateWebhook`: only what is given."""
        endpoint, wish = self._endpoint(request), await read_body(request, ChangeEndpoint, required=False)
        given = wish.model_dump(exclude_unset=True)
        if "signingSecret" in given:
            endpoint["_secret"] = given.pop("signingSecret")
            endpoint["hasCustomSigningSecret"] = bool(endpoint["_secret"])
        endpoint |= given | {"updatedAt": time(self._carrier.services.clock.wall())}
        return web.json_response(_view(endpoint))

    async def delete(self, request: web.Request) -> web.Response:
        """`deleteWebhook`."""
        del self._of(account_of(request))[self._endpoint(request)["id"]]
        return web.Response(status=204)

    def _of(self, account: Account) -> dict[str, dict[str, Any]]:
        return self._endpoints.setdefault(account.id, {})

    def _endpoint(self, request: web.Request) -> dict[str, Any]:
        key = request.match_info["id"]
        found = self._of(account_of(request)).get(key)
        if found is None:
            raise not_found("webhook", key)
        return found

    # What they are told.

    async def status(self, account: Account, call: Call) -> None:
        """A call's state has changed. The payload's form is not published."""
        leg = call.leg
        data = {"sessionId": leg.id, "status": status_of(leg), "from": leg.caller, "to": leg.callee}
        await self._tell(account, "call.status", data)

    async def report(self, account: Account, call: Call, report: Mapping[str, Any]) -> None:
        """A call is over; this event is sent again until somebody takes it."""
        await self._tell(account, "call.report", dict(report), attempts=_REPORT_ATTEMPTS)

    async def _tell(self, account: Account, event: str, data: dict[str, Any], *, attempts: int = 1) -> None:
        wanted = [(each, each["_secret"] or account.webhook_secret) for each in self._of(account).values()]
        if account.webhook_url:
            own = {"id": None, "name": "workspace", "url": account.webhook_url, "events": [event]}
            wanted.append((own, account.webhook_secret))
        for endpoint, secret in wanted:
            if event in endpoint["events"]:
                await self._deliveries.deliver(account, endpoint, secret, event, data, attempts)


def _view(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in endpoint.items() if not name.startswith("_")}
