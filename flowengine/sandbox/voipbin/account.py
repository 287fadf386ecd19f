"""The customer of the embedded carrier: keys, money, and everything that belongs to it."""

import hmac
from collections import defaultdict
from typing import Any

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.ids import Ids
from flowengine.sandbox.voipbin.config import VoipbinAccount
from flowengine.sandbox.voipbin.errors import ApiError
from flowengine.sandbox.voipbin.names import NIL, new_uuid
from flowengine.sandbox.voipbin.tables import Resource, Table, Times

PRICES = {"call": 10_000, "sms": 10_000, "number": 5_000_000, "email": 10_000}
"""Millionths of a US dollar: for a minute of a call, a message, a month of a number."""


class Account:
    """One customer.

    Attributes:
        customer: The profile.
        tables: Resources by kind: `flows`, `numbers`, `calls` …
    """

    def __init__(self, config: VoipbinAccount, clock: Clock, ids: Ids, keep: int) -> None:
        self.config = config
        self.clock = clock
        self.ids = ids
        self.times = Times(clock, config.times)
        self.tables: defaultdict[str, Table] = defaultdict(lambda: Table(self.times, keep))
        self.id = self.new_id()
        self.agent_id = self.new_id()
        self.billing_id = self.new_id()
        now = self.times.now()
        self.customer: Resource = {
            "id": self.id,
            "name": "Sandbox",
            "detail": "",
            "email": config.username,
            "phone_number": "",
            "address": "",
            "webhook_method": config.webhook_method,
            "webhook_uri": config.webhook_uri,
            "webhook_secret": config.webhook_secret,
            "billing_account_id": self.billing_id,
            "metadata": {"rtp_debug": False},
            "email_verified": True,
            "status": "active",
            "identity_verification_status": "verified" if config.verified else "none",
            "tm_create": now,
            "tm_update": now,
        }
        self.money: Resource = {
            "id": self.billing_id,
            "customer_id": self.id,
            "name": "Sandbox",
            "detail": "",
            "plan_type": "free",
            "plan_status": "active",
            "balance_credit": config.balance,
            "balance_token": 0,
            "payment_type": "prepaid",
            "payment_method": "",
            "paddle_subscription_id": "",
            "paddle_customer_id": "",
            "tm_create": now,
            "tm_update": now,
        }
        self.outbound: Resource = {
            "id": self.new_id(),
            "customer_id": self.id,
            "name": "",
            "detail": "",
            "destination_whitelist": list(config.countries or ()),
            "codecs": "",
            "default_outgoing_source_number_id": NIL,
            "tm_create": now,
            "tm_update": now,
        }
        self._tokens: dict[str, float] = {}
        self._requests: tuple[int, int] = (0, 0)
        for key in config.accesskeys:
            self.add("accesskeys", name="sandbox", detail="", token_prefix=key[:8])
            self._newest("accesskeys")["_token"] = key

    def new_id(self) -> str:
        """A new UUID."""
        return new_uuid(self.ids)

    def add(self, kind: str, **fields: Any) -> Resource:
        """Keep a new resource."""
        return self.tables[kind].add({"id": self.new_id(), "customer_id": self.id} | fields)

    def _newest(self, kind: str) -> Resource:
        return next(reversed(self.tables[kind].rows.values()))

    # Who may come in.

    def log_in(self, username: str, password: str) -> str | None:
        """A token; None where the password is wrong."""
        if username != self.config.username or not hmac.compare_digest(
            password.encode(), self.config.password.encode()
        ):
            return None
        token = self.ids("jwt.")
        self._tokens[token] = self.clock.now() + self.config.token_seconds
        return token

    def knows_token(self, token: str) -> bool:
        """Whether a login gave this token, and it has not grown too old."""
        return self._tokens.get(token, float("-inf")) > self.clock.now()

    def knows_key(self, key: str) -> bool:
        """Whether this is an access key."""
        table = self.tables["accesskeys"]
        kept = [row["_token"] for row in table.rows.values() if table.keeps(row)]
        return any(hmac.compare_digest(known.encode(), key.encode("utf-8", "surrogatepass")) for known in kept)

    def forget_logins(self) -> None:
        """Let all tokens grow too old at once."""
        self._tokens.clear()

    def count_request(self) -> None:
        """Count a request against the limit of this second.

        Raises:
            ApiError: 429.
        """
        second = int(self.clock.now())
        counted = self._requests[1] + 1 if self._requests[0] == second else 1
        self._requests = (second, counted)
        if self.config.requests is not None and counted > self.config.requests:
            raise ApiError(429, "RATE_LIMIT_EXCEEDED", "Too many requests.", {"limited_by": "customer"})

    # Money.

    def require_money(self) -> None:
        """Refuse what costs something when there is nothing left.

        Raises:
            ApiError: 402.
        """
        if self.money["balance_credit"] <= 0:
            raise ApiError(402, "INSUFFICIENT_BALANCE", "The balance is used up.")

    def charge(self, kind: str, reference: str, cost_type: str, units: int, seconds: int = 0) -> None:
        """Charge for `units` of something."""
        price = PRICES[kind]
        self.money["balance_credit"] -= price * units
        self.add(
            "billings",
            account_id=self.billing_id,
            transaction_type="usage",
            status="end",
            reference_type=kind,
            reference_id=reference,
            cost_type=cost_type,
            usage_duration=seconds,
            billable_units=units,
            rate_token_per_unit=0,
            rate_credit_per_unit=price,
            amount_token=0,
            amount_credit=-price * units,
            balance_token_snapshot=0,
            balance_credit_snapshot=self.money["balance_credit"],
            idempotency_key=self.new_id(),
        )
