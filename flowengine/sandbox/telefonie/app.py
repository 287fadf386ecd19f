"""The web application of the API; its paths are relative to `/v1/voice`."""

from aiohttp import web

from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.telefonie.calls import Calls
from flowengine.sandbox.telefonie.conferences import Conferences
from flowengine.sandbox.telefonie.errors import Handler, answer_errors
from flowengine.sandbox.telefonie.owners import Owners

PREFIX = "/v1/voice"


def telefonie_app(exchange: Exchange, owners: Owners) -> web.Application:
    """The nine operations, for those who send the key of an account as `X-API-Key`."""

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        owners.let_in(request)
        return await handler(request)

    @web.middleware
    async def count_as_work(request: web.Request, handler: Handler) -> web.StreamResponse:
        with exchange.services.clock.work():
            return await handler(request)

    app = web.Application(middlewares=[answer_errors, authenticate, count_as_work])
    app.add_routes(Calls(exchange, owners).routes())
    app.add_routes(Conferences(exchange, owners).routes())
    return app
