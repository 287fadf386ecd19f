"""What the carriers' web applications have in common: who is let in, and how errors look."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from flowengine.sandbox.accounts import Account, Accounts
from flowengine.sandbox.documents.services import Services
from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.faults import Handler, error_body
from flowengine.sandbox.notices import Notices
from flowengine.sandbox.post_office import PostOffice
from flowengine.sandbox.telefonie.errors import ApiError

_ACCOUNT = web.RequestKey("account", Account)
Given = Callable[[web.Request], str | None]


class Carrier:
    """What the handlers of a carrier's API are given.

    Attributes:
        taken: All numbers that somebody has, at any of the carriers.
    """

    def __init__(
        self, accounts: Accounts, exchange: Exchange, notices: Notices, post: PostOffice, taken: set[str]
    ) -> None:
        self.accounts = accounts
        self.exchange = exchange
        self.notices = notices
        self.post = post
        self.taken = taken

    @property
    def services(self) -> Services:
        """What calls need."""
        return self.exchange.services


def account_of(request: web.Request) -> Account:
    """The account of a request that was let in."""
    return request[_ACCOUNT]


def application(carrier: str, state: Carrier, key: Given, *, public: frozenset[str] = frozenset()) -> web.Application:
    """An application for those whose key is known. Paths in `public` (their ends) may be asked for without one."""

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return _answer(carrier, error)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            word = str(error.reason).lower().replace(" ", "_")
            answer = _answer(carrier, ApiError(error.status, word, str(error.reason)))
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer

    @web.middleware
    async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = key(request)
        if given is not None or not any(request.path.endswith(end) for end in public):
            request[_ACCOUNT] = state.accounts.let_in(request, given)
        return await handler(request)

    @web.middleware
    async def count_as_work(request: web.Request, handler: Handler) -> web.StreamResponse:
        with state.services.clock.work():
            return await handler(request)

    return web.Application(middlewares=[errors, let_in, count_as_work])


def _answer(carrier: str, error: ApiError) -> web.Response:
    body: dict[str, Any] = error_body(carrier, error.status, error.code, str(error), error.param)
    return web.Response(
        status=error.status, text=json.dumps(body), content_type="application/json", headers=error.headers
    )
