"""Speko's events: `call.pre_call`, `call.status`, `call.report`, `call.analysis`, `call.recording`.

The events and the signature are public; the payloads are not. They are read leniently, whatever their case.
"""

from __future__ import annotations

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.intake import document_of, key_of, secrets_of
from flowengine.carriers.models import Call, Notice, call_state
from flowengine.carriers.reading import moment, object_of, text, whole
from flowengine.carriers.speko.config import SpekoConfig
from flowengine.carriers.speko.signature import problem

EVENTS = ("call.pre_call", "call.status", "call.report", "call.analysis", "call.recording")


def read_notice(config: SpekoConfig, message: Message) -> Notice | Refused:
    """What a webhook tells. Its `key` is the delivery's id, which a repeat has, too."""
    secrets = secrets_of(config.webhook_secret)
    if secrets:
        found = problem(message.headers, message.body, secrets, message.at)
        if found is not None:
            return Refused(403, found)
    delivery = message.headers.get("webhook-id", "")
    if not delivery.isascii():
        return Refused(400, "the webhook-id is not ASCII")
    document = document_of(message.body)
    if isinstance(document, Refused):
        return document
    event = text(document, "type", "event")
    if not event:
        return Refused(400, "the body has no type")
    data = object_of(document, "data")
    at = moment(document, "timestamp", "occurredAt", "occurred_at")
    call = text(data, "sessionId", "session_id", "call_id", "callId")
    told = None
    if call:
        told = Call(
            id=call,
            state=call_state(text(data, "status")),
            sender=text(data, "from"),
            to=text(data, "to"),
            ended=moment(data, "ended_at", "endedAt"),
            seconds=whole(data, "duration_seconds", "durationSeconds"),
            recording_url=text(data, "recording_url", "recordingUrl"),
            raw=data,
        )
    key = delivery or key_of(message.body)
    return Notice(event=event, key=key, at=at, call=told, raw=document)
