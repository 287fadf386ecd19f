"""Operations of Speko's API on what was promised, told and spent: callbacks, reports, deliveries, credits.

All are in its published OpenAPI or SDK; none is in the document on phone numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation
from flowengine.carriers.reading import given, query

CallbackStatus = Literal["scheduled", "dispatching", "dispatched", "cancelled", "failed"]


class _Camel(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class _Snake(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Callback(_Snake):
    """A call that an agent has promised to make later."""

    id: str
    to_number: str
    from_number: str | None = None
    agent_id: str | None = None
    scheduled_at: datetime
    status: str
    reason: str | None = None
    source_session_id: str | None = None
    created_session_id: str | None = None
    failure_cause: str | None = None
    created_at: datetime
    updated_at: datetime


class Callbacks(_Snake):
    """A list of callbacks."""

    callbacks: list[Callback]


class Report(_Snake):
    """What a call came to; its cost is in millionths of a US dollar."""

    session_id: str
    summary: str
    outcome: str
    cost_micro_usd: str
    metadata: Mapping[str, Any] = Field(default_factory=dict)
    webhook: Mapping[str, Any] = Field(default_factory=dict)


class Delivery(_Camel):
    """What a webhook was told, and whether it took it. A repeat has the same `event_id`."""

    id: str
    event_id: str
    event: str
    status: str
    endpoint_id: str | None = None
    session_id: str | None = None
    attempts: int = 0
    http_status: int | None = None
    error: str | None = None
    can_redeliver: bool = False


class DeliveryPage(_Camel):
    """A page of deliveries; `next_cursor` asks for the next one."""

    data: list[Delivery]
    next_cursor: str | None = None


class Redelivered(_Camel):
    """How it went when it was told again."""

    delivered: bool
    http_status: int | None = None
    error: str | None = None


class LedgerEntry(_Camel):
    """What credits came from or went to, in millionths of a US dollar; what was spent is negative."""

    id: str
    kind: str
    amount_micro_usd: str
    metric: str | None = None
    provider: str | None = None
    session_id: str | None = None
    created_at: datetime


class LedgerPage(_Camel):
    """A page of the ledger; `next_cursor` asks for the next one."""

    entries: list[LedgerEntry]
    next_cursor: str | None = None


class WebJoin(_Camel):
    """What a browser joins a call with, for a short while."""

    token: str
    url: str
    identity: str
    room_name: str
    expires_at: datetime | None = None


def list_callbacks(
    *, status: CallbackStatus | None = None, session: str | None = None, limit: int | None = None
) -> Operation[Callbacks]:
    """`GET /v1/callbacks`; `limit` is at most 100, 25 when not given."""
    wanted = query({"status": status, "source_session_id": session, "limit": limit})
    return Operation(Request("GET", "/v1/callbacks", query=wanted), Callbacks.model_validate)


def get_callback(callback: str) -> Operation[Callback]:
    """`GET /v1/callbacks/{id}`."""
    return Operation(Request("GET", _path("callbacks", callback)), Callback.model_validate)


def cancel_callback(callback: str, *, reason: str | None = None) -> Operation[Callback]:
    """`POST /v1/callbacks/{id}/cancel`."""
    path = f"{_path('callbacks', callback)}/cancel"
    return Operation(Request("POST", path, given({"reason": reason})), Callback.model_validate)


def dispatch_callback(callback: str) -> Operation[Callback]:
    """`POST /v1/callbacks/{id}/dispatch`: call now. It is never sent twice."""
    return Operation(Request("POST", f"{_path('callbacks', callback)}/dispatch"), Callback.model_validate)


def get_report(call: str) -> Operation[Report]:
    """`GET /v1/calls/{id}/report`, once the call is over."""
    return Operation(Request("GET", f"{_path('calls', call)}/report"), Report.model_validate)


def finalize_report(call: str, *, analysis: bool | None = None, webhook: bool | None = None) -> Operation[Report]:
    """`POST /v1/calls/{id}/report/finalize`: the report at once; with `webhook` it is told again."""
    body = given({"forceAnalysis": analysis, "retryWebhook": webhook})
    return Operation(Request("POST", f"{_path('calls', call)}/report/finalize", body), Report.model_validate)


def join_from_web(call: str, *, name: str | None = None) -> Operation[WebJoin]:
    """`POST /v1/calls/{id}/web-join`: only while the call is live."""
    body = given({"displayName": name})
    return Operation(Request("POST", f"{_path('calls', call)}/web-join", body), WebJoin.model_validate)


def list_deliveries(
    *,
    endpoint: str | None = None,
    event: str | None = None,
    agent: str | None = None,
    status: str | None = None,
    session: str | None = None,
    event_id: str | None = None,
    since: str | None = None,
    before: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Operation[DeliveryPage]:
    """`GET /v1/webhook-deliveries`, the newest first; `since` and `before` are times in ISO 8601."""
    wanted = {
        "endpointId": endpoint,
        "event": event,
        "agentId": agent,
        "status": status,
        "sessionId": session,
        "eventId": event_id,
        "from": since,
        "to": before,
        "cursor": cursor,
        "limit": limit,
    }
    return Operation(Request("GET", "/v1/webhook-deliveries", query=query(wanted)), DeliveryPage.model_validate)


def get_delivery(delivery: str) -> Operation[Delivery]:
    """`GET /v1/webhook-deliveries/{id}`."""
    return Operation(Request("GET", _path("webhook-deliveries", delivery)), Delivery.model_validate)


def redeliver(delivery: str) -> Operation[Redelivered]:
    """`POST /v1/webhook-deliveries/{id}/redeliver`: with the id that it had."""
    path = f"{_path('webhook-deliveries', delivery)}/redeliver"
    return Operation(Request("POST", path, again=True), Redelivered.model_validate)


def get_ledger(*, limit: int | None = None, cursor: str | None = None) -> Operation[LedgerPage]:
    """`GET /v1/credits/ledger`, the newest first."""
    wanted = query({"limit": limit, "cursor": cursor})
    return Operation(Request("GET", "/v1/credits/ledger", query=wanted), LedgerPage.model_validate)


def get_usage(*, since: str | None = None, before: str | None = None) -> Operation[Mapping[str, Any]]:
    """`GET /v1/usage`; its form is not published. `since` and `before` are times in ISO 8601."""
    return Operation(Request("GET", "/v1/usage", query=query({"from": since, "to": before})), dict)


def get_organization() -> Operation[Mapping[str, Any]]:
    """`GET /v1/organization`; its form is not published."""
    return Operation(Request("GET", "/v1/organization"), dict)


def _path(kind: str, name: str) -> str:
    return f"/v1/{kind}/{quote(name, safe='')}"
