"""How a call ended, and how the same call would end in another version of its flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from flowengine.core import machine
from flowengine.core.events import Dialled, Event, Keys, QueueLeft, Silence, Speech
from flowengine.core.graph import Program
from flowengine.core.journal import MASK, Entry
from flowengine.core.replay import Record
from flowengine.core.session import Facts

CALLER = "caller"
WAITS = "waits"
"""The end of a call that goes on waiting after all that happened in it."""

_KEYED = frozenset({"keys", "press", "misfit"})


class Ending(Struct, frozen=True):
    """How and where a call ended.

    `how` is the name of its last `hangup` entry (`flow`, `caller`, `error`, `reject`, `redirect`, `limit-…`), or
    `waits`. `line` is 0 where the call never came to a line.
    """

    how: str
    flow: str = ""
    step: str = ""
    line: int = 0

    def differs(self, other: Ending) -> bool:
        """Whether the other one is another end: lines alone do not count, they move with every edit."""
        return (self.how, self.flow, self.step) != (other.how, other.flow, other.step)


def ending(entries: Sequence[Entry]) -> Ending:
    """The end of a call, from its journal."""
    for entry in reversed(entries):
        if entry.kind == "hangup":
            return Ending(entry.name, entry.flow, entry.step, entry.line)
    last = next((entry for entry in reversed(entries) if entry.line > 0), None)
    return Ending(WAITS) if last is None else Ending(WAITS, last.flow, last.step, last.line)


def was_served(records: Sequence[Record]) -> bool:
    """Whether the caller hung up after talking to somebody, in a transfer or from a queue: that is no caller lost."""
    return any(is_talk_left(record.event) for record in records)


def is_talk_left(event: Event) -> bool:
    """Whether the caller has hung up in a conversation that a transfer or a queue led to."""
    match event:
        case Dialled(outcome="completed", left=True) | QueueLeft(outcome="answered", left=True):
            return True
    return False


class Parting(Struct, frozen=True):
    """The first entry in which a call would go another way; a side is None where it has no more."""

    turn: int
    before: Entry | None
    now: Entry | None


class Rerun(Struct, frozen=True):
    """A call as it was, and as it would be. `unused` counts the turns whose events had no place any more."""

    before: Ending
    now: Ending
    parting: Parting | None
    unused: int = 0

    @property
    def differs(self) -> bool:
        """Whether it would end differently."""
        return self.before.differs(self.now)


def rerun(
    program: Program, flow: str, facts: Facts, records: Sequence[Record], arguments: Mapping[str, Any] | None = None
) -> Rerun:
    """Let what happened in a call happen to another version of its flow.

    Inputs are judged anew, so a key that the flow does not take any more is a misfit. What the journal does not hold,
    sensitive inputs and the decisions on them, is taken as it was decided.

    Raises:
        KeyError, ArgumentsError: the call cannot begin in this version, as `machine.begin`.
    """
    session = machine.begin(program, flow, facts, arguments)
    entries: list[Entry] = []
    parting: Parting | None = None
    unused = 0
    for record in records:
        event, kept = _as_it_came(record)
        session, turn = machine.step(program, session, event, kept)
        if turn is None:
            unused += 1
        now = turn.entries if turn is not None else []
        entries += now
        if parting is None:
            parting = next(_partings(record, now), None)
    return Rerun(ending([entry for record in records for entry in record.entries]), ending(entries), parting, unused)


def _as_it_came(record: Record) -> tuple[Event, list[Entry]]:
    """The event with the input that the journal keeps apart from it, unless it must not be known."""
    inputs = [entry for entry in record.entries if entry.kind == "input"]
    if not inputs or any(entry.text == MASK for entry in inputs):
        return record.event, record.entries
    others = [entry for entry in record.entries if entry.kind != "input"]
    event = record.event
    typed = "".join(entry.text for entry in inputs if entry.name in _KEYED)
    match event:
        case Speech():
            return replace(event, text=inputs[0].text), others
        case Keys() | Silence() if typed:
            return Keys(event.at, typed, final=True), others
        case Silence():
            return event, others
    # Keys that were typed ahead, or a finish key alone: only the journal knows.
    return event, record.entries


def _partings(record: Record, now: Sequence[Entry]) -> Iterator[Parting]:
    for place in range(max(len(record.entries), len(now))):
        old = record.entries[place] if place < len(record.entries) else None
        new = now[place] if place < len(now) else None
        if _essence(old) != _essence(new):
            yield Parting(record.turn, old, new)


def _essence(entry: Entry | None) -> tuple[Any, ...] | None:
    """What makes an entry the same in another version: not its line, nor the number of its node."""
    return None if entry is None else (entry.kind, entry.flow, entry.step, entry.name, entry.text, entry.data)
