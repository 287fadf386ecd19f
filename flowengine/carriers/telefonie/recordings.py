"""The three operations of Telefonie's Call Recording API, as values, to the letter of its OpenAPI.

`base` is the URL of that API, which lies beside the Voice API; the paths below it repeat its name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation, nothing
from flowengine.carriers.reading import query

RecordingStatus = Literal["in-progress", "completed", "failed"]


class CallRecording(BaseModel):
    """A recording; `duration` in seconds, `channels` 1 or 2."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    call_id: str
    status: RecordingStatus
    duration: int | None = None
    channels: int | None = None
    source: str | None = None
    price: str | None = None
    price_unit: str | None = None
    media_url: str | None = None
    date_created: datetime | None = None


class RecordingPage(BaseModel):
    """A page of recordings."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    recordings: list[CallRecording] = Field(default_factory=list)
    total: int | None = None


def list_recordings(
    base: str,
    *,
    call: str | None = None,
    status: RecordingStatus | None = None,
    page: int | None = None,
    page_size: int | None = None,
) -> Operation[RecordingPage]:
    """`listRecordings`; `page_size` is at most 100."""
    wanted = query({"call_id": call, "status": status, "page": page, "page_size": page_size})
    return Operation(Request("GET", f"{base}/recordings", query=wanted), RecordingPage.model_validate)


def get_recording(base: str, recording: str) -> Operation[CallRecording]:
    """`getRecording`."""
    return Operation(Request("GET", f"{base}/recordings/{quote(recording, safe='')}"), CallRecording.model_validate)


def delete_recording(base: str, recording: str) -> Operation[None]:
    """`deleteRecording`."""
    return Operation(Request("DELETE", f"{base}/recordings/{quote(recording, safe='')}"), nothing)
