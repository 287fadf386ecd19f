"""FE410: flows that run themselves or one another, with no way to an end that does not run them again."""

from __future__ import annotations

from flowengine.compiler.analysis.control_flow import FlowPaths, Kind
from flowengine.compiler.analysis.project_paths import ProjectPaths, circles, project_paths, reach
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Label
from flowengine.language import tree

_ENDS = (Kind.END, Kind.RETURN, Kind.FAILED)


def _run(checked: Checked) -> Found:
    project = project_paths(checked)
    names = list(project.flows)
    numbers = {name: number for number, name in enumerate(names)}
    ending = _ending(project)
    calls = [[numbers[called] for called in project.flows[name].called if called in numbers] for name in names]
    for circle in circles(len(names), calls.__getitem__, range(len(names))):
        stuck = sorted(names[number] for number in circle if names[number] not in ending)
        if not stuck:
            continue
        first = project.flows[stuck[0]]
        run = next(run for _, run in first.runs() if run.flow.text in numbers and numbers[run.flow.text] in circle)
        through = " and ".join(f"`{name}`" for name in stuck)
        message = f"{through} {'runs itself' if len(stuck) == 1 else 'run each other'} without an end"
        hint = "to go back to the beginning, go to its first step; let some way return without running the flow again"
        yield error("FE410", message, run.flow.span, hint, Label(first.flow.name.span, "from this flow"))


def _ending(project: ProjectPaths) -> set[str]:
    """The flows that have a way to an end, all of whose `run`s end."""
    ending: set[str] = set()
    work = list(project.flows)
    while work:
        name = work.pop()
        flow = project.flows[name]
        if name not in ending and project.of_flow(flow, _ends, frozenset(ending.intersection(flow.called))):
            ending.add(name)
            work += project.callers[name]
    return ending


def _ends(project: ProjectPaths, flow: FlowPaths, ending: frozenset[str]) -> bool:
    def following(index: int) -> list[int]:
        point = flow.points[index]
        run = point.statement
        if isinstance(run, tree.Run) and run.flow.text in project.flows and run.flow.text not in ending:
            return []
        return [way.target for way in point.exits]

    if flow.start is None:
        return True
    return any(flow.points[index].kind in (*_ENDS, Kind.OFF) for index in reach([flow.start], following))


CHECK = Check(("FE410",), _run)
