"""FE404: a loop that a caller who says and presses nothing never leaves: it ends only when the phone does."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import FlowPaths, Kind
from flowengine.compiler.analysis.project_paths import ProjectPaths, circles
from flowengine.compiler.checks.check import Found, each_paths, error
from flowengine.diagnostics import Label, Span
from flowengine.language import tree


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    told: set[Span] = set()
    if not flow.flow.complete or flow.start is None:
        return
    following = project.targets(flow, silent=True)
    reached = sorted(project.reachable(flow, [flow.start]))
    for circle in circles(len(flow.points), following.__getitem__, reached):
        members = set(circle)
        waiting = [index for index in circle if project.waits(flow.points[index])]
        if not waiting or any(target not in members for index in circle for target in following[index]):
            continue
        span = _way_back(project, flow, members)
        if span in told:
            continue
        told.add(span)
        label = Label(flow.points[min(waiting)].span, "a silent caller comes back here for ever")
        message = "a caller who says and presses nothing never leaves this loop"
        yield error("FE404", message, span, "lead `failed` out of the loop: to a person, or to a goodbye", label)


def _way_back(project: ProjectPaths, flow: FlowPaths, circle: set[int]) -> Span:
    """The `->` that takes the silent caller back, after the last try."""
    for index in sorted(circle):
        if flow.points[index].kind is not Kind.LISTEN and not isinstance(flow.points[index].statement, tree.Run):
            continue
        for way in project.exits(flow.points[index], silent=True):
            if way.outcome != "failed":
                continue
            target, seen = way.target, set()
            while target in circle and target not in seen:
                seen.add(target)
                statement = flow.points[target].statement
                if isinstance(statement, tree.Goto):
                    return statement.span
                target = flow.points[target].exits[0].target
    jumps = [statement.span for index in circle if isinstance(statement := flow.points[index].statement, tree.Goto)]
    return max(jumps) if jumps else flow.points[min(circle)].span


CHECK = each_paths(("FE404",), _run)
