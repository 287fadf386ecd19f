"""Queues in which callers wait for an agent, first in, first out."""

from dataclasses import dataclass

from flowengine.sandbox.clock import Clock
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.leg import Leg


@dataclass(eq=False, slots=True)
class Entry:
    """A caller who waits.

    Attributes:
        leg: The caller.
        since: When the caller came, in seconds of the network's clock.
        agent: Who took the caller; None while waiting.
        waited: Seconds in the queue, once an agent came.
        served: Whether the conversation with the agent is over.
    """

    leg: Leg
    since: float
    agent: Leg | None = None
    waited: float = 0.0
    served: bool = False


class WaitingLine:
    """One queue."""

    def __init__(self, queue_id: str, name: str, seats: int, clock: Clock, bulletin: Bulletin) -> None:
        self.id = queue_id
        self.name = name
        self.seats = seats
        self.entries: list[Entry] = []
        self.agents: list[Leg] = []  # Those who wait for a caller to come.
        self._clock = clock
        self._bulletin = bulletin

    def enter(self, leg: Leg) -> Entry | None:
        """Put a caller at the end; None when the queue is full."""
        if len(self.entries) >= self.seats:
            return None
        entry = Entry(leg, self._clock.now())
        self.entries.append(entry)
        self._bulletin.tell("queue", leg.id, f"waits in queue {self.name}", queue=self.name)
        for agent in self.agents:
            agent.changed.fire()
        return entry

    def leave(self, entry: Entry) -> None:
        """Take a caller out who was not served."""
        if entry in self.entries:
            self.entries.remove(entry)
            self._bulletin.tell("queue", entry.leg.id, f"left queue {self.name}", queue=self.name)

    def take(self, agent: Leg) -> Entry | None:
        """Give the first caller to `agent`; None when nobody waits."""
        if not self.entries:
            return None
        entry = self.entries.pop(0)
        entry.agent, entry.waited = agent, self._clock.now() - entry.since
        self._bulletin.tell("queue", entry.leg.id, f"queue {self.name}: taken by {agent.callee}", queue=self.name)
        entry.leg.changed.fire()
        return entry

    def position(self, entry: Entry) -> int:
        """1 for who is next; 0 for who does not wait."""
        return self.entries.index(entry) + 1 if entry in self.entries else 0

    def waited(self, entry: Entry) -> float:
        """Seconds that this caller waited, so far or in all."""
        return entry.waited if entry.agent is not None else self._clock.now() - entry.since
