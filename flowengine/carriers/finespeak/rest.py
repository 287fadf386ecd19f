"""The eight operations of FineSpeak's API as values.

Paths, queries and bodies are documented; the answers are not. They are read leniently, by the names that its webhooks
use: `call_id`, `message_id`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flowengine.carriers.contract import Request
from flowengine.carriers.models import AvailableNumber, Call, Message, Number, call_state
from flowengine.carriers.operation import Operation, nothing
from flowengine.carriers.reading import (
    Fields,
    given,
    listed,
    moment,
    money,
    object_of,
    query,
    required,
    text,
    whole,
)


def search_numbers(*, country: str | None = None, area_code: str | None = None) -> Operation[list[AvailableNumber]]:
    """`GET /numbers/available`."""
    wanted = query({"country": country, "area_code": area_code})
    return Operation(
        Request("GET", "/numbers/available", query=wanted),
        lambda answer: [_available(entry) for entry in listed(answer, "numbers", "data", "available_numbers")],
    )


def purchase_number(phone_number: str, friendly_name: str | None = None) -> Operation[Number]:
    """`POST /numbers/purchase`. It is never sent twice."""
    body = given({"phone_number": phone_number, "friendly_name": friendly_name})
    return Operation(Request("POST", "/numbers/purchase", body), lambda answer: _bought(answer, phone_number))


def list_numbers() -> Operation[list[Number]]:
    """`GET /numbers`."""
    return Operation(
        Request("GET", "/numbers"), lambda answer: [_number(entry) for entry in listed(answer, "numbers", "data")]
    )


def make_call(caller: str, to: str, callback_url: str | None = None) -> Operation[Call]:
    """`POST /calls`. It is never sent twice."""
    body = given({"from": caller, "to": to, "callback_url": callback_url})
    return Operation(Request("POST", "/calls", body), read_call)


def get_call(call: str) -> Operation[Call]:
    """`GET /calls/{call_id}`."""
    return Operation(Request("GET", f"/calls/{quote(call, safe='')}"), read_call)


def end_call(call: str) -> Operation[None]:
    """`DELETE /calls/{call_id}`: ends an active call."""
    return Operation(Request("DELETE", f"/calls/{quote(call, safe='')}"), nothing)


def send_message(sender: str, to: str, body: str) -> Operation[Message]:
    """`POST /messages`. It is never sent twice."""
    return Operation(Request("POST", "/messages", {"from": sender, "to": to, "body": body}), read_message)


def list_messages(limit: int | None = None) -> Operation[list[Message]]:
    """`GET /messages`; there are no further pages."""
    return Operation(
        Request("GET", "/messages", query=query({"limit": limit})),
        lambda answer: [read_message(entry) for entry in listed(answer, "messages", "data")],
    )


def read_call(answer: Any, event: str = "") -> Call:
    """A call from an answer, or from the data of a webhook, whose `event` tells the state where nothing else does."""
    fields = object_of(answer, "call", "data")
    word = text(fields, "status", "state")
    state = call_state(word or event.removeprefix("call."))
    reason = text(fields, "reason", "hangup_reason")
    # There is no event for busy or no answer: a completed call can only name them as its reason.
    told = call_state(reason)
    return Call(
        id=required(fields, "call_id", "id"),
        state=told if told.is_final else state,
        sender=text(fields, "from"),
        to=text(fields, "to"),
        direction=_direction(fields),
        started=moment(fields, "created_at", "started_at", "start_time"),
        answered=moment(fields, "answered_at", "answer_time"),
        ended=moment(fields, "ended_at", "completed_at", "end_time"),
        seconds=whole(fields, "duration"),
        reason=reason,
        price=money(fields, "cost", "price"),
        currency=text(fields, "currency"),
        raw=fields,
    )


def read_message(answer: Any) -> Message:
    """A message from an answer, or from the data of a webhook."""
    fields = object_of(answer, "message", "data")
    return Message(
        id=required(fields, "message_id", "id"),
        status=text(fields, "status"),
        sender=text(fields, "from"),
        to=text(fields, "to"),
        text=text(fields, "body", "text"),
        direction=_direction(fields),
        at=moment(fields, "created_at", "sent_at", "timestamp"),
        price=money(fields, "cost", "price"),
        currency=text(fields, "currency"),
        raw=fields,
    )


def _direction(fields: Fields) -> Any:
    word = text(fields, "direction").lower()
    return word if word in ("inbound", "outbound") else ""


def _available(fields: Fields) -> AvailableNumber:
    features = fields.get("capabilities") or fields.get("features")
    return AvailableNumber(
        number=required(fields, "phone_number", "number", "e164"),
        label=text(fields, "friendly_name"),
        country=text(fields, "country", "country_code"),
        region=text(fields, "region", "locality"),
        features=tuple(str(each) for each in features) if isinstance(features, list) else (),
        monthly=money(fields, "monthly_cost", "monthly_price", "price"),
        currency=text(fields, "currency"),
        raw=fields,
    )


def _bought(answer: Any, phone_number: str) -> Number:
    fields = object_of(answer, "number", "data")
    return _number({"phone_number": phone_number, **fields})


def _number(fields: Fields) -> Number:
    return Number(
        number=required(fields, "phone_number", "number", "e164"),
        id=text(fields, "number_id", "id"),
        label=text(fields, "friendly_name"),
        status=text(fields, "status"),
        monthly=money(fields, "monthly_cost", "monthly_price", "price"),
        currency=text(fields, "currency"),
        raw=fields,
    )
