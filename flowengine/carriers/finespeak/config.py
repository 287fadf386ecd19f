"""`[carriers.finespeak]` of a project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FinespeakConfig(BaseModel):
    """How FineSpeak is reached, and how its webhooks are trusted.

    Attributes:
        api_key: Sent as a bearer token.
        base_url: Of the API, with its version.
        webhook_token: Expected as the query parameter `token` of each webhook; empty: none is.
        webhook_secret: Expected to sign webhooks. FineSpeak documents no signature, so it is off unless given.
        signature_header: The header that holds the signature.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str = Field(default="", repr=False)
    base_url: str = "https://api.finespeak.net/v1"
    webhook_token: str = Field(default="", repr=False)
    webhook_secret: str | list[str] = Field(default_factory=list, repr=False)
    signature_header: str = "X-Signature"
