"""The web application of the API; its paths are relative to `/v1/voice`."""

import hmac

from aiohttp import web

from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.telefonie.calls import Calls
from flowengine.sandbox.telefonie.conferences import Conferences
from flowengine.sandbox.telefonie.errors import ApiError, Handler, answer_errors

PREFIX = "/v1/voice"


def telefonie_app(exchange: Exchange, api_keys: tuple[str, ...]) -> web.Application:
    """The nine operations, for those who send one of `api_keys` as `X-API-Key`."""

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-API-Key", "").encode(errors="surrogateescape")
        if not any(hmac.compare_digest(given, key.encode()) for key in api_keys):
            raise ApiError(401, "unauthorized", "The X-API-Key header is missing, or its key unknown.")
        return await handler(request)

    @web.middleware
    async def count_as_work(request: web.Request, handler: Handler) -> web.StreamResponse:
        with exchange.services.clock.work():
            return await handler(request)

    app = web.Application(middlewares=[answer_errors, authenticate, count_as_work])
    app.add_routes(Calls(exchange).routes())
    app.add_routes(Conferences(exchange).routes())
    return app
