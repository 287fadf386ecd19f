"""One call, lived again from its journal: each turn with what happened in it, and the variables before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowengine.compiler.build import Build
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    Failed,
    Fetched,
    Keys,
    QueueLeft,
    Recorded,
    Speech,
    Texted,
    Waiting,
)
from flowengine.core.journal import MASK, Entry
from flowengine.core.machine import ArgumentsError
from flowengine.core.replay import Record, replay
from flowengine.core.session import Facts, Session
from flowengine.web.console.views import EntryView, TurnView, Variables

_LONGEST_TEXT = 20_000


def turns(
    build: Build | None, flow: str, facts: Facts, records: Sequence[Record], arguments: Mapping[str, Any]
) -> list[TurnView]:
    """All turns. Without the build of the call's version there are no variables."""
    sessions = _sessions(build, flow, facts, records, arguments)
    found: list[TurnView] = []
    before: list[Variables] = []
    for place, record in enumerate(records):
        session = sessions[place] if place < len(sessions) else None
        after = [] if session is None else variables(session)
        entries = [_entry(entry) for entry in record.entries]
        kind = str(record.event.__struct_config__.tag)
        waits = "" if session is None else session.waiting_for
        recording = getattr(record.event, "url", None) or ""
        text = _words(record.event)
        found.append(TurnView(record.turn, record.event.at, kind, text, recording, entries, before, after, waits))
        before = after
    return found


def variables(session: Session) -> list[Variables]:
    """The variables of the flows under way, the outermost first; handlers use those of their flow."""
    return [
        Variables(
            frame.flow,
            {name: MASK if name in frame.secret else _cut(value) for name, value in frame.variables.items()},
        )
        for frame in session.frames
        if frame.base is None
    ]


def _sessions(
    build: Build | None, flow: str, facts: Facts, records: Sequence[Record], arguments: Mapping[str, Any]
) -> list[Session]:
    if build is None or build.program is None:
        return []
    try:
        return [session for session, _ in replay(build.program, flow, facts, records, arguments)]
    except (KeyError, ArgumentsError):
        return []


def _entry(entry: Entry) -> EntryView:
    text = entry.text[:_LONGEST_TEXT]
    return EntryView(entry.kind, entry.at, entry.flow, entry.step, entry.line, entry.name, text, _cut(entry.data))


def _cut(value: Any) -> Any:
    """A value that is not too long for a page."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[:_LONGEST_TEXT] + "…"
    return value


def _words(event: Event) -> str:
    """What an event says beside its kind."""
    match event:
        case Keys(digits=digits):
            return digits
        case Speech(text=text) | Failed(reason=text):
            return text
        case Recorded(url=None):
            return "nothing"
        case Recorded(duration=seconds, text=said):
            return f"{seconds:g} s{f': {said}' if said else ''}"
        case Dialled(outcome=outcome) | ConferenceLeft(outcome=outcome) | QueueLeft(outcome=outcome):
            return outcome
        case Fetched(error=str() as error) | Texted(error=str() as error):
            return error
        case Fetched(status=status):
            return f"status {status}"
        case Waiting(position=position):
            return f"place {position}"
    return ""
