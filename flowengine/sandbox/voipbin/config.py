"""How the embedded VoIPBIN is set up."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class VoipbinAccount(BaseModel):
    """One customer of the embedded VoIPBIN.

    Attributes:
        accesskeys: Access keys, sent as `?accesskey=`.
        username: With `password`, what `POST /auth/login` takes.
        password: Goes with `username`.
        token_seconds: How long a login's token is valid.
        numbers: Numbers of ours, each with the actions of the flow that answers it.
        webhook_uri: Told all events; `PUT /customer` changes it.
        webhook_method: How.
        webhook_secret: Signs webhooks; empty: they are not signed.
        webhook_delay: Seconds that each event is on its way.
        conferences: Conferences that are there from the beginning, names by id.
        queues: Queues that are there from the beginning, names by id.
        balance: In millionths of a US dollar; 0 refuses what costs something.
        verified: Whether the customer's identity is verified, without which no outside phone may be called.
        countries: Country prefixes that may be called; None: all.
        errors: The shape of error bodies: as the code makes them, or as the older document has them.
        times: How times are written: ISO 8601, or with a space and no zone.
        requests: Requests that are answered in each second, 429 for the rest; None: all.
        inventory: Numbers that can be bought.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accesskeys: tuple[str, ...] = ("vb_sandbox",)
    username: str = "sandbox@voipbin.example"
    password: str = "sandbox"  # noqa: S105 - of a carrier that is only pretended
    token_seconds: float = 7 * 86_400.0
    numbers: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    webhook_uri: str = ""
    webhook_method: Literal["POST", "GET", "PUT", "DELETE"] = "POST"
    webhook_secret: str = ""
    webhook_delay: float = Field(default=0.0, ge=0)
    conferences: dict[str, str] = Field(default_factory=dict)
    queues: dict[str, str] = Field(default_factory=dict)
    balance: int = 100_000_000
    verified: bool = True
    countries: tuple[str, ...] | None = None
    errors: Literal["code", "document"] = "code"
    times: Literal["iso", "space"] = "iso"
    requests: int | None = Field(default=None, ge=1)
    inventory: tuple[str, ...] = tuple(f"+1555888{number:04d}" for number in range(0, 400, 7))
