"""Where the values of sensitive gathers flow: through `set`, the arguments of a `run`, and what a flow returns.

Each variable carries marks. One is the secret itself; the others stand for the parameters of the flow, so that a flow
is looked at once and used for every place that runs it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowengine.compiler.analysis.control_flow import Exit, FlowPaths, Point, flow_paths
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.binding import Bound, compiled
from flowengine.compiler.model import Checked
from flowengine.expressions.tree import Expr
from flowengine.language import tree

SECRET = 1
Marks = dict[str, int]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is known of one flow. `before` holds the marks at each point, `returned` those of what it gives back.

    `given` are the marks of parameters that some `run` gives a secret to; `first` is the gather it comes from.
    `called`, beside the flow itself, decides `before`: what is equal but for that is equal.
    """

    flow: FlowPaths = field(compare=False)
    before: Mapping[int, Marks] = field(default_factory=dict, compare=False)
    called: tuple[_Called, ...] = ()
    returned: int = 0
    given: int = 0
    first: tree.Word | None = None

    def reveals(self, marks: int) -> bool:
        """Whether a value with these marks can be a secret."""
        return bool(marks & (SECRET | self.given))


def secrets(checked: Checked) -> dict[str, Secrets]:
    """Where secrets are, for every flow; worked out once for all checks."""
    known: dict[str, Secrets] | None = checked.memo.get("secrets")
    if known is None:
        known = checked.memo["secrets"] = _find(checked, project_paths(checked))
    return known


def marks_of(checked: Checked, flow: tree.Flow, expr: Expr, marks: Marks) -> int:
    """The marks of an expression's value: those of all names that flow into it otherwise than by a comparison."""
    names = _tainting(checked, flow, expr)
    return 0 if not names else _union(marks.get(name, 0) for name in names)


def _union(marks: Iterator[int]) -> int:
    result = 0
    for mark in marks:
        result |= mark
    return result


def _tainting(checked: Checked, flow: tree.Flow, expr: Expr) -> frozenset[str]:
    """The names whose values are in the value of an expression of a flow."""
    known = checked.recall(flow, _known_tainting)
    if id(expr) not in known:
        code = compiled(expr)
        known[id(expr)] = frozenset() if code is None else code.taints
    return known[id(expr)]


def _known_tainting(_checked: Checked, _flow: tree.Flow) -> dict[int, frozenset[str]]:
    """A table by the identity of expressions, filled as they are asked for."""
    return {}


def _find(checked: Checked, project: ProjectPaths) -> dict[str, Secrets]:
    found = {name: Secrets(flow) for name, flow in project.flows.items()}
    if not any(checked.recall(flow.flow, _asks_secret) for flow in project.flows.values()):
        return found
    work = deque(found)
    while work:
        name = work.popleft()
        one = found[name]
        known = (found[other] for other in one.flow.called if other in found)
        called = tuple(_Called(other.flow.flow.name.text, other.returned, _parameters(other)) for other in known)
        walked = project.of_flow(one.flow, _walk, called)
        found[name] = replace(one, called=called, before=walked.before, returned=walked.returned, first=walked.first)
        if walked.returned != one.returned:
            work.extend(caller for caller in project.callers[name] if caller not in work)
    _give(checked, found)
    return found


def _asks_secret(checked: Checked, flow: tree.Flow) -> bool:
    return any(_is_sensitive(bound) for bound in checked.uses(flow))


def _parameters(one: Secrets) -> tuple[str, ...]:
    return tuple(parameter.name.text for parameter in one.flow.flow.parameters)


@dataclass(frozen=True, slots=True)
class _Called:
    """What a flow must know of one that it runs: the marks of what that returns, and its parameters."""

    name: str
    returned: int
    parameters: tuple[str, ...]


@dataclass(slots=True)
class _Walked:
    """What one walk through a flow gives."""

    before: dict[int, Marks] = field(default_factory=dict)
    returned: int = 0
    first: tree.Word | None = None


