"""How the API says no, in both shapes that its documents have."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

_STATUS_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "PAYMENT_REQUIRED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_REASONS = {404: "ROUTE_NOT_FOUND", 405: "ROUTE_NOT_FOUND", 413: "INVALID_ARGUMENT"}


class ApiError(Exception):
    """A request that cannot be done, with its HTTP status and its reason, a word for programs."""

    def __init__(self, status: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.details = details


def not_found(kind: str) -> ApiError:
    """There is no such thing, or it is another customer's."""
    known = {"call", "groupcall", "recording", "conference", "conferencecall", "number", "flow", "activeflow", "queue"}
    reason = f"{kind.upper()}_NOT_FOUND" if kind in known else "RESOURCE_NOT_FOUND"
    return ApiError(404, reason, f"There is no such {kind}.")


def invalid(message: str) -> ApiError:
    """A body or a query that is not as it must be."""
    return ApiError(400, "INVALID_ARGUMENT", message)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer_errors(old: bool, new_request_id: Callable[[], str]) -> Middleware:
    """A middleware that turns each error into a JSON body; `old` in the shape of the older document."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return answer(error)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            # The carrier's router knows no 405: a method that a path does not have is a path that is not there.
            status = 404 if error.status == 405 else error.status if error.status in _STATUS_WORDS else 400
            reply = answer(ApiError(status, _REASONS.get(error.status, "INVALID_ARGUMENT"), error.reason))
            if error.status == 405:
                reply.headers["Allow"] = error.headers["Allow"]
                reply.set_status(405)
            return reply

    def answer(error: ApiError) -> web.Response:
        body: dict[str, Any]
        if old:
            body = {"error": error.reason.lower(), "message": str(error)}
        else:
            inner = {
                "status": _STATUS_WORDS.get(error.status, "INTERNAL"),
                "reason": error.reason,
                "message": str(error),
                "request_id": new_request_id(),
            }
            body = {"error": inner | ({"details": [error.details]} if error.details else {})}
        headers = {"Retry-After": "1"} if error.status == 429 else {}
        return web.Response(
            status=error.status, text=json.dumps(body), content_type="application/json", headers=headers
        )

    return middleware
