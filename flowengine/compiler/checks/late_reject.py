"""FE408: `reject` where the call is already answered."""

from __future__ import annotations

from collections.abc import Set

from flowengine.compiler.analysis.control_flow import FlowPaths, Point
from flowengine.compiler.analysis.project_paths import ProjectPaths
from flowengine.compiler.checks.check import Found, each_paths, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Label, Span
from flowengine.language import tree


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    checked = project.checked
    told: set[Span] = set()
    if not any(bound.verb.name == "reject" for bound in checked.uses(flow.flow)):
        return
    answering = _answering_here(project, flow)
    for index, point in enumerate(flow.points):
        if not _answered_by(checked, point, answering):
            continue
        for later in sorted(project.reachable(flow, [index]) - {index}):
            statement = flow.points[later].statement
            if isinstance(statement, tree.Verb) and _is_reject(checked, statement):
                span = statement.name.span
                if span in told or flow.points[later].handler == "hangup":
                    continue
                told.add(span)
                label = Label(point.span, "the call is answered here")
                message = "`reject` comes too late: the call can be answered already"
                yield error("FE408", message, span, "to end an answered call, write `hangup`", label)


def _is_reject(checked: Checked, statement: tree.Verb) -> bool:
    bound = checked.bound.get(id(statement))
    return bound is not None and bound.verb.name == "reject"


def _answered_by(checked: Checked, point: Point, answering: Set[str]) -> bool:
    """Whether a call that has passed the point is answered: every verb that needs the caller answers."""
    statement = point.statement
    if isinstance(statement, tree.Run):
        return statement.flow.text in answering
    if not isinstance(statement, tree.Verb):
        return False
    bound = checked.bound.get(id(statement))
    return bound is not None and not bound.verb.alone and not bound.verb.leaves


def _answering_here(project: ProjectPaths, flow: FlowPaths) -> frozenset[str]:
    """The flows that a flow runs and that hold something that answers the call, themselves or further in."""
    return frozenset(flow.called) & _answering(project)


def _answering(project: ProjectPaths) -> set[str]:
    known: set[str] | None = project.checked.memo.get("answering")
    if known is not None:
        return known
    answering: set[str] = set()
    work = list(project.flows)
    while work:
        name = work.pop()
        if name not in answering and _answers(project, project.flows[name], answering):
            answering.add(name)
            work += project.callers[name]
    project.checked.memo["answering"] = answering
    return answering


def _answers(project: ProjectPaths, flow: FlowPaths, answering: set[str]) -> bool:
    """Whether a flow holds something that answers the call, given the flows that do."""
    return project.of_flow(flow, _answers_itself) or not answering.isdisjoint(project.of_flow(flow, _reached_runs))


def _answers_itself(project: ProjectPaths, flow: FlowPaths) -> bool:
    points = () if flow.start is None else flow.reachable(flow.start)
    return any(_answered_by(project.checked, flow.points[index], frozenset()) for index in points)


def _reached_runs(_project: ProjectPaths, flow: FlowPaths) -> frozenset[str]:
    """The flows that are run where a call can come to."""
    reached = set() if flow.start is None else flow.reachable(flow.start)
    return frozenset(run.flow.text for index, run in flow.runs() if index in reached)


CHECK = each_paths(("FE408",), _run, _answering_here)
