"""One event of a call under way: what it has brought so far, before any of it is saved."""

from __future__ import annotations

from flowengine.carriers.contract import Carrier
from flowengine.core import machine, replay
from flowengine.core.commands import Effect, Prompt, Send
from flowengine.core.events import Event
from flowengine.core.graph import Program
from flowengine.core.machine import Turn
from flowengine.runtime.store import CallRecord


class Work:
    """The call as it was loaded, and the turns that the event and what followed it have made."""

    __slots__ = (
        "carrier",
        "effects",
        "event",
        "journal",
        "program",
        "record",
        "session",
        "sure",
        "turn",
        "turns",
    )

    def __init__(self, carrier: Carrier, program: Program, record: CallRecord, sure: bool = True) -> None:
        """`sure`: the record is what the store has; else what this process remembers of it."""
        self.sure = sure
        self.carrier = carrier
        self.program = program
        self.record = record
        self.session = record.session
        self.effects: list[Effect] = []
        self.journal: list[replay.Record] = []
        self.turns: list[Turn] = []
        self.turn: Turn | None = None
        self.event: Event | None = None

    def step(self, event: Event) -> Turn | None:
        """Take one turn; None when the event has no place."""
        session, turn = machine.step(self.program, self.session, event)
        before, self.session = self.session, session
        if turn is None:
            return None
        self.event, self.turn = event, turn
        self.journal.append(replay.record(before, event, turn))
        self.effects += turn.effects
        self.turns.append(turn)
        return turn

    @property
    def whole(self) -> Turn:
        """All turns so far as one: what the caller is to hear, and the last wait. Raises TypeError without a turn."""
        turn = self.turn
        if turn is None:
            raise TypeError("there is no turn yet")
        if len(self.turns) == 1 and not turn.effects:
            return turn
        commands = tuple(command for each in self.turns for command in each.commands)
        entries = tuple(entry for each in self.turns for entry in each.entries)
        heard = tuple(value for each in self.turns for value in each.heard)
        return Turn(turn.number, commands, turn.wait, (), entries, heard)

    @property
    def heard(self) -> bool:
        """Whether there is something for the caller to hear."""
        return any(isinstance(command, Prompt | Send) for turn in self.turns for command in turn.commands)
