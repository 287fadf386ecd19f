"""How the parts of a call are written down, by every store that writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import structs

from flowengine.carriers.contract import Carrier, Reply
from flowengine.core.commands import Fetch, SendText
from flowengine.core.events import Event
from flowengine.core.session import SessionVersionError
from flowengine.core.session import dump as dump_session
from flowengine.core.session import load as load_session
from flowengine.runtime.store.contract import CallRecord, Outgoing, Told
from flowengine.runtime.store.sealing import VARIABLE, Seal, SealError, is_sealed

_XML = "application/xml"


class _Answer(msgspec.Struct, omit_defaults=True, gc=False):
    """A reply as it stands in a record: without a `body` where that is the document that the memo keeps."""

    body: str | None = None
    content_type: str = _XML
    status: int = 200


class _Rest(msgspec.Struct, omit_defaults=True, gc=False):
    """What of a record is neither session nor memo, nor looked for by a store."""

    key: str = ""
    reply: _Answer | None = None
    opened: str | None = None
    """None where it is `key`, as in the first turn."""

    pending: Fetch | SendText | None = None
    pending_until: float = 0
    arrived: Event | None = None
    timers: dict[str, float] = {}
    flow: str = ""
    arguments: dict[str, Any] = {}


_encoder = msgspec.json.Encoder()
_rest_decoder = msgspec.json.Decoder(_Rest)
_reply_decoder = msgspec.json.Decoder(Reply)
_outgoing_decoder = msgspec.json.Decoder(Outgoing)
_told_decoder = msgspec.json.Decoder(Told)


def dump_call(
    record: CallRecord, carriers: Mapping[str, Carrier], seal: Seal | None = None
) -> tuple[bytes, bytes, bytes]:
    """Session, memo and the rest of a record; sealed for a call that may hold what must not be written down."""
    reply = record.reply
    answer = None
    if reply is not None:
        # A carrier that answers with documents keeps the last one, too: half a kilobyte that is written once.
        kept = getattr(record.memo, "document", None)
        kind = _XML if reply.content_type == _XML else reply.content_type  # a default is told by its identity
        answer = _Answer(None if reply.body == kept else reply.body, kind, reply.status)
    rest = _Rest(
        record.key,
        answer,
        None if record.opened == record.key else record.opened,
        record.pending,
        record.pending_until or 0,
        record.arrived,
        record.timers,
        record.flow,
        record.arguments,
    )
    parts = dump_session(record.session), carriers[record.carrier].dump(record.memo), _encoder.encode(rest)
    if seal is None or not record.session.sensitive:
        return parts
    session, memo, rest_of_it = (seal.close(part, _place(record.id, n)) for n, part in enumerate(parts))
    return session, memo, rest_of_it


def _place(call: str, part: int) -> str:
    return f"{part}/{call}"


def load_call(
    call: str,
    version: int,
    carrier: str,
    parts: tuple[bytes, bytes, bytes],
    updated: float,
    carriers: Mapping[str, Carrier],
    seal: Seal | None = None,
) -> CallRecord:
    """The record that `dump_call` has written.

    Raises:
        SessionVersionError: another release has written it, a carrier that is not here, or it is sealed with a key
            that is not.
    """
    session, memo, rest = (
        _opened(part, _place(call, n), seal) if is_sealed(part) else part for n, part in enumerate(parts)
    )
    if carrier not in carriers:
        raise SessionVersionError(f"the call is one of {carrier}, which is not set up")
    try:
        kept = _rest_decoder.decode(rest)
        opened_memo = carriers[carrier].load(memo)
        others = structs.asdict(kept)
        answer = others.pop("reply")
        if others["opened"] is None:
            others["opened"] = kept.key
        reply = None
        if answer is not None:
            body = opened_memo.document if answer.body is None else answer.body
            reply = Reply(body, answer.content_type, answer.status)
        return CallRecord(
            call, version, carrier, load_session(session), opened_memo, reply=reply, updated=updated, **others
        )
    except msgspec.DecodeError as error:
        raise SessionVersionError(f"not a call of this release: {error}") from error


def _opened(part: bytes, place: str, seal: Seal | None) -> bytes:
    if seal is None:
        raise SessionVersionError(f"the call is sealed, and {VARIABLE} is not set")
    try:
        return seal.open(part, place)
    except SealError as error:
        raise SessionVersionError(str(error)) from error


def dump_reply(reply: Reply) -> bytes:
    """A reply as JSON."""
    return _encoder.encode(reply)


def load_reply(data: bytes) -> Reply:
    """A reply from JSON."""
    return _reply_decoder.decode(data)


def dump_outgoing(item: Outgoing) -> bytes:
    """What is to leave, as JSON."""
    return _encoder.encode(item)


def load_outgoing(data: bytes) -> Outgoing:
    """What is to leave, from JSON."""
    return _outgoing_decoder.decode(data)


def dump_told(told: Told) -> bytes:
    """What a carrier has told, as JSON."""
    return _encoder.encode(told)


def load_told(data: bytes) -> Told:
    """What a carrier has told, from JSON."""
    return _told_decoder.decode(data)
