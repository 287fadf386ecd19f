"""FE552: a call that can do more than the carrier of its number lets a call do.

What a verb takes is about right only, since the carrier's adapter joins neighbours and asks again where an answer is
late. Each loop is gone through once: who goes round and round comes to the limit of every carrier that has one.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowengine.compiler.analysis.control_flow import FlowPaths, Kind, Point, tries_of
from flowengine.compiler.analysis.longest import longest
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.checks.carrier_abilities import carrier_of
from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.memory import Same
from flowengine.compiler.model import Budget, Checked
from flowengine.diagnostics import Label
from flowengine.language import tree

_SPOKEN = frozenset({"say", "pause"})


def _run(checked: Checked) -> Found:
    told: set[tuple[str, str]] = set()
    project: ProjectPaths | None = None
    for number, route in checked.config.numbers.items():
        carrier = carrier_of(checked, number)
        abilities = None if carrier is None else checked.carriers.get(carrier)
        if carrier is None or abilities is None or abilities.budget is None or (carrier, route.flow) in told:
            continue
        told.add((carrier, route.flow))
        project = project or project_paths(checked)
        flow = project.flows.get(route.flow)
        if flow is None:
            continue
        budget = abilities.budget
        most = budget.first + _Weigher(project, budget).flow(route.flow)
        if most > budget.limit:
            message = (
                f"a call through `{route.flow}` can take about {most} actions, and {carrier} carries out {budget.limit}"
            )
            label = Label(checked.config.key_span("numbers", number), f"{carrier} answers this number")
            yield warning("FE552", message, flow.flow.name.span, budget.note, label)


class _Weigher:
    """Actions of flows, for one carrier."""

    def __init__(self, project: ProjectPaths, budget: Budget) -> None:
        self.project = project
        self.budget = budget
        self.known: dict[str, int] = {}

    def flow(self, name: str) -> int:
        """Actions of a flow at most; of one that runs itself, once."""
        if name not in self.known:
            self.known[name] = 0
            flow = self.project.flows.get(name)
            if flow is not None and flow.start is not None:
                runs = tuple((called, self.flow(called)) for called in flow.called)
                self.known[name] = self.project.of_flow(flow, _weigh, Same(self.budget), runs)
        return self.known[name]


def _weigh(project: ProjectPaths, flow: FlowPaths, budget: Same[Budget], runs: tuple[tuple[str, int], ...]) -> int:
    assert flow.start is not None
    following = project.targets(flow)
    of_runs = dict(runs)
    prompts = _prompts(project.checked, flow)

    def together(group: Sequence[int]) -> int:
        seen: dict[int, int] = {}
        for index in group:
            # The handlers of a header are copied to all places that lead to them; a caller is thought to go there once.
            point = flow.points[index]
            place = id(point.statement) if point.statement is not None else -index - 1
            weight = _of_point(project, flow, point, budget.thing, of_runs, prompts)
            seen[place] = max(seen.get(place, 0), weight)
        return sum(seen.values())

    return longest(len(flow.points), following.__getitem__, flow.start, together)


def _of_point(
    project: ProjectPaths,
    flow: FlowPaths,
    point: Point,
    budget: Budget,
    runs: dict[str, int],
    prompts: frozenset[int],
) -> int:
    statement = point.statement
    if isinstance(statement, tree.Run):
        return runs.get(statement.flow.text, 0)
    if not isinstance(statement, tree.Verb) or id(statement) in prompts:
        return 0
    bound = project.checked.bound.get(id(statement))
    if bound is None:
        return 0
    cost = budget.of.get(bound.verb.name, 0)
    if point.kind is Kind.LISTEN:
        return cost * (tries_of(project.checked, flow.flow, bound) or 1)
    listens = any(outcome.counted for outcome in bound.verb.outcomes)
    return 0 if listens else cost


def _prompts(checked: Checked, flow: FlowPaths) -> frozenset[int]:
    """Prompts that belong to a menu or gather, and those that are spoken in one breath with the one before."""
    found: set[int] = set()
    for statement in checked.statements(flow.flow):
        bound = checked.bound.get(id(statement))
        if bound is not None and any(outcome.counted for outcome in bound.verb.outcomes):
            found.update(id(inner) for inner in bound.content)
    for step in flow.flow.steps:
        for before, statement in zip(step.body, step.body[1:], strict=False):
            if _is_spoken(before) and _is_spoken(statement):
                found.add(id(statement))
    return frozenset(found)


def _is_spoken(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.Verb) and statement.name.text in _SPOKEN


CHECK = Check(("FE552",), _run)
