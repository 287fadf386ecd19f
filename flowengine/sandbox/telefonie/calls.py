"""The operations on calls."""

from aiohttp import web

from flowengine.sandbox.calls import Call
from flowengine.sandbox.documents.program import Goto
from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.network.leg import LegState
from flowengine.sandbox.network.network import is_dialable
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.owners import Owners
from flowengine.sandbox.telefonie.requests import InitiateCall, ListCalls, UpdateCall, read_body, read_query
from flowengine.sandbox.telefonie.views import call_view

_LONGEST_RING_SECONDS = 600


class Calls:
    """Handlers over an exchange."""

    def __init__(self, exchange: Exchange, owners: Owners) -> None:
        self._exchange = exchange
        self._owners = owners

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.get("/calls", self.list_calls),
            web.post("/calls", self.initiate_call),
            web.get("/calls/{call_id}", self.get_call),
            web.post("/calls/{call_id}", self.update_call),
            web.delete("/calls/{call_id}", self.end_call),
        ]

    async def list_calls(self, request: web.Request) -> web.Response:
        """`listCalls`: the newest first."""
        query = read_query(request, ListCalls)
        found = [
            call
            for call in reversed(self._exchange.calls.values())
            if self._owners.sees(request, call)
            and query.status in (None, call.leg.state.value)
            and query.direction in (None, call.leg.direction)
            and query.from_ in (None, call.leg.caller)
            and query.to in (None, call.leg.callee)
        ]
        page, size = max(1, query.page), max(1, query.page_size)
        shown = found[(page - 1) * size : page * size]
        return web.json_response(
            {"calls": [call_view(call) for call in shown], "total": len(found), "page": page, "page_size": size}
        )

    async def initiate_call(self, request: web.Request) -> web.Response:
        """`initiateCall`."""
        wish = await read_body(request, InitiateCall)
        require_dialable(self._exchange, to=wish.to, from_=wish.from_)
        self._owners.require_money(request)
        self._owners.require(request, wish.from_)
        call = self._exchange.place(
            wish.from_,
            wish.to,
            target=Goto(wish.url, wish.method) if wish.url else None,
            timeout=float(min(max(wish.timeout, 1), _LONGEST_RING_SECONDS)),
            status_callback=wish.status_callback,
            record=wish.record,
        )
        self._owners.claim(request, call)
        return web.json_response(call_view(call), status=201)

    async def get_call(self, request: web.Request) -> web.Response:
        """`getCall`."""
        return web.json_response(call_view(self._call(request)))

    async def update_call(self, request: web.Request) -> web.Response:
        """`updateCall`: end the call, or send it to another document."""
        call = self._call(request)
        wish = await read_body(request, UpdateCall, required=False)
        if wish.status is None and not wish.url:
            return web.json_response(call_view(call))
        if call.leg.is_over:
            raise ApiError(409, "call_is_over", f"The call is {call.leg.state} already.")
        if wish.status == "canceled" and call.leg.state is LegState.IN_PROGRESS:
            raise ApiError(409, "call_is_answered", "An answered call cannot be canceled; completed ends it.", "status")
        if wish.status is not None:
            call.leg.hang_up("network")
        else:
            target = Goto(wish.url, "GET" if wish.method.upper() == "GET" else "POST")
            try:
                self._exchange.redirect(call, target)
            except RuntimeError as error:
                raise ApiError(409, "not_connected", str(error), "url") from None
        return web.json_response(call_view(call))

    async def end_call(self, request: web.Request) -> web.Response:
        """`endCall`: of a call that is over already, nothing is left to do."""
        self._call(request).leg.hang_up("network")
        return web.Response(status=204)

    def _call(self, request: web.Request) -> Call:
        key = request.match_info["call_id"]
        call = self._exchange.calls.get(key)
        if call is None or not self._owners.sees(request, call):
            raise not_found("call", key)
        return call


def require_dialable(exchange: Exchange, *, to: str, from_: str) -> None:
    """Refuse numbers that cannot be dialled, where the carrier is set up to be strict.

    Raises:
        ApiError: 400.
    """
    if not exchange.services.config.strict_numbers:
        return
    for param, number in (("to", to), ("from", from_)):
        if not is_dialable(number):
            raise ApiError(400, "invalid_number", f"{number!r} is no E.164 number, like +15551230000.", param)
