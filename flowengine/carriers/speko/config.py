"""`[carriers.speko]` of a project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SpekoConfig(BaseModel):
    """How Speko is reached, and how its webhooks are trusted.

    Attributes:
        api_key: Sent as a bearer token; a key is valid in one environment only.
        base_url: Of the API; staging is at `https://api-staging.speko.dev`.
        agent: The id of the agent that talks in calls that we place, and whose calls are listed.
        webhook_secret: What signs webhooks; empty: they are not checked. After `whsec_` it is in base64.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str = Field(default="", repr=False)
    base_url: str = "https://api.speko.dev"
    agent: str = ""
    webhook_secret: str | list[str] = Field(default_factory=list, repr=False)
