"""Credits, what they went to, what was used, and the organization."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from aiohttp import web
from pydantic import Field

from flowengine.sandbox.accounts import NUMBER_PRICE, Account
from flowengine.sandbox.api import Carrier, account_of
from flowengine.sandbox.selling import call_price
from flowengine.sandbox.speko.views import moment_of, time
from flowengine.sandbox.telefonie.requests import Query, QueryInt, read_query

_MICRO = 1_000_000
_AT_ONCE = 100


class Ledger(Query):
    """The query of `GET /v1/credits/ledger`."""

    limit: QueryInt = 50
    cursor: str | None = None


class Period(Query):
    """The query of `GET /v1/usage`."""

    from_: str | None = Field(default=None, alias="from")
    to: str | None = None


class Money:
    """The handlers."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._began = carrier.services.clock.wall()

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.get("/v1/credits/balance", self.balance),
            web.get("/v1/credits/ledger", self.ledger),
            web.get("/v1/usage", self.usage),
            web.get("/v1/organization", self.organization),
        ]

    async def balance(self, request: web.Request) -> web.Response:
        """`getCreditBalance`."""
        left = float(account_of(request).balance)
        return web.json_response({"balanceUsd": left, "currency": "USD", "updatedAt": self._now()})

    async def ledger(self, request: web.Request) -> web.Response:
        """`getCreditLedger`: the newest first; the cursor is the last one's id."""
        query, found = read_query(request, Ledger), self._entries(account_of(request))
        names = [each["id"] for each in found]
        if query.cursor:
            found = found[names.index(query.cursor) + 1 :] if query.cursor in names else []
        page = found[: max(1, min(query.limit, _AT_ONCE))]
        more = page[-1]["id"] if len(found) > len(page) else None
        return web.json_response({"entries": page, "nextCursor": more})

    def _entries(self, account: Account) -> list[dict[str, Any]]:
        """Everything that the balance is the sum of."""
        entries = [self._entry("grant", account.id, account.config.balance, self._began)]
        bought = [owned for owned in account.numbers.values() if owned.fields.get("_paid")]
        entries += [
            self._entry("debit", owned.id, -NUMBER_PRICE, owned.bought, metric="phone_number") for owned in bought
        ]
        entries += [
            self._entry("debit", call.leg.id, -call_price(call), call.leg.ended, metric="call", session=call.leg.id)
            for call in account.calls.values()
            if call.leg.is_over and call_price(call)
        ]
        # What a test has set, numbers that were given back, and calls that are forgotten.
        rest = account.balance - sum((Decimal(each["amountMicroUsd"]) / _MICRO for each in entries), Decimal(0))
        if rest:
            entries.append(self._entry("adjustment", f"{account.id}-rest", rest, self._began))
        return sorted(entries, key=lambda each: str(each["createdAt"]), reverse=True)

    def _entry(
        self,
        kind: str,
        about: str,
        amount: Decimal,
        at: datetime | None,
        *,
        metric: str | None = None,
        session: str | None = None,
    ) -> dict[str, Any]:
        return {
            "id": f"led_{about}",
            "kind": kind,
            "amountMicroUsd": str(int(amount * _MICRO)),
            "metric": metric,
            "provider": None if metric is None else "sandbox",
            "sessionId": session,
            "createdAt": time(at or self._began),
        }

    async def usage(self, request: web.Request) -> web.Response:
        """`getUsage`: of all calls that began in the period."""
        account, query = account_of(request), read_query(request, Period)
        since, before = moment_of(query.from_, "from"), moment_of(query.to, "to")
        calls = [
            call
            for call in account.calls.values()
            if (since is None or call.leg.created >= since) and (before is None or call.leg.created < before)
        ]
        cost = sum((call_price(call) for call in calls), Decimal(0))
        return web.json_response(
            {
                "from": time(since),
                "to": time(before),
                "calls": len(calls),
                "seconds": sum(int(call.leg.seconds_talked) for call in calls),
                "costMicroUsd": str(int(cost * _MICRO)),
            }
        )

    async def organization(self, request: web.Request) -> web.Response:
        """`getOrganization`."""
        account = account_of(request)
        return web.json_response({"id": account.id, "name": "Example", "createdAt": time(self._began)})

    def _now(self) -> str | None:
        return time(self._carrier.services.clock.wall())
