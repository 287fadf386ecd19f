"""The web applications: the API below `/v1.0`, and logins beside it, below `/auth`; for one customer or several."""

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from flowengine.sandbox.voipbin.api.account import AccountApi
from flowengine.sandbox.voipbin.api.auth import CUSTOMER, Auth, authenticate
from flowengine.sandbox.voipbin.api.calls import Calls
from flowengine.sandbox.voipbin.api.rows import Rows
from flowengine.sandbox.voipbin.api.socket import socket
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
from flowengine.sandbox.voipbin.errors import ApiError, Handler, answer_errors

PREFIX = "/v1.0"
AUTH = "/auth"


def voipbin_apps(carriers: Sequence[VoipbinCarrier]) -> dict[str, web.Application]:
    """The applications, by the path that they are to be mounted at. Each of `carriers` is a customer with its own
    keys, who sees nothing of the others. The form of errors is that of the first."""
    accounts = [carrier.account for carrier in carriers]
    first = accounts[0]

    @web.middleware
    async def count_as_work(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/ws"):
            return await handler(request)  # It goes on for as long as the customer likes.
        with first.clock.work():
            return await handler(request)

    errors = answer_errors(first.config.errors == "document", first.new_id)
    api = web.Application(middlewares=[errors, authenticate(accounts), count_as_work])
    for routes in zip(*map(_routes, carriers), strict=True):
        api.add_routes([_together(routes, _of_customer)])
    auth = web.Application(middlewares=[errors, count_as_work])
    for routes in zip(*(Auth(account).routes() for account in accounts), strict=True):
        auth.add_routes([_together(routes, _of_whom_it_concerns)])
    return {PREFIX: api, AUTH: auth}


def _routes(carrier: VoipbinCarrier) -> list[web.RouteDef]:
    """Everything that a customer is served; what has handlers of its own not a second time."""
    rows = Rows(carrier)
    own = [*Calls(carrier, rows).routes(), *AccountApi(carrier, rows).routes()]
    served = {(route.method, route.path) for route in own}
    others = [route for route in rows.routes() if (route.method, route.path) not in served]
    return [*own, *others, web.get("/ws", socket(carrier.events))]


def _together(routes: Sequence[web.RouteDef], choose: Callable[[list[Any]], Handler]) -> web.RouteDef:
    """The same route of all customers as one."""
    first = routes[0]
    return web.RouteDef(first.method, first.path, choose([route.handler for route in routes]), first.kwargs)


def _of_customer(handlers: list[Handler]) -> Handler:
    """The handler of the customer who asks."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return await handlers[request[CUSTOMER]](request)

    return handler


def _of_whom_it_concerns(handlers: list[Handler]) -> Handler:
    """Who asks here has no key yet: the first customer that a name or token is right for answers, else the last."""

    async def handler(request: web.Request) -> web.StreamResponse:
        *others, last = handlers
        for one in others:
            try:
                answer = await one(request)
            except ApiError:
                continue
            if answer.status < 400:
                return answer
        return await last(request)

    return handler
