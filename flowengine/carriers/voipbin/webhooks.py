"""Webhooks of VoIPBIN: which call an event is about, and what it adds to what is known of it.

Events come more than once and in any order, so each is read for the state that its resource is in, and never for what
happened: to take one twice, or late, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from flowengine.carriers.contract import Message
from flowengine.carriers.voipbin import times
from flowengine.carriers.voipbin.memo import Far, Memo, Tape
from flowengine.core.data import decode

NIL = "00000000-0000-0000-0000-000000000000"


class Notice(Struct, frozen=True):
    """An event: its type, the resource it is about, and the call of ours that this one belongs to, if any."""

    type: str
    data: Mapping[str, Any]
    call: str = ""


def signed(message: Message) -> Mapping[str, str]:
    """The fields of an event that its signature covers: those of the body."""
    return message.fields if message.of_body is None else message.of_body


def read(fields: Mapping[str, str]) -> Notice | None:
    """The event that a webhook brings; None for what is none."""
    kind = fields.get("type", "")
    try:
        data = decode(fields.get("data", ""))
    except ValueError:
        return None
    return Notice(kind, data, _call(kind, data)) if kind and isinstance(data, dict) else None


def _call(kind: str, data: Mapping[str, Any]) -> str:
    family = kind.partition("_")[0]
    if family == "call":
        master = _text(data, "master_call_id")
        return master if master and master != NIL else _text(data, "id")
    if (family in ("recording", "conferencecall") and _text(data, "reference_type") == "call") or family == "queuecall":
        return _text(data, "reference_id")
    return ""


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def learn(memo: Memo, notice: Notice, at: float) -> Memo:
    """What is known of the call after an event about it, at `at` in Unix time."""
    data = notice.data
    family = notice.type.partition("_")[0]
    if family == "recording":
        return _recording(memo, notice)
    if family == "queuecall":
        served = _text(data, "status") == "service" or bool(times.read(data.get("tm_service")))
        return replace(memo, served=memo.served or served)
    if family == "conferencecall":
        inside = _text(data, "status") in ("joining", "joined")
        return replace(memo, member=_text(data, "id")) if inside and not memo.released else memo
    if _text(data, "id") == memo.call:
        over = _text(data, "status") == "hangup" or notice.type == "call_hangup"
        return replace(memo, over=memo.over or over)
    return _far(memo, notice, at)


def _recording(memo: Memo, notice: Notice) -> Memo:
    data = notice.data
    name = _text(data, "id")
    if not name or (memo.tape is not None and (memo.tape.finished or memo.tape.id != name)):
        return memo
    # The tutorial of the carrier has `recording_updated`, with a status, for what its code calls `recording_finished`.
    finished = notice.type == "recording_finished" or _text(data, "status") == "ended"
    start, end = times.seconds(data.get("tm_start")), times.seconds(data.get("tm_end"))
    length = max(0.0, end - start) if start is not None and end is not None else 0.0
    return replace(memo, tape=Tape(name, finished, length if finished else 0))


def _far(memo: Memo, notice: Notice, at: float) -> Memo:
    data = notice.data
    name, status = _text(data, "id"), _text(data, "status")
    before = next((far for far in memo.far if far.id == name), Far(name))
    answered = times.seconds(data.get("tm_progressing")) or (at if status == "progressing" else 0.0)
    ended = (times.seconds(data.get("tm_hangup")) or at) if status == "hangup" else 0.0
    after = Far(name, before.answered or answered, before.ended or ended, before.reason or _text(data, "hangup_reason"))
    return replace(memo, far=(*(far for far in memo.far if far.id != name), after))
