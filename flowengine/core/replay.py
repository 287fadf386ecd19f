"""The journal of a call as records, and a call lived again from them.

A record holds the event of one turn and the entries it left. What the caller typed or said is not in the event but in
the `input` entries, where sensitive values read `••••`: so a replay takes every input, and every decision on a
sensitive value, from the journal, and all else from the flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from flowengine.core import machine
from flowengine.core.events import Event, Keys, Speech
from flowengine.core.graph import Program
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn
from flowengine.core.session import Facts, Session


class Record(Struct, omit_defaults=True, gc=False):
    """One turn as it was: its number, the event that began it, and what it left behind."""

    turn: int
    event: Event
    entries: list[Entry]


class Difference(Struct, frozen=True):
    """Where a replay parts from the journal: the turn, and the entry of each side (None where one has no more)."""

    turn: int
    recorded: Entry | None
    replayed: Entry | None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def dump(record: Record) -> bytes:
    """The record as JSON."""
    return _encoder.encode(record)


def load(data: bytes) -> Record:
    """The record from JSON.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    return _decoder.decode(data)


def record(before: Session, event: Event, turn: Turn) -> Record:
    """What to keep of a turn. `before` is the session that the event found."""
    if before.waiting_for == "listen":
        if isinstance(event, Keys):
            event = Keys(event.at, "", event.final)
        elif isinstance(event, Speech):
            event = Speech(event.at, "")
    return Record(turn.number, event, list(turn.entries))


def replay(
    program: Program, flow: str, facts: Facts, records: Sequence[Record], arguments: Mapping[str, Any] | None = None
) -> Iterator[tuple[Session, Turn]]:
    """Live the call again, turn by turn, until the records end or the flow goes another way.

    Raises:
        KeyError, ArgumentsError: as `machine.begin`.
    """
    session = machine.begin(program, flow, facts, arguments)
    for kept in records:
        session, turn = machine.step(program, session, kept.event, kept.entries)
        if turn is None:
            return
        yield session, turn


def compare(
    program: Program, flow: str, facts: Facts, records: Sequence[Record], arguments: Mapping[str, Any] | None = None
) -> Difference | None:
    """The first place where the flow as it is now parts from the journal; None when it does the same."""
    turns = replay(program, flow, facts, records, arguments)
    for kept in records:
        _, turn = next(turns, (None, None))
        entries = turn.entries if turn is not None else ()
        for index in range(max(len(kept.entries), len(entries))):
            old = kept.entries[index] if index < len(kept.entries) else None
            new = entries[index] if index < len(entries) else None
            if _essence(old) != _essence(new):
                return Difference(kept.turn, old, new)
    return None


def _essence(entry: Entry | None) -> tuple[Any, ...] | None:
    """What makes an entry the same in another version of the flow: not its line, nor the number of its node."""
    return None if entry is None else (entry.kind, entry.flow, entry.step, entry.name, entry.text, entry.data)
