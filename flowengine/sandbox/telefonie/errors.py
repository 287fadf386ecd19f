"""How the API says no. The OpenAPI documents no error body; this one is what clients of such APIs expect."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError


class ApiError(Exception):
    """A request that cannot be done.

    Attributes:
        status: The HTTP status.
        code: A word for programs.
        param: The field at fault, where it is one.
        headers: Go with the answer.
    """

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.headers: dict[str, str] = {}


def not_found(kind: str, key: str) -> ApiError:
    """There is no such thing."""
    return ApiError(404, "not_found", f"There is no {kind} {key!r}.")


def invalid(error: ValidationError) -> ApiError:
    """A body or query that is not as the OpenAPI has it; the first finding is told."""
    finding = error.errors(include_url=False, include_input=False)[0]
    param = ".".join(str(part) for part in finding["loc"]) or None
    return ApiError(400, "invalid_request", f"{param or 'body'}: {finding['msg']}", param)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn each error into a JSON body with its status."""
    try:
        return await handler(request)
    except ApiError as error:
        return _answer(error.status, error.code, str(error), error.param)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = _answer(error.status, str(error.reason).lower().replace(" ", "_"), str(error.reason), None)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer


def _answer(status: int, code: str, message: str, param: str | None) -> web.Response:
    body = {"code": code, "message": message} | ({"param": param} if param else {})
    return web.Response(status=status, text=json.dumps({"error": body}), content_type="application/json")