def _walk(project: ProjectPaths, flow: FlowPaths, known: tuple[_Called, ...]) -> _Walked:
    """Carry the marks along all ways of a flow until nothing changes."""
    walked = _Walked()
    called = {one.name: one for one in known}
    if flow.start is None:
        return walked
    parameters = {p.name.text: 2 << number for number, p in enumerate(flow.flow.parameters)}
    walked.before = {flow.start: parameters}
    work = deque([flow.start])
    everything: Marks = dict(parameters)
    while work:
        index = work.popleft()
        point, marks = flow.points[index], walked.before[index]
        if isinstance(point.statement, tree.Return) and point.statement.value is not None:
            walked.returned |= marks_of(project.checked, flow.flow, point.statement.value, marks)
        for way in project.exits(point):
            after = _after(project.checked, flow.flow, walked, called, point, way, marks)
            for name, mark in after.items():
                everything[name] = everything.get(name, 0) | mark
            if _join(walked.before, way.target, after):
                work.append(way.target)
        if not work:
            # `on hangup` and `on error` can begin anywhere, so they may meet whatever any point has.
            for root in flow.roots.values():
                if _join(walked.before, root, everything):
                    work.append(root)
    return walked


def _join(before: dict[int, Marks], target: int, marks: Marks) -> bool:
    """Add marks at a point; tells whether that changes anything."""
    old = before.get(target)
    if old is None:
        before[target] = dict(marks)
        return True
    changed = False
    for name, mark in marks.items():
        if mark & ~old.get(name, 0):
            old[name] = old.get(name, 0) | mark
            changed = True
    return changed


def _after(
    checked: Checked,
    flow: tree.Flow,
    walked: _Walked,
    called: Mapping[str, _Called],
    point: Point,
    way: Exit,
    marks: Marks,
) -> Marks:
    statement = point.statement
    match statement:
        case tree.Set(name=name, path=path, value=value):
            mark = marks_of(checked, flow, value, marks) | (marks.get(name.text, 0) if path else 0)
            return {**marks, name.text: mark}
        case tree.Run() if way.binds is not None:
            one = called.get(statement.flow.text)
            mark = 0
            if one is not None and not way.none:
                mark = one.returned & SECRET
                for number, expr in _arguments(statement, one.parameters):
                    if one.returned & 2 << number:
                        mark |= marks_of(checked, flow, expr, marks)
            return {**marks, way.binds: mark}
    if way.binds is None:
        return marks
    bound = checked.bound.get(id(statement)) if isinstance(statement, tree.Verb) else None
    secret = not way.none and bound is not None and _is_sensitive(bound)
    if secret and walked.first is None and bound is not None:
        walked.first = bound.name
    return {**marks, way.binds: SECRET if secret else 0}


def _is_sensitive(bound: Bound) -> bool:
    value = bound.args.get("sensitive")
    return value is not None and (value.compiled is not None or value.constant is True)


def _arguments(run: tree.Run, names: Sequence[str]) -> Iterator[tuple[int, Expr]]:
    """The arguments of a `run` with the numbers of their parameters, given the names of these."""
    yield from enumerate(run.args[: len(names)])
    for option in run.options:
        if option.name.text in names:
            yield names.index(option.name.text), option.value


def _give(checked: Checked, found: dict[str, Secrets]) -> None:
    """Which parameters are given secrets, by a `run` here or further out."""
    work = deque(found)
    while work:
        one = found[work.popleft()]
        for index, run in checked.recall(one.flow.flow, _run_points):
            called = found.get(run.flow.text)
            if called is None or index not in one.before:
                continue
            given = called.given
            for number, expr in _arguments(run, _parameters(called)):
                if one.reveals(marks_of(checked, one.flow.flow, expr, one.before[index])):
                    given |= 2 << number
            if given != called.given:
                found[run.flow.text] = replace(called, given=given, first=called.first or one.first)
                work.append(run.flow.text)


def _run_points(checked: Checked, flow: tree.Flow) -> list[tuple[int, tree.Run]]:
    return list(checked.recall(flow, flow_paths).runs())
