"""Faults on demand: errors, delays, and answers that never come, for requests that match."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from flowengine.sandbox.clock import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Where each carrier's APIs are; the longest that fits is meant.
PREFIXES = {
    "/finespeak/": "finespeak",
    "/sms-voip/": "sms-voip",
    "/speko/": "speko",
    "/v1.0/": "voipbin",
    "/auth/": "voipbin",
    "/v1/": "telefonie",
}


_SPEKO_CODES = {"invalid_request": "VALIDATION_ERROR", "unsupported_media_type": "VALIDATION_ERROR"}


class Fault(BaseModel):
    """What goes wrong, and for which requests.

    Attributes:
        carrier: The carrier that it happens to; `*` for all.
        method: The method of the request; `*` for all.
        path: The end of its path, as a pattern with `*`: `/calls`, `/messages/*`.
        status: Answer with this status; None: the request is carried out.
        code: The word for programs in the error's body.
        message: The words for people.
        retry_after: Seconds to wait, told in the header of that name.
        delay: Seconds before anything happens.
        carry_out: Carry the request out first, and only then fail: the answer is lost.
        drop: Close the connection without any answer.
        times: For how many requests; None: until it is taken away.
    """

    model_config = ConfigDict(extra="forbid")

    carrier: str = "*"
    method: str = "*"
    path: str = "*"
    status: int | None = Field(default=None, ge=400, le=599)
    code: str = "fault"
    message: str = "This is a fault on demand."
    retry_after: int | None = Field(default=None, ge=0)
    delay: float = Field(default=0, ge=0, le=600)
    carry_out: bool = False
    drop: bool = False
    times: int | None = Field(default=1, ge=1)

    def fits(self, carrier: str, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return (
            self.carrier in ("*", carrier)
            and self.method.upper() in ("*", method)
            and fnmatchcase(path, self.path if self.path.startswith("*") else f"*{self.path}")
        )


class Faults:
    """The faults that wait for requests."""

    def __init__(self, clock: Clock) -> None:
        self.waiting: list[Fault] = []
        self._clock = clock

    def add(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let everything go well again."""
        self.waiting.clear()

    def _next(self, carrier: str, request: web.Request) -> Fault | None:
        for fault in self.waiting:
            if fault.fits(carrier, request.method, request.path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self.waiting.remove(fault)
                return fault
        return None

    def middleware(self) -> Any:
        """For the application that all APIs are part of."""

        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            carrier = carrier_of(request.path)
            fault = self._next(carrier, request) if carrier and self.waiting else None
            if fault is None:
                return await handler(request)
            if fault.delay:
                await asyncio.sleep(fault.delay)
            answer = await handler(request) if fault.carry_out or (fault.status is None and not fault.drop) else None
            if fault.drop:
                if request.transport is not None:
                    request.transport.abort()
                raise ConnectionResetError("dropped on demand")
            if fault.status is None and answer is not None:
                return answer
            return _answer(carrier, fault)

        return middleware


def carrier_of(path: str) -> str:
    """The carrier whose API a path belongs to; empty where it is none's."""
    return next((carrier for prefix, carrier in PREFIXES.items() if prefix in path), "")


def error_body(carrier: str, status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """The body of an error as a carrier has it."""
    match carrier:
        case "speko":
            return {"error": message, "code": _SPEKO_CODES.get(code, code.upper())}
        case "voipbin":
            return {"error": {"status": status, "reason": code.upper(), "message": message}}
        case _:
            return {"error": {"code": code, "message": message} | ({"param": param} if param else {})}


def _answer(carrier: str, fault: Fault) -> web.Response:
    status = fault.status or 500
    body = json.dumps(error_body(carrier, status, fault.code, fault.message))
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return web.Response(status=status, text=body, content_type="application/json", headers=headers)
