"""The ways of a call through all flows: how each flow can end, and which flows a call can begin with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, TypeVarTuple

from flowengine.compiler.analysis.control_flow import Exit, FlowPaths, Kind, Point, flow_paths
from flowengine.compiler.model import Checked
from flowengine.language import tree

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Following = Callable[[int], Iterable[int]]
"""The numbers of the points right after a point."""

Kinds = frozenset[Kind]


@dataclass(slots=True)
class Endings:
    """How flows can end: those that can return, and those that can fail."""

    returns: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)


@dataclass(slots=True)
class ProjectPaths:
    """The paths of all flows. `endings` holds for any caller, `silent` for one who never says or presses anything.

    `waiting` are the flows that never come back without having waited. `entries` are those a call can begin with: they
    answer a number, or no other flow runs them.
    """

    checked: Checked
    flows: dict[str, FlowPaths]
    entries: tuple[str, ...]
    callers: dict[str, set[str]]
    endings: Endings = field(default_factory=Endings)
    silent: Endings = field(default_factory=Endings)
    waiting: set[str] = field(default_factory=set)

    def exits(self, point: Point, *, silent: bool = False) -> Iterator[Exit]:
        """The exits of a point that can be taken, given how the flow that it runs can end."""
        endings = self.silent if silent else self.endings
        run = point.statement
        for way in point.exits:
            if silent and not way.silent:
                continue
            if isinstance(run, tree.Run):
                name = run.flow.text
                # A flow that is not there returns and does not fail, so that nothing more is said about it.
                if way.outcome == "returned" and name in self.flows and name not in endings.returns:
                    continue
                if way.outcome == "failed" and name not in endings.fails:
                    continue
            yield way

    def waits(self, point: Point) -> bool:
        """Whether a call that comes to the point always waits there for somebody."""
        run = point.statement
        return point.waits or (isinstance(run, tree.Run) and run.flow.text in self.waiting)

    def reachable(self, flow: FlowPaths, starts: Iterable[int], *, silent: bool = False) -> set[int]:
        """The points of a flow that a call which is at one of `starts` can come to."""
        return reach(starts, self.targets(flow, silent=silent).__getitem__)

    def targets(self, flow: FlowPaths, *, silent: bool = False) -> list[list[int]]:
        """The points right after each point of a flow."""
        return self.of_flow(flow, _silent_targets if silent else _targets)

    def of_flow(self, flow: FlowPaths, work: Callable[[ProjectPaths, FlowPaths, *Ts], T], *seen: *Ts) -> T:
        """What `work` gives for a flow; it is not done again while nothing that it looks at has changed.

        It may look at the flow, at `flowengine.toml` and at how the flows that this one runs can end. Of all else it
        may look at `seen` only, which it is given. What it gives must not be changed afterwards.
        """
        key = ("of its paths", work, self.checked.sources.config, self.around(flow), *seen)
        return self.checked.memory(flow.flow).recall(key, lambda: work(self, flow, *seen))

    def around(self, flow: FlowPaths) -> Hashable:
        """All that is known of the ends of the flows that a flow runs."""
        return tuple(
            (
                name in self.flows,
                name in self.endings.returns,
                name in self.endings.fails,
                name in self.silent.returns,
                name in self.silent.fails,
                name in self.waiting,
            )
            for name in flow.called
        )


def reach(starts: Iterable[int], following: Following) -> set[int]:
    """What can be reached from `starts`, themselves among them."""
    seen = set(starts)
    stack = list(seen)
    while stack:
        for target in following(stack.pop()):
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return seen


def project_paths(checked: Checked) -> ProjectPaths:
    """The paths of all flows of a project; worked out once for all checks."""
    known: ProjectPaths | None = checked.memo.get("paths")
    if known is None:
        known = checked.memo["paths"] = _project_paths(checked)
    return known


def _project_paths(checked: Checked) -> ProjectPaths:
    flows = {name: checked.recall(flow, flow_paths) for name, flow in checked.flows.items()}
    callers: dict[str, set[str]] = {name: set() for name in flows}
    for name, paths in flows.items():
        for called in paths.called:
            if called in callers:
                callers[called].add(name)
    numbered = {target.flow for target in checked.config.numbers.values()}
    entries = tuple(name for name in flows if name in numbered or not callers[name] - {name})
    project = ProjectPaths(checked, flows, entries, callers)
    _find_endings(project, project.endings, _kinds)
    _find_endings(project, project.silent, _silent_kinds)
    _find_waiting(project)
    return project


def _find_endings(
    project: ProjectPaths, endings: Endings, kinds_of: Callable[[ProjectPaths, FlowPaths], Kinds]
) -> None:
    """From "no flow ends" upward: what a flow can do depends on what those that it runs can do."""
    work = list(project.flows)
    while work:
        name = work.pop()
        kinds = project.of_flow(project.flows[name], kinds_of)
        changed = False
        for kind, found in ((Kind.RETURN, endings.returns), (Kind.FAILED, endings.fails)):
            if kind in kinds and name not in found:
                found.add(name)
                changed = True
        if changed:
            work += project.callers[name]


def _find_waiting(project: ProjectPaths) -> None:
    """From "every flow waits" downward: a flow does not if some way back to its caller passes no wait."""
    project.waiting = set(project.flows)
    work = list(project.flows)
    while work:
        name = work.pop()
        if name not in project.waiting:
            continue
        kinds = project.of_flow(project.flows[name], _kinds_before_a_wait)
        if Kind.RETURN in kinds or Kind.FAILED in kinds:
            project.waiting.discard(name)
            work += project.callers[name]


def _kinds(project: ProjectPaths, flow: FlowPaths) -> Kinds:
    """What points a call can come to, given what is known of the flows that this one runs."""
    return _reached(flow, _targets(project, flow))


def _silent_kinds(project: ProjectPaths, flow: FlowPaths) -> Kinds:
    return _reached(flow, _silent_targets(project, flow))


def _kinds_before_a_wait(project: ProjectPaths, flow: FlowPaths) -> Kinds:
    targets = project.targets(flow)
    return _reached(
        flow, [() if project.waits(point) else ways for point, ways in zip(flow.points, targets, strict=True)]
    )


def _reached(flow: FlowPaths, targets: Sequence[Sequence[int]]) -> Kinds:
    if flow.start is None:
        return frozenset()
    return frozenset(flow.points[index].kind for index in reach([flow.start], targets.__getitem__))


def _targets(project: ProjectPaths, flow: FlowPaths) -> list[list[int]]:
    return [[way.target for way in project.exits(point)] for point in flow.points]


def _silent_targets(project: ProjectPaths, flow: FlowPaths) -> list[list[int]]:
    return [[way.target for way in project.exits(point, silent=True)] for point in flow.points]


def circles(size: int, following: Following, nodes: Sequence[int]) -> list[list[int]]:
    """The groups of nodes that lead back to themselves (Tarjan's strongly connected components, without recursion)."""
    number = [0] * size
    low = [0] * size
    on_stack = [False] * size
    stack: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in nodes:
        if number[root]:
            continue
        count += 1
        number[root] = low[root] = count
        stack.append(root)
        on_stack[root] = True
        work = [(root, iter(list(following(root))))]
        while work:
            node, ways = work[-1]
            for target in ways:
                if not number[target]:
                    count += 1
                    number[target] = low[target] = count
                    stack.append(target)
                    on_stack[target] = True
                    work.append((target, iter(list(following(target)))))
                    break
                if on_stack[target]:
                    low[node] = min(low[node], number[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    group = []
                    while True:
                        member = stack.pop()
                        on_stack[member] = False
                        group.append(member)
                        if member == node:
                            break
                    if len(group) > 1 or node in following(node):
                        found.append(group)
    return found
