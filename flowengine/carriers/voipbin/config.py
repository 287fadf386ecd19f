"""`[carriers.voipbin]` of a project."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VoipbinConfig(BaseModel):
    """How VoIPBIN is reached, and how it reaches us.

    Attributes:
        accesskey: Sent as `?accesskey=`; the carrier takes an access key in no header.
        username: With `password`, what a token is asked for with, in place of an access key.
        password: Goes with `username`.
        base_url: Of the API.
        token: Stands in the URL of a call's first fetch, so that nobody else begins calls with us.
        webhook_secret: What signs webhooks (`webhook_secret` of `GET /customer`).
        signature: Whether webhooks are checked: never, where they are signed, or all. Older installations of the
            carrier do not sign them.
        conferences: Conference ids by room name; a room that is not here is made when it is first entered.
        queues: Queue ids by name.
        provider: Who speaks: `gcp`, `aws`, or as the carrier chooses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    accesskey: str = ""
    username: str = ""
    password: str = ""
    base_url: str = "https://api.voipbin.net/v1.0"
    token: str = ""
    webhook_secret: str | list[str] = Field(default_factory=list)
    signature: Literal["off", "present", "required"] | None = None
    conferences: dict[str, str] = Field(default_factory=dict)
    queues: dict[str, str] = Field(default_factory=dict)
    provider: Literal["", "gcp", "aws"] = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that webhooks may be signed with."""
        given = [self.webhook_secret] if isinstance(self.webhook_secret, str) else self.webhook_secret
        return tuple(secret for secret in given if secret)

    @property
    def checks(self) -> Literal["off", "present", "required"]:
        """How webhooks are checked: all of them where there is a secret and nothing else is said."""
        return self.signature or ("required" if self.secrets else "off")
