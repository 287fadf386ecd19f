"""Where callers go and where they leave: what many calls did in a flow, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flowengine.core.ending import CALLER, ending, was_served
from flowengine.core.journal import Entry
from flowengine.core.replay import Record
from flowengine.web.console.views import Statistics, StepCounts


class Counting:
    """Counts calls, one journal after the other."""

    def __init__(self) -> None:
        self._flows: dict[str, Statistics] = {}
        self._truncated = False

    def add(self, journal: Sequence[Record], ended: float | None) -> None:
        """Count a call; `ended` is when it did."""
        entries = [entry for record in journal for entry in record.entries]
        if not entries:
            return
        last_step: dict[str, str] = {}
        taken = ""
        for entry in entries:
            if entry.kind == "run":
                last_step.pop(entry.name, None)
                self._goes(entry.flow, entry.step, f"flow:{entry.name}")
            counts = self._at(entry)
            if entry.kind == "step":
                counts.entered += 1
                before = last_step.get(entry.flow)
                if before is not None:
                    self._goes(entry.flow, before, entry.step)
                last_step[entry.flow] = entry.step
            elif entry.kind == "outcome":
                name = taken if entry.name.startswith("when ") else entry.name
                counts.outcomes[name] = counts.outcomes.get(name, 0) + 1
            elif entry.kind == "input":
                # A menu's choices are known by their keys; what was said can be anything.
                taken = entry.name if entry.name == "speech" else entry.text
        for entry, after in pairwise(entries):
            self._at(entry).seconds += max(0.0, after.at - entry.at)
        if ended is not None:
            self._at(entries[-1]).seconds += max(0.0, ended - entries[-1].at)
        self._end(entries, was_served(journal))

    def cut(self) -> None:
        """There were more calls than are counted."""
        self._truncated = True

    def of(self, flow: str) -> Statistics:
        """What was counted of a flow."""
        found = self._of(flow)
        return Statistics(flow, found.calls, found.endings, found.steps, found.ways, self._truncated)

    def _end(self, entries: Sequence[Entry], served: bool) -> None:
        end = ending(entries)
        for flow in {entry.flow for entry in entries}:
            found = self._of(flow)
            self._flows[flow] = Statistics(flow, found.calls + 1, found.endings, found.steps, found.ways)
        endings = self._of(end.flow).endings
        endings[end.how] = endings.get(end.how, 0) + 1
        counts = self._of(end.flow).steps.setdefault(end.step, StepCounts())
        if end.how == CALLER and not served:
            counts.left += 1
        else:
            counts.ended += 1

    def _goes(self, flow: str, start: str, end: str) -> None:
        ways, way = self._of(flow).ways, f"{start}>{end}"
        ways[way] = ways.get(way, 0) + 1

    def _of(self, flow: str) -> Statistics:
        return self._flows.setdefault(flow, Statistics(flow, 0, {}, {}, {}))

    def _at(self, entry: Entry) -> StepCounts:
        return self._of(entry.flow).steps.setdefault(entry.step, StepCounts())
