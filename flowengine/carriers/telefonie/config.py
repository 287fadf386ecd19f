"""`[carriers.telefonie]` of a project."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TelefonieConfig(BaseModel):
    """How Telefonie is reached, and how it reaches us.

    Attributes:
        api_key: Sent as `X-API-Key`.
        base_url: Of the Voice API.
        sms_url: Of the SMS API beside it.
        numbers_url: Of the Number Management API beside it.
        recordings_url: Of the Call Recording API beside it.
        format: The form of the documents; neither is documented by the carrier.
        webhook_secret: What signs webhooks; empty: they are not signed, and not checked.
        signature_header: The header that holds the signature.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str = ""
    base_url: str = "https://api.telefonie.com/v1/voice"
    sms_url: str = "https://api.telefonie.com/v1/sms"
    numbers_url: str = "https://api.telefonie.com/v1/numbers"
    recordings_url: str = "https://api.telefonie.com/v1/recordings"
    format: Literal["xml", "json"] = "xml"
    webhook_secret: str | list[str] = Field(default_factory=list)
    signature_header: str = "X-Signature"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that webhooks may be signed with."""
        given = [self.webhook_secret] if isinstance(self.webhook_secret, str) else self.webhook_secret
        return tuple(secret for secret in given if secret)
