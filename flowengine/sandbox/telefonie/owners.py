"""Whose calls and conferences are whose, where Telefonie has several accounts."""

from __future__ import annotations

from collections import OrderedDict

from aiohttp import web

from flowengine.sandbox.accounts import Account, Accounts
from flowengine.sandbox.calls import Call
from flowengine.sandbox.network.conference import Room
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.selling import call_price, require_money
from flowengine.sandbox.telefonie.errors import ApiError

_ACCOUNT = web.RequestKey("telefonie_account", Account)


class Owners:
    """Knows the account of everything. What nobody has claimed belongs to whose number it concerns, else to the first.

    Attributes:
        accounts: The accounts, the first of which has the numbers of the set-up that no other has.
    """

    def __init__(self, accounts: Accounts, keep: int) -> None:
        self.accounts = accounts
        self._keep = keep
        self._claimed: OrderedDict[str, Account] = OrderedDict()

    def let_in(self, request: web.Request) -> None:
        """Let a request in, or refuse it.

        Raises:
            ApiError: 401, 403 or 429.
        """
        request[_ACCOUNT] = self.accounts.let_in(request, request.headers.get("X-API-Key"))

    def of_request(self, request: web.Request) -> Account:
        """The account of a request that was let in."""
        return request[_ACCOUNT]

    def require_money(self, request: web.Request) -> None:
        """Refuse what costs something when nothing is left.

        Raises:
            ApiError: 403.
        """
        require_money(self.of_request(request))

    def claim(self, request: web.Request, call: Call) -> None:
        """A call was placed by a request: its account sees it, and pays for it."""
        account = self._claim(request, call.leg.id)

        def charge(leg: Leg) -> None:
            if leg.is_over:
                account.balance -= call_price(call)

        call.leg.listeners.append(charge)

    def claim_room(self, request: web.Request, room: Room) -> None:
        """A conference was made by a request."""
        self._claim(request, room.id)

    def _claim(self, request: web.Request, key: str) -> Account:
        account = self._claimed[key] = self.of_request(request)
        while len(self._claimed) > self._keep:
            self._claimed.popitem(last=False)
        return account

    def sees(self, request: web.Request, call: Call | None) -> bool:
        """Whether a call is one of the request's account."""
        return self.of_request(request) is self.of_call(call)

    def of_call(self, call: Call | None) -> Account | None:
        """The account of a call; of one that is forgotten the first, of one at another carrier None."""
        first = self.accounts.all[0]
        if call is None:
            return first
        if call.is_elsewhere:
            return None
        leg = call.leg
        found = self._claimed.get(leg.id) or self._claimed.get(leg.parent_id)
        return found or self._having(leg.callee) or self._having(leg.caller) or first

    def sees_room(self, request: web.Request, room: Room) -> bool:
        """Whether a conference is one of the request's account."""
        return self.of_request(request) is (self._claimed.get(room.id) or self.accounts.all[0])

    def _having(self, number: str) -> Account | None:
        return next((account for account in self.accounts.all if number in account.numbers), None)

    def require(self, request: web.Request, number: str) -> None:
        """Refuse a caller's number that is another account's.

        Raises:
            ApiError: 403.
        """
        if self._having(number) not in (None, self.of_request(request)):
            raise ApiError(403, "not_your_number", f"{number} is another account's.", "from")
