"""Which lines, branches and outcomes of the flows the calls have taken, and which never."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flowengine.core.graph import FlowGraph, Node, Program
from flowengine.core.journal import Entry
from flowengine.diagnostics import Span

_INNER = frozenset({"next", "again", "prompts", "leaves", "return", "fail"})
"""Exits that every way through the node takes: nobody chooses them."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that no call has done. `kind` is `step`, `branch` or `outcome`; `name` what it is called."""

    kind: str
    name: str
    span: Span


@dataclass(slots=True)
class Coverage:
    """What calls have taken so far, by flow and node."""

    program: Program
    _steps: set[tuple[str, str]] = field(default_factory=set)
    _exits: set[tuple[str, int, str]] = field(default_factory=set)

    def take(self, entries: Iterable[Entry]) -> None:
        """Count what the journal of a call tells."""
        for entry in entries:
            match entry.kind:
                case "step":
                    self._steps.add((entry.flow, entry.step))
                case "branch" | "outcome":
                    self._exits.add((entry.flow, entry.node, entry.name))

    @property
    def missed(self) -> list[Missed]:
        """Everything that no call has taken, in the order of the files."""
        found = [miss for graph in self.program.flows.values() for miss in self._of(graph)]
        return sorted(found, key=lambda miss: (miss.span, miss.kind, miss.name))

    @property
    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Of each kind, how many were taken and how many there are."""
        total: dict[str, list[int]] = {kind: [0, 0] for kind in ("step", "branch", "outcome")}
        for graph in self.program.flows.values():
            for kind, taken in self._all(graph):
                total[kind][0] += taken
                total[kind][1] += 1
        return {kind: (taken, count) for kind, (taken, count) in total.items()}

    def _all(self, graph: FlowGraph) -> Iterable[tuple[str, bool]]:
        for name in graph.steps:
            yield "step", (graph.name, name) in self._steps
        for node in graph.nodes:
            for name in choices(node):
                yield _kind(node), self._took(graph, node, name)

    def _of(self, graph: FlowGraph) -> Iterable[Missed]:
        for name, index in graph.steps.items():
            if (graph.name, name) not in self._steps:
                yield Missed("step", name, graph.nodes[index].span)
        for node in graph.nodes:
            for name in choices(node):
                if not self._took(graph, node, name):
                    yield Missed(_kind(node), f"{node.kind} {name}", node.span)

    def _took(self, graph: FlowGraph, node: Node, name: str) -> bool:
        if (graph.name, node.index, name) in self._exits:
            return True
        # A handler of a count (`noinput 2`) is taken as the outcome of its name.
        return name.startswith(("noinput ", "nomatch ")) and (graph.name, node.index, name.split()[0]) in self._exits


def choices(node: Node) -> list[str]:
    """The exits of a node that some calls take and others do not."""
    return [name for name in node.exits if name not in _INNER]


def _kind(node: Node) -> str:
    return "branch" if node.kind in ("if", "match") else "outcome"
