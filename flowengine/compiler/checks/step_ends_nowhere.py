"""FE401: a step whose end can be reached, so that nobody knows where the call goes."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import FlowPaths, Kind
from flowengine.compiler.analysis.project_paths import ProjectPaths, reach
from flowengine.compiler.analysis.words import head
from flowengine.compiler.checks.check import Found, each_paths, error
from flowengine.diagnostics import Label
from flowengine.language import tree


def _run(project: ProjectPaths, flow: FlowPaths) -> Found:
    if not flow.flow.complete:
        return  # the end of the step may be in the part that did not parse
    for step in flow.flow.steps:
        name = step.name.text
        if not step.body or name not in flow.offs:
            continue
        inside = _inside(project, flow, name)
        if flow.offs[name] not in inside:
            continue
        last = step.body[-1]
        how = _how(project, flow, inside, flow.offs[name], last)
        message = f"step `{name}` ends nowhere: {how}"
        hint = "end the step with `-> step`, `hangup` or `return`"
        yield error("FE401", message, head(last), hint, Label(step.name.span, "the step"))


def _inside(project: ProjectPaths, flow: FlowPaths, step: str) -> set[int]:
    """The points of a step that can be reached from its beginning: other steps are not looked into."""
    targets = project.targets(flow)

    def following(index: int) -> list[int]:
        return [] if flow.points[index].kind is Kind.STEP else targets[index]

    return reach(targets[flow.steps[step]], following)


def _how(project: ProjectPaths, flow: FlowPaths, inside: set[int], off: int, last: tree.Statement) -> str:
    """How the call comes to the end of the step."""
    outcomes: dict[str, None] = {}
    ways: dict[str, None] = {}
    for index in sorted(inside):
        point = flow.points[index]
        if point.statement is not last:
            continue
        for way in project.exits(point):
            if way.target != off:
                continue
            if isinstance(last, tree.Verb) and way.outcome not in ("", "when"):
                outcomes[f"`{way.outcome}`"] = None
            elif way.how:
                ways[way.how] = None
    if outcomes and isinstance(last, tree.Verb):
        ways[f"{_listed(list(outcomes))} of `{last.name.text}`"] = None
    return f"the call goes on after {_listed(list(ways)) if ways else 'its last statement'}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


CHECK = each_paths(("FE401",), _run)
