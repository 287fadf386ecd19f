"""`[carriers.sms-voip]` of a project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SmsVoipConfig(BaseModel):
    """How sms-voip is reached, and how its webhooks are trusted.

    Attributes:
        api_key: Sent as a bearer token.
        base_url: Of the API, `/api/v1` included. The documented hosts end in `.local` and are placeholders: the
            vendor tells the real one.
        webhook_secret: What signs webhooks; empty: they are not checked.
        per_minute: Requests that a key may make in a minute; more wait on our side.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str = Field(default="", repr=False)
    base_url: str = "https://api.sms-voip.local/api/v1"
    webhook_secret: str | list[str] = Field(default_factory=list, repr=False)
    per_minute: int = Field(default=120, ge=1)
