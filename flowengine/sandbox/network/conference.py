"""Conference rooms."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from flowengine.sandbox.clock import Clock, Signal
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.audio import Tape
from flowengine.sandbox.network.leg import Leg


class RoomState(StrEnum):
    """A room's state: created, under way (somebody who starts it is in), over."""

    INIT = "init"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


RoomEvent = Literal["conference-start", "conference-end", "participant-join", "participant-leave"]


@dataclass(eq=False, slots=True)
class Member:
    """One leg in a room."""

    leg: Leg
    muted: bool
    starts: bool
    ends: bool
    hold: bool = False


class Room:
    """A conference: everyone hears everyone, once it has started; until then all wait with music."""

    def __init__(self, room_id: str, name: str, seats: int, clock: Clock, bulletin: Bulletin) -> None:
        self.id = room_id
        self.name = name
        self.seats = seats
        self.state = RoomState.INIT
        self.created: datetime = clock.wall()
        self.members: dict[str, Member] = {}
        self.changed = Signal()
        self.tape: Tape | None = None
        self.listeners: list[Callable[[RoomEvent, Leg | None], None]] = []
        self._clock = clock
        self._bulletin = bulletin
        self._started_at = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since it started."""
        return self._clock.now() - self._started_at if self.state is RoomState.IN_PROGRESS else 0.0

    @property
    def is_full(self) -> bool:
        """Whether nobody else may enter."""
        return len(self.members) >= self.seats

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state is RoomState.COMPLETED

    def start_tape(self) -> Tape:
        """Record everything from now on."""
        self.tape = tape = Tape(self._clock.now())
        for member in self.members.values():
            member.leg.media.tapes.add(tape)
        return tape

    def enter(self, leg: Leg, *, muted: bool = False, starts: bool = True, ends: bool = False) -> Member | None:
        """Let a leg in; None when the room is full or over."""
        if self.is_full or self.is_over:
            return None
        member = Member(leg, muted, starts, ends, hold=self.state is RoomState.INIT and not starts)
        self.members[leg.id] = member
        leg.media.muted = muted
        if self.tape is not None:
            leg.media.tapes.add(self.tape)
        self._bulletin.tell("conference", leg.id, f"entered conference {self.name}", conference=self.name)
        if self.state is RoomState.INIT and starts:
            self.state = RoomState.IN_PROGRESS
            self._started_at = self._clock.now()
            self._tell("conference-start", None)
        self._connect()
        self._tell("participant-join", leg)
        return member

    def leave(self, leg: Leg) -> None:
        """Let a leg out. The room ends with its last member, or with one whose leaving ends it."""
        member = self.members.pop(leg.id, None)
        if member is None:
            return
        for other in self.members.values():
            leg.media.part(other.leg.media)
        leg.media.muted = False
        if self.tape is not None:
            leg.media.tapes.discard(self.tape)
        self._bulletin.tell("conference", leg.id, f"left conference {self.name}", conference=self.name)
        leg.changed.fire()
        self._tell("participant-leave", leg)
        if member.ends or not self.members:
            self.end()

    def end(self) -> None:
        """End the conference: everyone is let out."""
        if self.is_over:
            return
        self.state = RoomState.COMPLETED
        for member in list(self.members.values()):
            self.leave(member.leg)
        self._bulletin.tell("conference", "", f"conference {self.name} ended", conference=self.name)
        self._tell("conference-end", None)

    def _connect(self) -> None:
        if self.state is not RoomState.IN_PROGRESS:
            return
        members = list(self.members.values())
        for index, member in enumerate(members):
            member.hold = False
            for other in members[index + 1 :]:
                member.leg.media.join(other.leg.media)

    def _tell(self, event: RoomEvent, leg: Leg | None) -> None:
        for listener in list(self.listeners):
            listener(event, leg)
        self.changed.fire()
        for member in self.members.values():
            member.leg.changed.fire()
