"""Reads journals: which points a call has taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from flowengine.core.graph import Program
from flowengine.core.journal import Entry
from flowengine.core.words import find, words
from flowengine.simulator.coverage.points import HEADER, Choice, Key, Points


class Reader:
    """Reads the journal of one call, turn by turn.

    An entry does not tell how many silences came before it, nor which `run` called the flow: the reader remembers
    both, and nothing else. A copy of it reads on for another way that the call could take.
    """

    __slots__ = ("_points", "_program", "_runs", "_tries")

    def __init__(self, program: Program, points: Points) -> None:
        self._program = program
        self._points = points
        self._tries: dict[tuple[str, int], dict[str, int]] = {}
        self._runs: tuple[tuple[str, int, str], ...] = ()

    def copy(self) -> Reader:
        """A reader at the same place of the same call."""
        other = Reader(self._program, self._points)
        other._tries = {place: counts.copy() for place, counts in self._tries.items()}
        other._runs = self._runs
        return other

    def read(self, entries: Iterable[Entry]) -> set[Key]:
        """The points that these entries take; those of a call must be given in their order."""
        found: set[Key] = set()
        left = False
        spoken: Entry | None = None
        for entry, after in _with_next(entries):
            if entry.node >= 0 and not (entry.kind == "hangup" and entry.name == "caller"):
                found.add((entry.flow, entry.line, "line"))
            if left and "hangup" in self._program.flows[entry.flow].on:
                found.add((entry.flow, HEADER, "hangup"))
            match entry.kind:
                case "hangup":
                    left = left or entry.name == "caller"
                case "step":
                    self._step(entry)
                case "input":
                    spoken = entry
                case "branch":
                    found.add((entry.flow, entry.node, entry.name))
                case "run":
                    self._runs = (*self._runs, (entry.flow, entry.node, entry.name))
                    self._forget(entry.name)
                case "return":
                    found.update(self._returned(entry))
                case "outcome":
                    found.update(self._outcome(entry, spoken, after))
        return found & self._points.keys

    def _step(self, entry: Entry) -> None:
        """A step was entered: whatever ran inside this flow is left, and its counts are over."""
        while self._runs and self._runs[-1][2] != entry.flow:
            self._runs = self._runs[:-1]
        self._forget(entry.flow)

    def _forget(self, flow: str) -> None:
        for place in [place for place in self._tries if place[0] == flow]:
            del self._tries[place]

    def _returned(self, entry: Entry) -> Iterator[Key]:
        if self._runs and self._runs[-1][2] == entry.flow:
            flow, node, _ = self._runs[-1]
            self._runs = self._runs[:-1]
            if entry.name != "failed":
                yield flow, node, "returned"

    def _outcome(self, entry: Entry, spoken: Entry | None, after: Entry | None) -> Iterator[Key]:
        place = (entry.flow, entry.node)
        name = entry.name
        yield (*place, name)
        if name in ("noinput", "nomatch"):
            yield from self._missed(entry, after)
            return
        if name.startswith("press "):
            if after is not None:
                yield after.flow, HEADER, name
            return
        self._tries.pop(place, None)
        if name.startswith("when ") and spoken is not None:
            chosen = self._choice(place, int(name.split()[1]), spoken)
            if chosen is not None:
                yield (*place, f"{name} {chosen.name}")

    def _missed(self, entry: Entry, after: Entry | None) -> Iterator[Key]:
        place = (entry.flow, entry.node)
        counts = self._tries.setdefault(place, {})
        count = counts[entry.name] = counts.get(entry.name, 0) + 1
        handled = self._points.handled.get((*place, entry.name), ())
        last = after is not None and after.kind == "outcome" and after.name == "failed" and after.node == entry.node
        if not handled:
            yield (*place, f"{entry.name} 1")
        elif not last:
            # The last try plays no prompts again: no handler runs.
            yield (*place, f"{entry.name} {max(number for number in (1, *handled) if number <= count)}")

    def _choice(self, place: tuple[str, int], number: int, spoken: Entry) -> Choice | None:
        table = self._points.choices.get(place)
        if table is None:
            return None
        said = words(spoken.text)
        key = spoken.text if spoken.name == "keys" else "".join(said)
        for choice in table[number]:
            if key in choice.keys:
                return choice
        heard = [choice for choice in table[number] if choice.words and find(choice.words, said) >= 0]
        return max(heard, key=lambda choice: len(choice.words), default=None)


def _with_next(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    yield from pairwise([*entries, None])
