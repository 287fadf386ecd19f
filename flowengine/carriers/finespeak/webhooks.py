"""FineSpeak's events: `{"event", "timestamp", "data"}`.

The five events and the envelope are documented, as are the fields of a received message. A signature is not: without
one, an unguessable token in the webhook's URL is what tells ours from others'.
"""

from __future__ import annotations

import hmac

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.finespeak.config import FinespeakConfig
from flowengine.carriers.finespeak.rest import read_call, read_message
from flowengine.carriers.intake import document_of, key_of, secrets_of
from flowengine.carriers.models import Notice
from flowengine.carriers.reading import moment, text
from flowengine.carriers.signature import problem

EVENTS = ("call.initiated", "call.answered", "call.completed", "message.received", "message.delivered")


def read_notice(config: FinespeakConfig, message: Message) -> Notice | Refused:
    """What a webhook tells. Events and fields that a release of theirs adds are let pass."""
    token = message.fields.get("token", "")
    if config.webhook_token and not hmac.compare_digest(token.encode(), config.webhook_token.encode()):
        return Refused(403, "the token in the URL is missing or wrong")
    secrets = secrets_of(config.webhook_secret)
    if secrets:
        found = problem(message.headers.get(config.signature_header.lower()), message.body, secrets, message.at)
        if found is not None:
            return Refused(403, found)
    document = document_of(message.body)
    if isinstance(document, Refused):
        return document
    event = text(document, "event")
    data = document.get("data")
    if not event or not isinstance(data, dict):
        return Refused(400, "the body has no event or no data")
    at, key = moment(document, "timestamp"), key_of(message.body)
    try:
        if event.startswith("call."):
            return Notice(event=event, key=key, at=at, call=read_call(data, event), raw=document)
        if event.startswith("message."):
            return Notice(event=event, key=key, at=at, message=read_message(data), raw=document)
    except ValueError as error:
        return Refused(400, str(error))
    return Notice(event=event, key=key, at=at, raw=document)
