"""Watching a call from outside: the stream of its events, and a token to join it from the web."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from flowengine.sandbox.api import Carrier
from flowengine.sandbox.speko.calls import Calls
from flowengine.sandbox.speko.views import status_of, time
from flowengine.sandbox.telefonie.errors import ApiError
from flowengine.sandbox.telefonie.requests import read_body

ROTATES = 600.0
"""Seconds after which a stream ends, and is to be opened again at its cursor."""

_LOOK = 0.1
_JOIN = timedelta(minutes=10)


class Join(BaseModel):
    """`POST /v1/calls/{id}/web-join`."""

    model_config = ConfigDict(strict=True, extra="ignore")

    displayName: str = "Guest"  # noqa: N815 - the API's own name


class Sessions:
    """The handlers."""

    def __init__(self, carrier: Carrier, calls: Calls) -> None:
        self._carrier = carrier
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.get("/v1/sessions/{id}/stream", self.stream),
            web.post("/v1/calls/{id}/web-join", self.join),
        ]

    async def join(self, request: web.Request) -> web.Response:
        """`webJoinCall`: a token for a room. Nothing listens in that room here."""
        call, wish = self._calls.find(request), await read_body(request, Join, required=False)
        if not call.leg.is_answered:
            raise ApiError(409, "conflict", f"The call is {status_of(call.leg)}.")
        ids, now = self._carrier.services.network.ids, self._carrier.services.clock.wall()
        return web.json_response(
            {
                "token": ids("join_"),
                "url": "wss://rooms.invalid",
                "identity": wish.displayName,
                "roomName": f"call-{call.leg.id}",
                "expiresAt": time(now + _JOIN),
            }
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`streamSession`: events of the server-sent kind: `status`, `transcript`, `event`, and `end` at last."""
        call = self._calls.find(request)
        turns, after = _cursor(request.query.get("cursor"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)

        async def send(event: str, data: dict[str, Any]) -> None:
            text = f"id: {turns}:{after}\nevent: {event}\ndata: {json.dumps(data)}\n\n"
            await response.write(text.encode())

        leg, clock = call.leg, self._carrier.services.clock
        until, status = clock.now() + ROTATES, ""
        while True:
            if (now := status_of(leg)) != status:
                status = now
                await send("status", {"sessionId": leg.id, "status": status})
            over = self._calls.has_ended(leg)
            said = [heard.text for heard in leg.heard if heard.kind == "say"]
            for text in said[turns:]:
                turns += 1
                await send("transcript", {"index": turns - 1, "source": "agent", "text": text})
            for event in self._calls.events_after(leg.id, after):
                after = event["_at"]
                await send("event", {name: value for name, value in event.items() if name != "_at"})
            if over or clock.now() >= until:
                await send("end", {"reason": "session_ended" if over else "timeout"})
                return response
            # What is said is no change of the call, so it is looked for.
            await leg.until(lambda: self._calls.has_ended(leg), _LOOK)


def _cursor(text: str | None) -> tuple[int, int]:
    """How many turns, and which time in milliseconds, the reader has seen."""
    turns, _, at = (text or "0:0").partition(":")
    if not (turns.isascii() and turns.isdigit() and at.isascii() and at.isdigit() and len(text or "") < 40):
        raise ApiError(400, "invalid_request", "cursor: not of the form TURN:MILLISECONDS", "cursor")
    return int(turns), int(at)
