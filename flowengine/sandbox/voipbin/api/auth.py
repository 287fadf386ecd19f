"""Who may come in: logins, tokens and access keys."""

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware

from flowengine.sandbox.voipbin.account import Account
from flowengine.sandbox.voipbin.api.reading import Shape, read_body
from flowengine.sandbox.voipbin.errors import ApiError, Handler, invalid
from flowengine.sandbox.voipbin.names import NIL

SIGNUP = Shape("name detail email* phone_number address webhook_method webhook_uri accepted_tos*:bool")


CUSTOMER = web.RequestKey("voipbin_customer", int)
"""Which of the customers asks."""


def authenticate(accounts: Sequence[Account]) -> Middleware:
    """A middleware that lets in who has a customer's token or access key, within the limit of requests."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        header = request.headers.get("Authorization", "")
        bearer = header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""
        token = bearer or request.query.get("token", "") or request.cookies.get("token", "")
        key = request.query.get("accesskey", "")
        if not (token or key):
            raise ApiError(401, "AUTHENTICATION_REQUIRED", "Send a token, or an access key as ?accesskey=.")
        # An access key as a bearer token is taken for a token, and is none.
        known = [account.knows_token(token) if token else account.knows_key(key) for account in accounts]
        if not any(known):
            raise ApiError(401, "INVALID_CREDENTIALS", "The token or access key is unknown, or too old.")
        request[CUSTOMER] = known.index(True)
        accounts[request[CUSTOMER]].count_request()
        return await handler(request)

    return middleware


class Auth:
    """The paths beside the API: `/auth/...`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.post("/login", self.log_in),
            web.post("/boot", self.boot),
            web.post("/signup", self.sign_up),
            web.post("/email-verify", self.verify),
            web.post("/unregister", self.unregister),
            web.delete("/unregister", self.stay),
            web.post("/password-forgot", self.forgot),
            web.get("/password-reset", self.reset_page),
            web.post("/password-reset", self.reset),
        ]

    async def log_in(self, request: web.Request) -> web.Response:
        """A token for a name and a password. A wrong one is a bare 400."""
        try:
            body = await read_body(request, Shape("username* password*"))
        except ApiError:
            return web.Response(status=400)
        token = self._account.log_in(body["username"], body["password"])
        if token is None:
            return web.Response(status=400)
        return web.json_response({"username": body["username"], "token": token})

    async def boot(self, request: web.Request) -> web.Response:
        """Access by a public hash: no such hash is known."""
        await read_body(request, Shape("direct_hash*"))
        raise invalid("The hash is unknown.")

    async def sign_up(self, request: web.Request) -> web.Response:
        """A new customer: this carrier has its one."""
        body = await read_body(request, SIGNUP)
        if not body["accepted_tos"]:
            raise invalid("The terms of service are not accepted.")
        raise invalid("The sandbox has one customer, and takes no others.")

    async def verify(self, request: web.Request) -> web.Response:
        """An e-mail address: it was verified long ago."""
        await read_body(request, Shape("token*"))
        raise invalid("The token is unknown.")

    async def unregister(self, request: web.Request) -> web.Response:
        """Leave: the account is frozen, and stays so until it is restored."""
        await read_body(request, Shape("password confirmation_phrase immediate:bool"))
        return await self._frozen(request, "frozen")

    async def stay(self, request: web.Request) -> web.Response:
        """Do not leave."""
        return await self._frozen(request, "active")

    async def _frozen(self, request: web.Request, status: str) -> web.Response:
        key = request.query.get("accesskey", "")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not (self._account.knows_key(key) or self._account.knows_token(bearer)):
            raise ApiError(401, "AUTHENTICATION_REQUIRED", "Send a token, or an access key as ?accesskey=.")
        self._account.customer["status"] = status
        return web.json_response(self._account.customer | {"billing_account_id": self._account.billing_id or NIL})

    async def forgot(self, request: web.Request) -> web.Response:
        """A mail with a way to a new password: none is sent."""
        body = await read_body(request, Shape("username*"))
        if "@" not in body["username"]:
            raise invalid("username is no e-mail address")
        return web.json_response({})

    async def reset_page(self, request: web.Request) -> web.Response:
        """The page behind that mail."""
        if not request.query.get("token"):
            raise ApiError(400, "MISSING_REQUEST_PARAMETER", "token is required")
        return web.Response(text="<!doctype html><title>New password</title>", content_type="text/html")

    async def reset(self, request: web.Request) -> web.Response:
        """A new password: nobody was sent a token for one."""
        await read_body(request, Shape("token* password*"))
        raise invalid("The token is unknown.")
