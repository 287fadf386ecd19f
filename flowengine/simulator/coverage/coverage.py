"""What calls have taken so far, of everything that there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowengine.core.graph import Program
from flowengine.core.journal import Entry
from flowengine.language import tree
from flowengine.simulator.coverage.points import Key, Kind, Point, points_of
from flowengine.simulator.coverage.reader import Reader


@dataclass(frozen=True, slots=True)
class Tally:
    """How many points were taken, of how many."""

    taken: int
    total: int

    @property
    def percent(self) -> float:
        """100 where there is nothing to take."""
        return 100 * self.taken / self.total if self.total else 100.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.taken + other.taken, self.total + other.total)


class Coverage:
    """The lines, branches and outcomes of some flows, and which of them were taken."""

    def __init__(self, program: Program, trees: Mapping[str, tree.Flow], flows: Iterable[str] | None = None) -> None:
        """Nothing is taken yet. `flows` are all of the program's unless given."""
        self.program = program
        self.flows = tuple(program.flows if flows is None else flows)
        self._points = points_of(program, trees, list(self.flows))
        self.taken: set[Key] = set()

    def reader(self) -> Reader:
        """A reader for the journal of one call."""
        return Reader(self.program, self._points)

    def take(self, entries: Iterable[Entry]) -> None:
        """Count what the whole journal of a call tells."""
        self.taken |= self.reader().read(entries)

    @property
    def points(self) -> list[Point]:
        """All points, in the order of the files."""
        return self._points.all

    @property
    def missed(self) -> list[Point]:
        """The points that no call has taken, in the order of the files."""
        return [point for point in self._points.all if point.key not in self.taken]

    def tally(self, kind: Kind, flow: str | None = None) -> Tally:
        """How many points of a kind were taken: in one flow, or in all."""
        keys = [
            point.key for point in self._points.all if point.kind is kind and (flow is None or point.key[0] == flow)
        ]
        return Tally(sum(key in self.taken for key in keys), len(keys))

    @property
    def total(self) -> Tally:
        """Of all points of every kind."""
        return sum((self.tally(kind) for kind in Kind), Tally(0, 0))
