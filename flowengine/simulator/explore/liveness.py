"""Which variables can still matter at a place of a flow: two calls that differ in others only are the same call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flowengine.core.control import RunNode, SetNode
from flowengine.core.graph import FlowGraph, Node, Program
from flowengine.core.session import Frame
from flowengine.expressions.evaluate import Compiled
from flowengine.verbs.base import Value
from flowengine.verbs.gather import GatherNode

_BINDING = frozenset({"gather", "record", "fetch"})
"""Kinds whose every way on has bound their NAME."""


class Liveness:
    """Of each node of each flow, the names that are read from there on."""

    def __init__(self, program: Program) -> None:
        self._live = {name: _live(graph) for name, graph in program.flows.items()}

    def variables(self, frames: Iterable[Frame]) -> list[dict[str, Any]]:
        """The variables of each frame that can still matter, in the order of their names."""
        frames = list(frames)
        wanted: list[frozenset[str]] = [self._at(frame) for frame in frames]
        for frame in frames:
            if frame.base is not None:
                wanted[frame.base] |= self._at(frame)
        return [
            {name: frame.variables[name] for name in sorted(names & frame.variables.keys())}
            for frame, names in zip(frames, wanted, strict=True)
        ]

    def _at(self, frame: Frame) -> frozenset[str]:
        live = self._live[frame.flow]
        return live[frame.node] if 0 <= frame.node < len(live) else frozenset()


def _live(graph: FlowGraph) -> list[frozenset[str]]:
    nodes = graph.nodes
    own = [_reads(node) for node in nodes]
    kills = [_kills(node) for node in nodes]
    live: list[frozenset[str]] = [frozenset()] * len(nodes)
    header: frozenset[str] = frozenset()
    changed = True
    while changed:
        changed = False
        for index in range(len(nodes) - 1, -1, -1):
            after: frozenset[str] = frozenset().union(
                *(live[target] for target in _targets(nodes[index]) if target >= 0)
            )
            now = own[index] | (after - kills[index]) | header
            if now != live[index]:
                live[index] = now
                changed = True
        entries = [entry for entry in (*graph.on.values(), *graph.presses.values()) if entry >= 0]
        # A handler of the header may run at any time.
        whole = frozenset().union(*(live[entry] for entry in entries))
        if whole != header:
            header = whole
            changed = True
    return live


def _targets(node: Node) -> Iterator[int]:
    yield from node.exits.values()
    for name in ("listen", "queue"):
        target = getattr(node, name, None)
        if isinstance(target, int):
            yield target


def _kills(node: Node) -> frozenset[str]:
    if isinstance(node, SetNode):
        return frozenset() if node.path else frozenset({node.name})
    if isinstance(node, RunNode):
        return frozenset() if node.result is None else frozenset({node.result})
    name = getattr(node, "name", None)
    return frozenset({name}) if node.kind in _BINDING and isinstance(name, str) else frozenset()


def _reads(node: Node) -> frozenset[str]:
    names: set[str] = set()
    for kind in type(node).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            for compiled in _compiled(getattr(node, slot, None)):
                names |= compiled.reads
    if isinstance(node, SetNode) and node.path:
        names.add(node.name)
    if isinstance(node, GatherNode):
        names.discard(str(node.name))  # `where` reads the candidate
    return frozenset(names)


def _compiled(thing: Any) -> Iterator[Compiled]:
    match thing:
        case Compiled():
            yield thing
        case Value(compiled=Compiled() as compiled):
            yield compiled
        case dict():
            for value in thing.values():
                yield from _compiled(value)
        case tuple() | list():
            for value in thing:
                yield from _compiled(value)
