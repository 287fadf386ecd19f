"""The web applications: the API below `/v1.0`, and logins beside it, below `/auth`."""

from aiohttp import web

from flowengine.sandbox.voipbin.api.account import AccountApi
from flowengine.sandbox.voipbin.api.auth import Auth, authenticate
from flowengine.sandbox.voipbin.api.calls import Calls
from flowengine.sandbox.voipbin.api.rows import Rows
from flowengine.sandbox.voipbin.api.socket import socket
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
from flowengine.sandbox.voipbin.errors import Handler, answer_errors

PREFIX = "/v1.0"
AUTH = "/auth"


def voipbin_apps(carrier: VoipbinCarrier) -> dict[str, web.Application]:
    """The applications, by the path that they are to be mounted at."""
    account = carrier.account

    @web.middleware
    async def count_as_work(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/ws"):
            return await handler(request)  # It goes on for as long as the customer likes.
        with account.clock.work():
            return await handler(request)

    errors = answer_errors(account.config.errors == "document", account.new_id)
    api = web.Application(middlewares=[errors, authenticate(account), count_as_work])
    rows = Rows(carrier)
    own = [*Calls(carrier, rows).routes(), *AccountApi(carrier, rows).routes()]
    api.add_routes(own)
    served = {(route.method, route.path) for route in own}
    # What has handlers of its own is not served a second time.
    api.add_routes(route for route in rows.routes() if (route.method, route.path) not in served)
    api.router.add_get("/ws", socket(carrier.events))
    auth = web.Application(middlewares=[errors, count_as_work])
    auth.add_routes(Auth(account).routes())
    return {PREFIX: api, AUTH: auth}
