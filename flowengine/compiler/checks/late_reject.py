"""FE408: `reject` where the call is already answered."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import Point
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Label, Span
from flowengine.language import tree


def _run(checked: Checked) -> Found:
    project = project_paths(checked)
    answering = {name for name in project.flows if _answers(checked, project, name, set())}
    for flow in project.flows.values():
        told: set[Span] = set()
        if not any(isinstance(p.statement, tree.Verb) and _is_reject(checked, p.statement) for p in flow.points):
            continue
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


def _answered_by(checked: Checked, point: Point, answering: set[str]) -> bool:
    """Whether a call that has passed the point is answered: every verb that needs the caller answers."""
    statement = point.statement
    if isinstance(statement, tree.Run):
        return statement.flow.text in answering
    if not isinstance(statement, tree.Verb):
        return False
    bound = checked.bound.get(id(statement))
    return bound is not None and not bound.verb.alone and not bound.verb.leaves


def _answers(checked: Checked, project: ProjectPaths, name: str, under_way: set[str]) -> bool:
    """Whether a flow holds something that answers the call."""
    flow = project.flows.get(name)
    if flow is None or flow.start is None or name in under_way:
        return False
    under_way = under_way | {name}
    for index in flow.reachable(flow.start):
        statement = flow.points[index].statement
        if isinstance(statement, tree.Run):
            if _answers(checked, project, statement.flow.text, under_way):
                return True
        elif _answered_by(checked, flow.points[index], set()):
            return True
    return False


CHECK = Check(("FE408",), _run)
