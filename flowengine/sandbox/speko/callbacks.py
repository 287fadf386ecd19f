"""Calls that an agent has promised to make later. Agents promise none here: the control API schedules them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from flowengine.sandbox.accounts import Account
from flowengine.sandbox.api import Carrier, account_of
from flowengine.sandbox.speko.requests import E164
from flowengine.sandbox.speko.views import time
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.requests import Query, QueryInt, read_body, read_query

Dial = Callable[[Account, str, str | None, str | None], Awaitable[str]]
"""Places a call from an account to a number, from a number and by an agent; gives the call's id."""


class ListCallbacks(Query):
    """The query of `GET /v1/callbacks`."""

    status: Literal["scheduled", "dispatching", "dispatched", "cancelled", "failed"] | None = None
    source_session_id: str | None = None
    limit: Annotated[QueryInt, Field(ge=1, le=100)] = 25


class CancelCallback(BaseModel):
    """`POST /v1/callbacks/{id}/cancel`."""

    model_config = ConfigDict(strict=True, extra="ignore")

    reason: Annotated[str, Field(max_length=500)] = ""


class ScheduleCallback(BaseModel):
    """What the control API schedules: a call to a number in so many seconds."""

    model_config = ConfigDict(strict=True, extra="forbid")

    to: E164
    seconds: Annotated[float, Field(ge=0, le=604_800)]
    agent: str | None = None
    reason: str = ""
    session: str | None = None


class Callbacks:
    """Handlers, and the clock that dispatches what is due."""

    def __init__(self, carrier: Carrier, dial: Dial) -> None:
        self._carrier = carrier
        self._dial = dial
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        one = "/v1/callbacks/{id}"
        return [
            web.get("/v1/callbacks", self.list_callbacks),
            web.get(one, self.get_callback),
            web.post(f"{one}/cancel", self.cancel),
            web.post(f"{one}/dispatch", self.dispatch),
        ]

    def schedule(self, account: Account, wish: ScheduleCallback) -> dict[str, Any]:
        """Let a call be made later; it is dispatched when its time has come."""
        now = self._carrier.services.clock.wall()
        callback: dict[str, Any] = {
            "id": self._carrier.services.network.ids("cb_"),
            "organization_id": account.id,
            "source_session_id": wish.session,
            "created_session_id": None,
            "agent_id": wish.agent or next(iter(account.config.agents), None),
            "phone_number_id": None,
            "to_number": wish.to,
            "from_number": next(iter(account.numbers), None),
            "scheduled_at": time(now + timedelta(seconds=wish.seconds)),
            "status": "scheduled",
            "reason": wish.reason or None,
            "instructions": None,
            "summary": None,
            "pipeline_config": {},
            "metadata": {},
            "failure_cause": None,
            "attempted_at": None,
            "dispatched_at": None,
            "cancelled_at": None,
            "created_at": time(now),
            "updated_at": time(now),
        }
        self._kept[callback["id"]] = callback
        while len(self._kept) > self._carrier.services.config.keep:
            self._kept.popitem(last=False)
        self._carrier.services.in_background(self._when_due(account, callback, wish.seconds), "callback")
        return callback

    async def _when_due(self, account: Account, callback: dict[str, Any], seconds: float) -> None:
        await self._carrier.services.clock.sleep(seconds)
        if callback["status"] == "scheduled":
            await self._place(account, callback)

    async def _place(self, account: Account, callback: dict[str, Any]) -> None:
        now = time(self._carrier.services.clock.wall())
        callback |= {"status": "dispatching", "attempted_at": now, "updated_at": now}
        try:
            session = await self._dial(account, callback["to_number"], callback["from_number"], callback["agent_id"])
        except ApiError as error:
            callback |= {"status": "failed", "failure_cause": str(error)}
        else:
            callback |= {"status": "dispatched", "created_session_id": session, "dispatched_at": now}

    async def list_callbacks(self, request: web.Request) -> web.Response:
        """`listScheduledCallbacks`: the newest first."""
        account, query = account_of(request), read_query(request, ListCallbacks)
        found = [
            each
            for each in reversed(self._kept.values())
            if each["organization_id"] == account.id
            and query.status in (None, each["status"])
            and query.source_session_id in (None, each["source_session_id"])
        ]
        return web.json_response({"callbacks": found[: query.limit]})

    async def get_callback(self, request: web.Request) -> web.Response:
        """`getScheduledCallback`."""
        return web.json_response(self._callback(request))

    async def cancel(self, request: web.Request) -> web.Response:
        """`cancelScheduledCallback`."""
        callback = self._waiting(request)
        wish = await read_body(request, CancelCallback, required=False)
        now = time(self._carrier.services.clock.wall())
        reason = wish.reason or callback["reason"]
        callback |= {"status": "cancelled", "cancelled_at": now, "updated_at": now, "reason": reason}
        return web.json_response(callback)

    async def dispatch(self, request: web.Request) -> web.Response:
        """`dispatchScheduledCallback`: now, and not when it is due."""
        callback = self._waiting(request)
        await self._place(account_of(request), callback)
        return web.json_response(callback)

    def _callback(self, request: web.Request) -> dict[str, Any]:
        key = request.match_info["id"]
        found = self._kept.get(key)
        if found is None or found["organization_id"] != account_of(request).id:
            raise not_found("callback", key)
        return found

    def _waiting(self, request: web.Request) -> dict[str, Any]:
        callback = self._callback(request)
        if callback["status"] != "scheduled":
            raise ApiError(409, "conflict", f"The callback is {callback['status']}.")
        return callback
