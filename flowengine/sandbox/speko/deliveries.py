"""The record of what was told to webhooks, and telling it again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web
from pydantic import Field

from flowengine.carriers.speko.signature import sign
from flowengine.sandbox.accounts import Account
from flowengine.sandbox.api import Carrier, account_of
from flowengine.sandbox.speko.views import time
from flowengine.sandbox.telefonie.errors import not_found
from flowengine.sandbox.telefonie.requests import Query, QueryInt, read_query

_KEPT = timedelta(days=7)
_AT_ONCE = 100


class ListDeliveries(Query):
    """The query of `GET /v1/webhook-deliveries`."""

    endpointId: str | None = None  # noqa: N815 - the API's own name
    event: str | None = None
    agentId: str | None = None  # noqa: N815
    status: str | None = None
    sessionId: str | None = None  # noqa: N815
    eventId: str | None = None  # noqa: N815
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    cursor: str | None = None
    limit: QueryInt = 50


class Deliveries:
    """Delivers events and remembers how it went."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """The paths that it serves."""
        return [
            web.get("/v1/webhook-deliveries", self.list_deliveries),
            web.get("/v1/webhook-deliveries/{id}", self.get_delivery),
            web.post("/v1/webhook-deliveries/{id}/redeliver", self.redeliver),
        ]

    async def deliver(
        self,
        account: Account,
        endpoint: Mapping[str, Any],
        secret: str,
        event: str,
        data: Mapping[str, Any],
        attempts: int,
    ) -> None:
        """Tell an endpoint of an event, at most so often until it takes it."""
        services = self._carrier.services
        now = services.clock.wall()
        body = {"type": event, "timestamp": time(now), "data": dict(data)}
        delivery: dict[str, Any] = {
            "id": services.network.ids("whd_"),
            "eventId": services.network.ids("msg_"),
            "endpointId": endpoint.get("id"),
            "endpointName": endpoint.get("name", ""),
            "endpointKind": "workspace",
            "endpointDeleted": False,
            "event": event,
            "sessionId": data.get("sessionId") or data.get("session_id"),
            "agentId": data.get("agentId"),
            "webhookTags": {},
            "status": "delivering",
            "attempts": 0,
            "httpStatus": None,
            "error": None,
            "occurredAt": time(now),
            "expiresAt": time(now + _KEPT),
            "deliveredAt": None,
            "createdAt": time(now),
            "canRedeliver": True,
            "_to": (account.id, endpoint["url"], secret, body),
        }
        self._kept[delivery["id"]] = delivery
        while len(self._kept) > services.config.keep:
            self._kept.popitem(last=False)
        await self._send(delivery, attempts)

    async def _send(self, delivery: dict[str, Any], attempts: int) -> None:
        _, url, secret, body = delivery["_to"]
        at = int(self._carrier.services.clock.wall().timestamp())

        def headers(raw: bytes) -> dict[str, str]:
            named = {"webhook-id": delivery["eventId"], "webhook-timestamp": str(at)}
            return named | ({"webhook-signature": sign(secret, delivery["eventId"], at, raw)} if secret else {})

        about = str(delivery["sessionId"] or "")
        sent = await self._carrier.notices.deliver(url, body, headers, attempts=attempts, about=about)
        taken = 200 <= sent.status < 300
        delivery |= {
            "status": "succeeded" if taken else "failed",
            "attempts": delivery["attempts"] + sent.attempts,
            "httpStatus": sent.status or None,
            "error": None if taken else f"status {sent.status}" if sent.status else "no answer",
            "deliveredAt": time(self._carrier.services.clock.wall()) if taken else None,
        }

    async def list_deliveries(self, request: web.Request) -> web.Response:
        """`listWebhookDeliveries`: the newest first; the cursor is the last one's id."""
        account, query = account_of(request), read_query(request, ListDeliveries)
        wanted = query.model_dump(exclude_none=True, exclude={"cursor", "limit", "from_", "to"})
        found = [
            each
            for each in reversed(self._kept.values())
            if each["_to"][0] == account.id
            and all(each[name] == value for name, value in wanted.items())
            and (not query.from_ or each["occurredAt"] >= query.from_)
            and (not query.to or each["occurredAt"] < query.to)
        ]
        names = [each["id"] for each in found]
        if query.cursor:
            found = found[names.index(query.cursor) + 1 :] if query.cursor in names else []
        page = found[: max(1, min(query.limit, _AT_ONCE))]
        more = page[-1]["id"] if len(found) > len(page) else None
        endpoints = {each["endpointId"]: each["endpointName"] for each in self._kept.values() if each["endpointId"]}
        options = [{"id": key, "name": name} for key, name in endpoints.items()]
        return web.json_response(
            {"data": [_view(each) for each in page], "nextCursor": more, "endpointOptions": options}
        )

    async def get_delivery(self, request: web.Request) -> web.Response:
        """`getWebhookDelivery`: with what was sent."""
        delivery = self._delivery(request)
        return web.json_response(_view(delivery) | {"payload": delivery["_to"][3]})

    async def redeliver(self, request: web.Request) -> web.Response:
        """`redeliverWebhook`: once more, with the same id, so that whoever has it can tell that it is a repeat."""
        delivery = self._delivery(request)
        await self._send(delivery, 1)
        status, error = delivery["httpStatus"], delivery["error"]
        return web.json_response({"delivered": error is None, "httpStatus": status, "error": error})

    def _delivery(self, request: web.Request) -> dict[str, Any]:
        key = request.match_info["id"]
        found = self._kept.get(key)
        if found is None or found["_to"][0] != account_of(request).id:
            raise not_found("delivery", key)
        return found


def _view(delivery: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in delivery.items() if not name.startswith("_")}
