"""What Telefonie tells beside the calls of flows: of messages, and of calls that a program has placed.

Its document shows no webhook; that the fields are those of the Message and Call objects, in a form or in JSON, is
inferred.
"""

from __future__ import annotations

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.intake import key_of
from flowengine.carriers.models import Call, Notice, call_state
from flowengine.carriers.models import Message as TextMessage
from flowengine.carriers.reading import moment, money, text, whole
from flowengine.carriers.signature import problem
from flowengine.carriers.telefonie import fields as vocabulary
from flowengine.carriers.telefonie.config import TelefonieConfig


def read_notice(config: TelefonieConfig, message: Message) -> Notice | Refused:
    """What a webhook tells. Fields that a release of theirs adds are let pass."""
    sent = message.body or message.target.encode()
    if config.secrets:
        found = problem(message.headers.get(config.signature_header.lower()), sent, config.secrets, message.at)
        if found is not None:
            return Refused(403, found)
    fields = vocabulary.read(vocabulary.signed(message) if config.secrets else message.fields)
    status, key = text(fields, "status", "message_status"), key_of(sent)
    about = text(fields, "message_id", "message_sid")
    if about:
        inbound = status in ("received", "receiving") or fields.get("direction") == "inbound"
        told = TextMessage(
            id=about,
            status=status,
            sender=text(fields, "from"),
            to=text(fields, "to"),
            text=text(fields, "body"),
            direction="inbound" if inbound else "outbound",
            price=money(fields, "price"),
            currency=text(fields, "price_unit"),
            error=text(fields, "error_message"),
            raw=fields,
        )
        return Notice(event=f"message.{status or 'unknown'}", key=key, message=told, raw=fields)
    about = text(fields, "call_id")
    if not about:
        return Refused(400, "the request names neither a message nor a call")
    call = Call(
        id=about,
        state=call_state(status),
        sender=text(fields, "from"),
        to=text(fields, "to"),
        direction="inbound" if fields.get("direction") == "inbound" else "outbound",
        answered=moment(fields, "start_time"),
        ended=moment(fields, "end_time"),
        seconds=whole(fields, "duration"),
        price=money(fields, "price"),
        currency=text(fields, "price_unit"),
        recording_url=text(fields, "recording_url"),
        raw=fields,
    )
    return Notice(event=f"call.{status or 'unknown'}", key=key, call=call, raw=fields)
