"""The phone network: it connects callers with lines, and rings phones."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from fnmatch import fnmatchcase
from typing import Any

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.ids import Ids
from flowengine.sandbox.network.behaviour import MAGIC_ENDINGS, ORDINARY, Behaviour
from flowengine.sandbox.network.conference import Room, RoomState
from flowengine.sandbox.network.handset import Handset
from flowengine.sandbox.network.leg import Direction, Leg, LegState
from flowengine.sandbox.network.phone import act
from flowengine.sandbox.network.waiting import WaitingLine

# What answers a line: it is given each inbound leg, ringing, and decides what happens to it.
LineOwner = Callable[[Leg], None]
# Who plays the phones that ring: it is given the handset of a ringing leg. False leaves the phone to its behaviour.
Operator = Callable[[Handset], bool]


class PhoneNetwork:
    """All lines, phones, legs, rooms and queues of one simulation.

    Attributes:
        lines: Who answers each number of ours.
        phones: How outside phones behave, by number or by a pattern with `*`; the first that matches.
        operators: Asked, in order, whether they play a phone that rings; a script or a web phone adds itself here.
        ordinary: How all other phones behave.
    """

    def __init__(self, clock: Clock, bulletin: Bulletin, ids: Ids, *, keep: int = 10_000) -> None:
        self.clock = clock
        self.bulletin = bulletin
        self.ids = ids
        self.lines: dict[str, LineOwner] = {}
        self.phones: dict[str, Behaviour] = {}
        self.magic: dict[str, Behaviour] = dict(MAGIC_ENDINGS)
        self.ordinary: Behaviour = ORDINARY
        self.operators: list[Operator] = []
        self.rooms: OrderedDict[str, Room] = OrderedDict()
        self.queues: dict[str, WaitingLine] = {}
        self.queue_seats = 100
        self.room_seats = 250
        self._keep = keep

    def behaviour_of(self, number: str) -> Behaviour:
        """What the phone with this number does when nobody plays it."""
        for pattern, behaviour in self.phones.items():
            if fnmatchcase(number, pattern):
                return behaviour
        return next((behaviour for ending, behaviour in self.magic.items() if number.endswith(ending)), self.ordinary)

    # Callers.

    def place_call(self, caller: str, line: str, owner: LineOwner | None = None) -> Handset:
        """Somebody outside calls one of our lines. The handset in their hand is returned; it rings at the far end.

        A number that is no line of ours is answered by nobody, unless an `owner` is given that does: the call fails.
        """
        leg = self._leg(caller, line, "inbound")
        leg.move_to(LegState.RINGING)
        owner = owner or self.lines.get(line)
        if owner is None:
            self.bulletin.tell("error", leg.id, f"{line} is no number of this carrier")
            leg.move_to(LegState.FAILED)
        else:
            owner(leg)
        return Handset(leg)

    # Dialling out.

    def dial(
        self,
        caller: str,
        callee: str,
        timeout: float,
        *,
        parent: str = "",
    ) -> Leg:
        """Ring an outside phone, or a line of ours, for at most `timeout` seconds.

        The leg is queued when this returns, and rings soon after.
        """
        leg = self._leg(caller, callee, "outbound", parent)
        self.clock.spawn(self._ring(leg, timeout), f"ring {callee}")
        return leg

    async def _ring(self, leg: Leg, within: float) -> None:
        if not leg.move_to(LegState.RINGING):
            return
        self.clock.spawn(self._phone(leg), f"phone {leg.callee}")
        if not await leg.until(lambda: leg.state is not LegState.RINGING, within):
            leg.move_to(LegState.NO_ANSWER)

    def _phone(self, leg: Leg) -> Coroutine[Any, Any, None]:
        """The phone at the far end of `leg`: somebody's, one of our own lines, or one that acts by itself."""
        handset = Handset(leg)
        if any(operator(handset) for operator in self.operators):
            return _nothing()
        if leg.callee in self.lines:
            return self._loop_back(handset)
        if not is_dialable(leg.callee):
            self.bulletin.tell("error", leg.id, f"{leg.callee!r} is no phone number or sip: address")
            handset.refuse(LegState.FAILED)
            return _nothing()
        return act(handset, self.behaviour_of(leg.callee))

    async def _loop_back(self, handset: Handset) -> None:
        """Connect an outbound leg with a line of our own, as a trunk that leads back to the same exchange would."""
        outbound, inbound = handset.leg, self.place_call(handset.leg.caller, handset.leg.callee).leg
        inbound.dependants.append(outbound)
        outbound.far_end = inbound
        await outbound.until(lambda: outbound.is_over or inbound.is_answered or inbound.is_over)
        if inbound.is_answered and not outbound.is_over:
            handset.answer()
            outbound.media.join(inbound.media)
            await outbound.until(lambda: outbound.is_over or inbound.is_over)
            outbound.media.part(inbound.media)
        if inbound.state in (LegState.BUSY, LegState.FAILED, LegState.NO_ANSWER):
            handset.refuse(inbound.state)
        outbound.hang_up("phone")
        inbound.hang_up("phone")

    # Places to meet.

    def room(self, name: str, seats: int | None = None) -> Room:
        """The conference of this name, or id, that is not over; a new one if there is none."""
        for room in self.rooms.values():
            if name in (room.name, room.id) and not room.is_over:
                return room
        return self.new_room(name, seats)

    def new_room(self, name: str, seats: int | None = None) -> Room:
        """A new conference. Rooms that are over are forgotten, the oldest first, when there are too many."""
        while len(self.rooms) >= self._keep:
            old = next((key for key, room in self.rooms.items() if room.state is RoomState.COMPLETED), None)
            del self.rooms[old if old is not None else next(iter(self.rooms))]
        room = Room(self.ids("CF"), name, self.room_seats if seats is None else seats, self.clock, self.bulletin)
        self.rooms[room.id] = room
        return room

    def queue(self, name: str) -> WaitingLine:
        """The queue of this name."""
        if name not in self.queues:
            if len(self.queues) >= self._keep:
                self.queues = {key: queue for key, queue in self.queues.items() if queue.entries or queue.agents}
            self.queues[name] = WaitingLine(self.ids("QU"), name, self.queue_seats, self.clock, self.bulletin)
        return self.queues[name]

    def _leg(self, caller: str, callee: str, direction: Direction, parent: str = "") -> Leg:
        return Leg(self.ids("CA"), self.clock, self.bulletin, caller, callee, direction, parent)


async def _nothing() -> None:
    """For a phone that needs no task of its own."""


def is_dialable(number: str) -> bool:
    """Whether a number can be dialled at all: E.164, or a SIP address."""
    if number.startswith(("sip:", "sips:")):
        return "@" in number
    return number.startswith("+") and number[1:].isascii() and number[1:].isdigit() and 2 < len(number) <= 16
