"""Phone numbers, and the verification of the business that buys them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from flowengine.sandbox.accounts import Account, Owned
from flowengine.sandbox.api import Carrier, account_of
from flowengine.sandbox.inventory import available
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.selling import give_up, own_number, pay_for_number, require_for_sale
from flowengine.sandbox.speko.requests import Available, Buy, Change, Draft, Import, Submit
from flowengine.sandbox.speko.views import AREAS, available_view, number_view, submission_view
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.requests import read_body, read_query

# From these a business may be described anew; while it is looked at, and afterwards, it may not.
_OPEN = ("missing", "draft", "rejected")

Answer = Callable[[Account, Owned, Leg], None]


class Numbers:
    """Handlers; `answer` takes the calls to a number."""

    def __init__(self, carrier: Carrier, answer: Answer) -> None:
        self._carrier = carrier
        self._answer = answer
        for account in carrier.accounts.all:
            if account.kyb_status != "missing":
                account.kyb = self._example()
            agent = next(iter(account.config.agents), None)
            for number in account.config.numbers:
                self._own(account, number, {"direction": "both" if agent else "outbound", "agentId": agent})

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        base = "/v1/phone-numbers"
        number = f"{base}/{{id:(?!available$|import$|kyb$)[^/]+}}"
        return [
            web.get(base, self.list_numbers),
            web.post(base, self.buy),
            web.get(f"{base}/available", self.search),
            web.post(f"{base}/import", self.import_number),
            web.get(f"{base}/kyb", self.get_kyb),
            web.put(f"{base}/kyb/draft", self.draft_kyb),
            web.post(f"{base}/kyb/submit", self.submit_kyb),
            web.get(number, self.get_number),
            web.patch(number, self.change),
            web.delete(number, self.release),
        ]

    async def list_numbers(self, request: web.Request) -> web.Response:
        """`listPhoneNumbers`."""
        account = account_of(request)
        return web.json_response([number_view(account, owned) for owned in account.numbers.values()])

    async def search(self, request: web.Request) -> web.Response:
        """`searchAvailablePhoneNumbers`: for businesses that are verified."""
        query = read_query(request, Available)
        _require_verified(account_of(request))
        area = query.areaCode
        if area is None and query.locality:
            area = next((code for code, (name, _) in AREAS.items() if name.lower() == query.locality.lower()), "000")
        taken = self._carrier.taken | set(self._carrier.services.network.lines)
        found = available("US", area, taken, query.limit)
        return web.json_response([available_view(number) for number in found])

    async def buy(self, request: web.Request) -> web.Response:
        """`createPhoneNumber`: for businesses that are verified, and have credits."""
        account, wish = account_of(request), await read_body(request, Buy)
        _require_verified(account)
        self._check(account, wish.direction, wish.agentId, wish.dispatchMetadataTemplate)
        require_for_sale(self._carrier, wish.e164, "e164", taken=409, unknown=409)
        pay_for_number(account, status=402)
        return self._added(account, wish, {"_paid": True})

    async def import_number(self, request: web.Request) -> web.Response:
        """`importSipTrunkPhoneNumber`."""
        account, wish = account_of(request), await read_body(request, Import)
        if wish.sipConnectionInstallationId is None and wish.sipTrunkId is None:
            raise ApiError(400, "invalid_request", "sipConnectionInstallationId or sipTrunkId is required")
        self._check(account, wish.direction, wish.agentId, wish.dispatchMetadataTemplate)
        if wish.e164 in self._carrier.taken or wish.e164 in self._carrier.services.network.lines:
            raise ApiError(409, "conflict", f"{wish.e164} is there already")
        names = ("sipConnectionInstallationId", "sipTrunkId", "sipProviderName")
        values = {name: getattr(wish, name) for name in names}
        return self._added(account, wish, {name: value for name, value in values.items() if value is not None})

    async def get_number(self, request: web.Request) -> web.Response:
        """`getPhoneNumber`."""
        return web.json_response(number_view(account_of(request), self._number(request)))

    async def change(self, request: web.Request) -> web.Response:
        """`updatePhoneNumber`: only what is given; null clears."""
        account, owned = account_of(request), self._number(request)
        wish = await read_body(request, Change, nulls=True)
        given = {name: getattr(wish, name) for name in wish.model_fields_set}
        fields = {**owned.fields, **{name: value for name, value in given.items() if name != "label"}}
        self._check(account, fields["direction"], fields.get("agentId"), fields.get("dispatchMetadataTemplate"))
        owned.fields = {**fields, "updated": self._carrier.services.clock.wall()}
        if "label" in given:
            owned.label = given["label"]
        return web.json_response(number_view(account, owned))

    async def release(self, request: web.Request) -> web.Response:
        """`deletePhoneNumber`."""
        give_up(self._carrier, account_of(request), self._number(request).number)
        return web.json_response({"released": True})

    def _check(self, account: Account, direction: str, agent: str | None, template: dict[str, Any] | None) -> None:
        if agent is not None and agent not in account.config.agents:
            raise ApiError(404, "not_found", "not found", "agentId")
        if direction != "outbound" and agent is None and template is None:
            raise ApiError(400, "invalid_request", "a number that takes calls needs an agent or a dispatch template")

    def _added(self, account: Account, wish: Buy, more: dict[str, Any]) -> web.Response:
        fields = {
            "direction": wish.direction,
            "agentId": wish.agentId,
            "dispatchMetadataTemplate": wish.dispatchMetadataTemplate,
        }
        owned = self._own(account, wish.e164, fields | more)
        owned.label = wish.label
        return web.json_response(number_view(account, owned))

    def _own(self, account: Account, number: str, fields: dict[str, Any]) -> Owned:
        owned = own_number(
            self._carrier,
            account,
            number,
            "pn_",
            lambda leg: self._answer(account, owned, leg),
            lambda sender, to, text: None,  # Speko takes no messages.
        )
        owned.fields = fields
        return owned

    def _number(self, request: web.Request) -> Owned:
        key = request.match_info["id"]
        for owned in account_of(request).numbers.values():
            if owned.id == key:
                return owned
        raise not_found("phone number", key)

    # The verification.

    async def get_kyb(self, request: web.Request) -> web.Response:
        """`getPhoneNumberKyb`."""
        account = account_of(request)
        view: dict[str, Any] = {"status": account.kyb_status, "submission": submission_view(account), "prefill": None}
        return web.json_response(view)

    async def draft_kyb(self, request: web.Request) -> web.Response:
        """`savePhoneNumberKybDraft`: as often as one likes, until it is handed in."""
        account, wish = account_of(request), await read_body(request, Draft)
        self._describe(account, wish, wish.attestationAccepted)
        account.kyb_status = "draft"
        return web.json_response(submission_view(account))

    async def submit_kyb(self, request: web.Request) -> web.Response:
        """`submitPhoneNumberKyb`: somebody looks at it then."""
        account, wish = account_of(request), await read_body(request, Submit)
        self._describe(account, wish, True)
        account.kyb_status = "submitted"
        account.kyb["submitted"] = self._carrier.services.clock.wall()
        if account.config.review is not None:
            self._carrier.services.in_background(self._review(account, account.config.review), "review")
        return web.json_response(submission_view(account))

    def _example(self) -> dict[str, Any]:
        """What an account handed in that is further than the beginning from the start."""
        now = self._carrier.services.clock.wall()
        address = {"street": "1 Main St", "city": "Boston", "state": "MA", "postalCode": "02101", "country": "US"}
        business = {
            "legalName": "Example Ltd",
            "displayName": "Example",
            "entityType": "llc",
            "country": "US",
            "website": "https://example.com",
            "address": address,
            "useCase": "support",
            "expectedUsage": "1000 minutes a month",
        }
        return {
            "id": self._carrier.services.network.ids("kyb_"),
            "created": now,
            "updated": now,
            "businessProfile": business,
            "authorizedRepresentative": {"name": "Ada Example", "title": "Director", "email": "ada@example.com"},
            "attestationAccepted": True,
            "submitted": now,
        }

    async def _review(self, account: Account, seconds: float) -> None:
        await self._carrier.services.clock.sleep(seconds)
        if account.kyb_status == "submitted":
            account.kyb_status = "approved"

    def _describe(self, account: Account, wish: Draft, attested: bool) -> None:
        if account.kyb_status not in _OPEN:
            raise ApiError(409, "kyb_state_conflict", f"The verification is {account.kyb_status}.")
        now, described = self._carrier.services.clock.wall(), wish.model_dump(exclude_none=True)
        account.kyb = {
            "id": account.kyb.get("id") or self._carrier.services.network.ids("kyb_"),
            "created": account.kyb.get("created", now),
            "updated": now,
            **described,
            "attestationAccepted": attested,
        }


def _require_verified(account: Account) -> None:
    if account.kyb_status != "approved":
        raise ApiError(403, "kyb_required", "The business has to be verified first.")
