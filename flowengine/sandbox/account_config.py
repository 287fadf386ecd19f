"""How an account at one of the carriers is set up."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

KybStatus = Literal["missing", "draft", "submitted", "approved", "rejected", "revoked"]


class AccountConfig(BaseModel):
    """One account at one of the carriers.

    Attributes:
        keys: What its programs send to be let in.
        balance: In US dollars.
        numbers: Its numbers from the beginning.
        blocked: Whether everything is answered with 403.
        addresses: IP addresses that may use its keys; empty: all.
        per_minute: Requests in a minute, 429 for the rest; None: as many as come.
        webhook_url: Told what happens; empty: nobody is.
        webhook_secret: Signs webhooks; empty: they are not signed.
        kyb: How far the verification of its business is.
        review: Seconds until a submitted verification is approved; None: the control API decides.
        delivery: Seconds until a message arrives.
        agents: Ids of the voice agents that it has, where the carrier has such.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[str, ...]
    balance: Decimal = Decimal("100.00")
    numbers: tuple[str, ...] = ()
    blocked: bool = False
    addresses: tuple[str, ...] = ()
    per_minute: int | None = Field(default=None, ge=1)
    webhook_url: str = ""
    webhook_secret: str = ""
    kyb: KybStatus = "approved"
    review: float | None = Field(default=None, ge=0)
    delivery: float = Field(default=0.5, ge=0)
    agents: tuple[str, ...] = ()
