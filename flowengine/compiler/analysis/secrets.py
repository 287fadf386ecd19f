"""Where the values of sensitive gathers flow: through `set`, the arguments of a `run`, and what a flow returns.

Each variable carries marks. One is the secret itself; the others stand for the parameters of the flow, so that a flow
is looked at once and used for every place that runs it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from flowengine.compiler.analysis.control_flow import Exit, FlowPaths, Point
from flowengine.compiler.analysis.project_paths import ProjectPaths, project_paths
from flowengine.compiler.binding import compiled
from flowengine.compiler.model import Checked
from flowengine.expressions.tree import Expr
from flowengine.language import tree

SECRET = 1
Marks = dict[str, int]


@dataclass(slots=True)
class Secrets:
    """What is known of one flow. `before` holds the marks at each point, `returned` those of what it gives back.

    `given` are the marks of parameters that some `run` gives a secret to; `first` is the gather it comes from.
    """

    flow: FlowPaths
    before: dict[int, Marks] = field(default_factory=dict)
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


def marks_of(checked: Checked, expr: Expr, marks: Marks) -> int:
    """The marks of an expression's value: those of all names that flow into it otherwise than by a comparison."""
    names = _tainting(checked, expr)
    return 0 if not names else _union(marks.get(name, 0) for name in names)


def _union(marks: Iterator[int]) -> int:
    result = 0
    for mark in marks:
        result |= mark
    return result


def _tainting(checked: Checked, expr: Expr) -> frozenset[str]:
    known: dict[int, frozenset[str]] = checked.memo.setdefault("tainting", {})
    if id(expr) not in known:
        code = compiled(expr)
        known[id(expr)] = frozenset() if code is None else code.taints
    return known[id(expr)]


def _find(checked: Checked, project: ProjectPaths) -> dict[str, Secrets]:
    found = {name: Secrets(flow) for name, flow in project.flows.items()}
    if not any(_is_sensitive(checked, point) for flow in project.flows.values() for point in flow.points):
        return found
    work = deque(found)
    while work:
        name = work.popleft()
        one = found[name]
        returned = one.returned
        _walk(checked, project, one, found)
        if one.returned != returned:
            work.extend(caller for caller in project.callers[name] if caller not in work)
    _give(checked, found)
    return found


def _walk(checked: Checked, project: ProjectPaths, one: Secrets, found: dict[str, Secrets]) -> None:
    """Carry the marks along all ways of a flow until nothing changes."""
    flow = one.flow
    if flow.start is None:
        return
    parameters = {p.name.text: 2 << number for number, p in enumerate(flow.flow.parameters)}
    one.before = {flow.start: parameters}
    work = deque([flow.start])
    everything: Marks = dict(parameters)
    while work:
        index = work.popleft()
        point, marks = flow.points[index], one.before[index]
        if isinstance(point.statement, tree.Return) and point.statement.value is not None:
            one.returned |= marks_of(checked, point.statement.value, marks)
        for way in project.exits(point):
            after = _after(checked, one, found, point, way, marks)
            for name, mark in after.items():
                everything[name] = everything.get(name, 0) | mark
            if _join(one.before, way.target, after):
                work.append(way.target)
        if not work:
            # `on hangup` and `on error` can begin anywhere, so they may meet whatever any point has.
            for root in flow.roots.values():
                if _join(one.before, root, everything):
                    work.append(root)


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


def _after(checked: Checked, one: Secrets, found: dict[str, Secrets], point: Point, way: Exit, marks: Marks) -> Marks:
    statement = point.statement
    match statement:
        case tree.Set(name=name, path=path, value=value):
            mark = marks_of(checked, value, marks) | (marks.get(name.text, 0) if path else 0)
            return {**marks, name.text: mark}
        case tree.Run() if way.binds is not None:
            called = found.get(statement.flow.text)
            mark = 0
            if called is not None and not way.none:
                mark = called.returned & SECRET
                for number, expr in _arguments(statement, called.flow.flow):
                    if called.returned & 2 << number:
                        mark |= marks_of(checked, expr, marks)
            return {**marks, way.binds: mark}
    if way.binds is None:
        return marks
    secret = not way.none and _is_sensitive(checked, point)
    if secret and one.first is None and isinstance(statement, tree.Verb):
        one.first = checked.bound[id(statement)].name
    return {**marks, way.binds: SECRET if secret else 0}


def _is_sensitive(checked: Checked, point: Point) -> bool:
    if not isinstance(point.statement, tree.Verb):
        return False
    bound = checked.bound.get(id(point.statement))
    value = None if bound is None else bound.args.get("sensitive")
    return value is not None and (value.compiled is not None or value.constant is True)


def _arguments(run: tree.Run, called: tree.Flow) -> Iterator[tuple[int, Expr]]:
    """The arguments of a `run` with the numbers of their parameters."""
    names = [parameter.name.text for parameter in called.parameters]
    yield from enumerate(run.args[: len(names)])
    for option in run.options:
        if option.name.text in names:
            yield names.index(option.name.text), option.value


def _give(checked: Checked, found: dict[str, Secrets]) -> None:
    """Which parameters are given secrets, by a `run` here or further out."""
    work = deque(found)
    while work:
        one = found[work.popleft()]
        for index, run in one.flow.runs():
            called = found.get(run.flow.text)
            if called is None or index not in one.before:
                continue
            given = called.given
            for number, expr in _arguments(run, called.flow.flow):
                if one.reveals(marks_of(checked, expr, one.before[index])):
                    given |= 2 << number
            if given != called.given:
                called.given = given
                called.first = called.first or one.first
                work.append(run.flow.text)
