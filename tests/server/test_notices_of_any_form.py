"""Whatever comes to the webhooks at `/NAME/events`, it is read, refused or let pass, and can be kept."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.carriers.contract import Refused
from flowengine.carriers.listening import LISTENING
from flowengine.carriers.models import Notice, as_json
from flowengine.server.requests import BadRequestError, message

NAMES = [
    "event",
    "type",
    "data",
    "status",
    "state",
    "call_id",
    "callId",
    "sessionId",
    "session_id",
    "message_id",
    "id",
    "from",
    "to",
    "body",
    "text",
    "duration",
    "seconds",
    "cost",
    "price",
    "timestamp",
    "delivered_at",
    "answered_at",
    "start_time",
    "tm_create",
    "targets",
    "source",
    "destination",
    "direction",
    "reason",
]
WORDS = ["call.completed", "message.received", "delivery_report", "message_updated", "call.status", "1e999999", "-1e9"]
WORDS += ["delivered", "completed", "9999-12-31T23:59:59Z", "2026-01-01", "", "NaN", "Infinity", "\u2028", "٣"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), VALUES, max_size=8).map(
    lambda body: json.dumps(body).encode()
) | st.binary(max_size=40)
HEADERS = st.binary(max_size=10).map(lambda sent: sent.decode("utf-8", "surrogateescape"))
KINDS = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"])


@pytest.mark.parametrize("name", LISTENING)
@given(body=BODIES, kind=KINDS, header=HEADERS)
def test_anything_is_read_or_refused(name: str, body: bytes, kind: str, header: str) -> None:
    ear = LISTENING[name]({})
    headers = {"content-type": kind, "webhook-id": header, "x-signature": header}
    try:
        read = ear.read(message("POST", f"/{name}/events", headers, body, f"/{name}/", 1.0))
    except BadRequestError:
        return
    if isinstance(read, Refused):
        assert read.status == 400
    elif isinstance(read, Notice):
        kept: list[Any] = [as_json(each) for each in (read.call, read.message) if each is not None]
        assert msgspec.json.decode(msgspec.json.encode([read.event, read.key, dict(read.raw), *kept]))
