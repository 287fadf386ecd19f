"""The nine operations of sms-voip's API as values.

Paths and bodies are documented. Of the answers only that of `/sms/send` is, and in words those of `/status` and
`/rates`; the others are read leniently. All that create something take an idempotency key, and so may be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flowengine.carriers.contract import Request
from flowengine.carriers.models import Call, CallState, Message, Rate, call_state
from flowengine.carriers.operation import Operation, nothing
from flowengine.carriers.reading import Fields, given, listed, moment, money, object_of, query, required, text, whole


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the platform and how it does."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the platform does."""

    status: str
    notice: str
    components: tuple[Component, ...]


def ping() -> Operation[None]:
    """`GET /ping`."""
    return Operation(Request("GET", "/ping"), nothing)


def get_status() -> Operation[Status]:
    """`GET /status`."""
    return Operation(Request("GET", "/status"), _status)


def list_rates() -> Operation[list[Rate]]:
    """`GET /rates`."""
    return Operation(
        Request("GET", "/rates"), lambda answer: [_rate(entry) for entry in listed(answer, "rates", "data")]
    )


def send_message(
    to: str, body: str, *, key: str, sender: str | None = None, callback_url: str | None = None
) -> Operation[Message]:
    """`POST /sms/send`. That `from` and `callback_url` are fields of it is inferred."""
    fields = given({"to": to, "text": body, "from": sender, "callback_url": callback_url})
    return Operation(_create("/sms/send", fields, key), lambda answer: _sent(answer, to, body, sender or ""))


def set_caller_id(caller_id: str, *, key: str) -> Operation[None]:
    """`POST /voip/caller-id`."""
    return Operation(_create("/voip/caller-id", {"caller_id": caller_id}, key), nothing)


def set_sip_password(sip_password: str, *, key: str) -> Operation[None]:
    """`POST /voip/password`. The password is only ever written."""
    return Operation(_create("/voip/password", {"sip_password": sip_password}, key), nothing)


def top_up(amount: Decimal, *, key: str) -> Operation[None]:
    """`POST /voip/topup`: moves money from the app's wallet to that of SIP. The major unit is inferred."""
    # The document shows a JSON number; a whole amount is written without a fraction.
    plain = int(amount) if amount == amount.to_integral_value() else float(amount)
    return Operation(_create("/voip/topup", {"amount": plain}, key), nothing)


def list_logs(
    *, limit: int | None = None, offset: int | None = None, search: str | None = None
) -> Operation[list[Call]]:
    """`GET /voip/logs`: calls, the newest first."""
    wanted = query({"limit": limit, "offset": offset, "search": search})
    return Operation(
        Request("GET", "/voip/logs", query=wanted),
        lambda answer: [read_call(entry) for entry in listed(answer, "logs", "data", "calls")],
    )


def place_call(
    to: str,
    *,
    key: str,
    sender: str | None = None,
    caller_id: str | None = None,
    callback_url: str | None = None,
    record: bool | None = None,
) -> Operation[Call]:
    """`POST /voice/call`. That `callback_url` and `record` are fields of it is inferred."""
    fields = {"to": to, "from": sender, "caller_id": caller_id, "callback_url": callback_url, "record": record}
    return Operation(_create("/voice/call", given(fields), key), lambda answer: _placed(answer, to, sender or ""))


def read_call(fields: Fields, event: str = "") -> Call:
    """A call from a row of the logs, or from a webhook, whose `event` tells the state where nothing else does."""
    return Call(
        id=required(fields, "call_id", "id"),
        state=call_state(text(fields, "status") or event.rpartition(".")[2]),
        sender=text(fields, "from", "caller_id"),
        to=text(fields, "to"),
        direction="outbound" if text(fields, "direction") != "inbound" else "inbound",
        started=moment(fields, "created_at", "started_at", "date"),
        answered=moment(fields, "answered_at"),
        ended=moment(fields, "ended_at", "completed_at"),
        seconds=whole(fields, "duration"),
        price=money(fields, "cost"),
        currency=text(fields, "currency"),
        recording_url=text(fields, "recording_url"),
        raw=fields,
    )


def read_report(fields: Fields) -> Message:
    """A message from a delivery report."""
    return Message(
        id=required(fields, "message_id", "id"),
        status=text(fields, "status"),
        sender=text(fields, "from"),
        to=text(fields, "to"),
        direction="outbound",
        at=moment(fields, "delivered_at", "created_at"),
        price=money(fields, "cost"),
        currency=text(fields, "currency"),
        raw=fields,
    )


def _create(path: str, body: Fields, key: str) -> Request:
    return Request("POST", path, dict(body), again=True, headers={"Idempotency-Key": key})


def _status(answer: Any) -> Status:
    fields = object_of(answer, "data")
    parts = fields.get("components")
    components = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return Status(
        text(fields, "status", "overall"),
        text(fields, "notice"),
        tuple(Component(text(part, "name"), text(part, "status")) for part in components),
    )


def _rate(fields: Fields) -> Rate:
    return Rate(
        country=required(fields, "country", "iso"),
        iso=text(fields, "iso", "iso_code"),
        sms=money(fields, "sms"),
        voice=money(fields, "voice"),
        currency=text(fields, "currency"),
        route=text(fields, "route", "route_label"),
        raw=fields,
    )


def _sent(answer: Any, to: str, body: str, sender: str) -> Message:
    fields = object_of(answer, "data", "message")
    return Message(
        id=required(fields, "message_id", "id"),
        status=text(fields, "status"),
        sender=sender,
        to=to,
        text=body,
        direction="outbound",
        price=money(fields, "cost"),
        currency=text(fields, "currency"),
        raw=fields,
    )


def _placed(answer: Any, to: str, sender: str) -> Call:
    fields = object_of(answer, "data", "call")
    # No id is documented: without one the call can still be found in the logs, by its number.
    state = call_state(text(fields, "status"))
    return Call(
        id=text(fields, "call_id", "id"),
        state=CallState.QUEUED if state is CallState.UNKNOWN else state,
        sender=sender,
        to=to,
        direction="outbound",
        raw=fields,
    )
