"""FE403: a loop that never waits for anybody and that no way leads out of."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import FlowPaths
from flowengine.compiler.analysis.project_paths import ProjectPaths, circles
from flowengine.compiler.checks.check import Found, each_paths, error
from flowengine.diagnostics import Label
from flowengine.language import tree


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    if not flow.flow.complete:
        return
    busy = [index for index, point in enumerate(flow.points) if not project.waits(point)]
    inside = set(busy)
    following = project.targets(flow)

    def without_wait(index: int, inside: set[int] = inside, following: list[list[int]] = following) -> list[int]:
        return [target for target in following[index] if target in inside]

    for circle in circles(len(flow.points), without_wait, busy):
        members = set(circle)
        if all(target in members for index in circle for target in following[index]):
            goto = closing(flow, circle)
            message = "this is a loop that never waits for the caller, and nothing leads out of it"
            hint = "let a menu, a gather or a condition decide whether it goes round again"
            span = goto.span if goto is not None else flow.points[min(circle)].span
            labels = []
            if goto is not None and goto.target.text in flow.steps:
                step = flow.points[flow.steps[goto.target.text]]
                labels.append(Label(step.span, "it comes back here"))
            yield error("FE403", message, span, hint, *labels)


def closing(flow: FlowPaths, circle: list[int]) -> tree.Goto | None:
    """The `->` of a loop that goes back: the last in the text that leads to a step which is not further down."""
    jumps = [statement for index in circle if isinstance(statement := flow.points[index].statement, tree.Goto)]
    back = [
        jump
        for jump in jumps
        if jump.target.text in flow.steps and flow.points[flow.steps[jump.target.text]].span.line <= jump.span.line
    ]
    return max(back or jumps, key=lambda jump: jump.span, default=None)


CHECK = each_paths(("FE403",), _run)
