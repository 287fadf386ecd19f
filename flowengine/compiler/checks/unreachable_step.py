"""FE451: a step that no way leads to."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import FlowPaths
from flowengine.compiler.analysis.project_paths import ProjectPaths
from flowengine.compiler.checks.check import Found, each_paths, warning
from flowengine.language import tree


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    if not flow.flow.complete or flow.start is None:
        return
    if any(isinstance(s, tree.Goto) and s.target.text not in flow.steps for s in project.checked.statements(flow.flow)):
        return  # the misspelt `->` may be the one that leads there
    reached = flow.reachable(flow.start)
    for root in flow.roots.values():
        reached |= flow.reachable(root)
    for step in flow.flow.steps:
        name = step.name.text
        entry = flow.steps[name]
        if entry not in reached and flow.points[entry].span == step.name.span:
            yield warning("FE451", f"nothing leads to step `{name}`", step.name.span, f"go to it with `-> {name}`")


CHECK = each_paths(("FE451",), _run)
