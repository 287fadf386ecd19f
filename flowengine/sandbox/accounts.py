"""Accounts of the carriers that sell calls, messages and numbers: keys, money, limits, and what belongs to each."""

from __future__ import annotations

import hmac
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from aiohttp import web

from flowengine.sandbox.account_config import AccountConfig, KybStatus
from flowengine.sandbox.calls import Call
from flowengine.sandbox.clock import Clock
from flowengine.sandbox.ids import Ids
from flowengine.sandbox.telefonie.errors import ApiError

MINUTE_PRICE = Decimal("0.0100")
"""US dollars for a minute of a call."""
MESSAGE_PRICE = Decimal("0.006")
"""US dollars for a segment of a message."""
NUMBER_PRICE = Decimal("1.00")
"""US dollars for a month of a number."""


@dataclass(eq=False)
class Owned:
    """A number of an account; `fields` are the carrier's own."""

    number: str
    id: str
    bought: datetime
    label: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Text:
    """A message that an account has sent or got."""

    id: str
    sender: str
    to: str
    text: str
    direction: Literal["inbound", "outbound"]
    created: datetime
    status: str
    segments: int = 1
    media: tuple[str, ...] = ()
    callback: str = ""
    updated: datetime | None = None
    error: str = ""


class Account:
    """One account as it stands.

    Attributes:
        kyb: What was handed in for the verification.
        settings: What its programs have set, and is the carrier's own.
        replies: Answers to requests with an idempotency key: what was asked, the status, the body.
    """

    def __init__(self, config: AccountConfig, clock: Clock, ids: Ids, keep: int) -> None:
        self.config = config
        self.id = ids("ACC")
        self.balance = config.balance
        self.blocked = config.blocked
        self.per_minute = config.per_minute
        self.webhook_url = config.webhook_url
        self.webhook_secret = config.webhook_secret
        self.numbers: OrderedDict[str, Owned] = OrderedDict()
        self.calls: OrderedDict[str, Call] = OrderedDict()
        self.messages: OrderedDict[str, Text] = OrderedDict()
        self.replies: OrderedDict[str, tuple[bytes, int, bytes]] = OrderedDict()
        self.kyb_status: KybStatus = config.kyb
        self.kyb: dict[str, Any] = {}
        self.settings: dict[str, Any] = {}
        self._clock = clock
        self._keep = keep
        self._requests: deque[float] = deque()

    def count_request(self) -> None:
        """Count a request against the limit of a minute.

        Raises:
            ApiError: 429.
        """
        now = self._clock.now()
        while self._requests and self._requests[0] <= now - 60:
            self._requests.popleft()
        if self.per_minute is not None and len(self._requests) >= self.per_minute:
            oldest = self._requests[0] if self._requests else now
            error = ApiError(429, "rate_limit", f"More than {self.per_minute} requests in a minute.")
            error.headers["Retry-After"] = str(max(1, round(oldest + 60 - now)))
            raise error
        self._requests.append(now)

    def remember(self, kept: OrderedDict[str, Any], key: str, value: Any) -> None:
        """Keep something, and forget the oldest of its kind when there are too many."""
        kept[key] = value
        while len(kept) > self._keep:
            kept.popitem(last=False)


class Accounts:
    """The accounts of one carrier."""

    def __init__(self, configs: tuple[AccountConfig, ...], clock: Clock, ids: Ids, keep: int) -> None:
        self.all = [Account(config, clock, ids, keep) for config in configs]

    def of_key(self, key: str) -> Account | None:
        """The account that a key belongs to. All are compared, so that the time it takes says nothing."""
        found = None
        for account in self.all:
            for known in account.config.keys:
                if hmac.compare_digest(known.encode(), key.encode("utf-8", "surrogateescape")):
                    found = account
        return found

    def let_in(self, request: web.Request, key: str | None) -> Account:
        """The account of a request.

        Raises:
            ApiError: 401, 403 or 429.
        """
        account = self.of_key(key) if key else None
        if account is None:
            raise ApiError(401, "unauthorized", "The API key is missing or not known.")
        if account.blocked:
            raise ApiError(403, "account_blocked", "The account is blocked.")
        if account.config.addresses and request.remote not in account.config.addresses:
            raise ApiError(403, "ip_not_allowed", f"{request.remote} may not use this key.")
        account.count_request()
        return account


def bearer(request: web.Request) -> str | None:
    """The bearer token of a request."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
