"""Which variables are read, and which conditions asked, from a point on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowengine.compiler.analysis.control_flow import FlowPaths, Point
from flowengine.compiler.analysis.project_paths import ProjectPaths
from flowengine.compiler.analysis.reads import reads
from flowengine.language import tree


def live(
    project: ProjectPaths,
    flow: FlowPaths,
    shift: Mapping[str, int],
    asking: Sequence[frozenset[str]],
) -> tuple[list[int], list[frozenset[str]]]:
    """For each point, the bits of the variables that matter from there on, and the conditions that are still asked.

    A variable has three bits, from `shift` on. `asking` has the conditions that are asked at each point itself.
    """
    exits = [list(project.exits(point)) for point in flow.points]
    before: list[set[int]] = [set() for _ in flow.points]
    for index, ways in enumerate(exits):
        for way in ways:
            before[way.target].add(index)
    bits = [_read(point, shift) for point in flow.points]
    asked = list(asking)
    # A handler for the caller who leaves, or for an error, can begin at any point.
    anywhere = list(flow.roots.values())
    work = list(range(len(flow.points)))
    waiting = set(work)
    while work:
        index = work.pop()
        waiting.discard(index)
        new_bits, new_asked = bits[index], asked[index]
        for way in exits[index]:
            kept = -1 if way.binds is None or way.binds not in shift else ~(7 << shift[way.binds])
            new_bits |= bits[way.target] & kept
            new_asked |= asked[way.target]
        if new_bits != bits[index] or new_asked != asked[index]:
            bits[index], asked[index] = new_bits, new_asked
            changed = before[index] - waiting
            work += changed
            waiting |= changed
    for root in anywhere:
        bits = [own | bits[root] for own in bits]
        asked = [own | asked[root] for own in asked]
    return bits, asked


def _read(point: Point, shift: Mapping[str, int]) -> int:
    bits = 0
    for expr in point.reads:
        for read in reads(expr):
            if read.name.name in shift:
                bits |= 7 << shift[read.name.name]
    statement = point.statement
    if isinstance(statement, tree.Set) and statement.path and statement.name.text in shift:
        bits |= 7 << shift[statement.name.text]
    return bits
