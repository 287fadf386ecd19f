"""The four operations of Telefonie's SMS API, as values, to the letter of its OpenAPI.

`base` is the URL of that API, which lies beside the Voice API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation, nothing
from flowengine.carriers.reading import given, query

MessageStatus = Literal["queued", "sending", "sent", "delivered", "undelivered", "failed", "receiving", "received"]


class TextMessage(BaseModel):
    """A message. A negative price is a charge."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: str
    status: MessageStatus
    direction: Literal["inbound", "outbound"]
    sender: str = Field(alias="from")
    to: str
    body: str | None = None
    num_segments: int | None = None
    num_media: int | None = None
    price: str | None = None
    price_unit: str | None = None
    date_created: datetime | None = None
    date_sent: datetime | None = None
    date_updated: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None


class MessagePage(BaseModel):
    """A page of messages."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    messages: list[TextMessage] = Field(default_factory=list)
    total: int | None = None


def list_messages(
    base: str,
    *,
    direction: Literal["inbound", "outbound"] | None = None,
    status: MessageStatus | None = None,
    sender: str | None = None,
    to: str | None = None,
    page: int | None = None,
    page_size: int | None = None,
) -> Operation[MessagePage]:
    """`listMessages`; `page_size` is at most 100."""
    wanted = {"direction": direction, "status": status, "from": sender, "to": to, "page": page, "page_size": page_size}
    return Operation(Request("GET", f"{base}/messages", query=query(wanted)), MessagePage.model_validate)


def send_message(
    base: str,
    to: str,
    sender: str,
    *,
    body: str | None = None,
    media_url: Sequence[str] | None = None,
    status_callback: str | None = None,
    validity_period: int | None = None,
) -> Operation[TextMessage]:
    """`sendMessage`: a text, or media. It is never sent twice. `validity_period` is in seconds."""
    fields = {
        "to": to,
        "from": sender,
        "body": body,
        "media_url": None if media_url is None else list(media_url),
        "status_callback": status_callback,
        "validity_period": validity_period,
    }
    return Operation(Request("POST", f"{base}/messages", given(fields)), TextMessage.model_validate)


def get_message(base: str, message: str) -> Operation[TextMessage]:
    """`getMessage`."""
    return Operation(Request("GET", f"{base}/messages/{quote(message, safe='')}"), TextMessage.model_validate)


def delete_message(base: str, message: str) -> Operation[None]:
    """`deleteMessage`."""
    return Operation(Request("DELETE", f"{base}/messages/{quote(message, safe='')}"), nothing)
