"""The nine operations of the Telefonie Voice API, as values, to the letter of its OpenAPI.

What the carrier's prose promises and its OpenAPI has no field for (transfer, mute, hold, a range of dates) is not
here: no field is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation, nothing

CallStatus = Literal["queued", "ringing", "in-progress", "completed", "failed", "busy", "no-answer", "canceled"]
Direction = Literal["inbound", "outbound"]
Method = Literal["GET", "POST"]
ConferenceStatus = Literal["init", "in-progress", "completed"]


class _Answer(BaseModel):
    """Fields that a release of theirs adds are let pass."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Call(_Answer):
    """A call; `duration` in seconds."""

    id: str
    status: CallStatus
    direction: Direction
    caller: str = Field(alias="from")
    to: str
    duration: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    price: str | None = None
    price_unit: str | None = None
    recording_url: str | None = None
    answered_by: str | None = None


class CallPage(_Answer):
    """One page of calls."""

    calls: list[Call] = Field(default_factory=list)
    total: int | None = None
    page: int | None = None
    page_size: int | None = None


class Conference(_Answer):
    """A conference room."""

    id: str
    status: ConferenceStatus
    friendly_name: str | None = None
    participant_count: int | None = None
    max_participants: int | None = None
    date_created: datetime | None = None


class Conferences(_Answer):
    """All conferences."""

    conferences: list[Conference] = Field(default_factory=list)


class Participant(_Answer):
    """Somebody in a conference."""

    call_id: str
    conference_id: str
    muted: bool | None = None
    hold: bool | None = None
    status: str | None = None


class Participants(_Answer):
    """Everybody in a conference."""

    participants: list[Participant] = Field(default_factory=list)


def list_calls(
    *,
    status: CallStatus | None = None,
    direction: Direction | None = None,
    caller: str | None = None,
    to: str | None = None,
    page: int | None = None,
    page_size: int | None = None,
) -> Operation[CallPage]:
    """`listCalls`; `page_size` is at most 100."""
    query = {"status": status, "direction": direction, "from": caller, "to": to, "page": page, "page_size": page_size}
    return Operation(Request("GET", "/calls", query=_present(query)), CallPage.model_validate)


def initiate_call(
    to: str,
    caller: str,
    *,
    url: str | None = None,
    method: Method | None = None,
    status_callback: str | None = None,
    timeout: int | None = None,
    record: bool | None = None,
) -> Operation[Call]:
    """`initiateCall`: dial `to` from a number that we own. It is never sent twice."""
    body = {
        "to": to,
        "from": caller,
        "url": url,
        "method": method,
        "status_callback": status_callback,
        "timeout": timeout,
        "record": record,
    }
    return Operation(Request("POST", "/calls", _given(body)), Call.model_validate)


def get_call(call: str) -> Operation[Call]:
    """`getCall`."""
    return Operation(Request("GET", _path("calls", call)), Call.model_validate)


def update_call(
    call: str,
    *,
    status: Literal["completed", "canceled"] | None = None,
    url: str | None = None,
    method: Method | None = None,
) -> Operation[Call]:
    """`updateCall`: end the call, or send it to another document. To do it twice does no harm."""
    body = _given({"status": status, "url": url, "method": method})
    return Operation(Request("POST", _path("calls", call), body, again=True), Call.model_validate)


def end_call(call: str) -> Operation[None]:
    """`endCall`."""
    return Operation(Request("DELETE", _path("calls", call)), nothing)


def list_conferences(*, status: ConferenceStatus | None = None) -> Operation[Conferences]:
    """`listConferences`."""
    return Operation(Request("GET", "/conferences", query=_present({"status": status})), Conferences.model_validate)


def create_conference(
    friendly_name: str,
    *,
    max_participants: int | None = None,
    record: bool | None = None,
    status_callback: str | None = None,
) -> Operation[Conference]:
    """`createConference`."""
    body = {
        "friendly_name": friendly_name,
        "max_participants": max_participants,
        "record": record,
        "status_callback": status_callback,
    }
    return Operation(Request("POST", "/conferences", _given(body)), Conference.model_validate)


def list_participants(conference: str) -> Operation[Participants]:
    """`listConferenceParticipants`."""
    return Operation(Request("GET", f"{_path('conferences', conference)}/participants"), Participants.model_validate)


def add_participant(conference: str, to: str, caller: str, *, muted: bool | None = None) -> Operation[Participant]:
    """`addConferenceParticipant`: dials out. It is never sent twice."""
    body = _given({"to": to, "from": caller, "muted": muted})
    return Operation(
        Request("POST", f"{_path('conferences', conference)}/participants", body), Participant.model_validate
    )


def _path(kind: str, name: str) -> str:
    return f"/{kind}/{quote(name, safe='')}"


def _given(body: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if value is not None}


def _present(query: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value is not None}
