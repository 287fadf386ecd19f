"""How calls can begin: each caller, direction and time that makes a difference to the flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from flowengine.compiler.build import Build
from flowengine.core.graph import Program
from flowengine.core.policy import is_number
from flowengine.core.run import Run
from flowengine.core.session import Facts, Frame, Session
from flowengine.expressions.calendars import Calendar
from flowengine.expressions.evaluate import MISSING, Scope
from flowengine.expressions.tree import Attribute, Compare, Expr, Literal, Name, Part, walk
from flowengine.language import tree
from flowengine.simulator.binding import CALLER, START, number_of
from flowengine.simulator.explore.expressions import TIME, Questions, nodes, statements
from flowengine.simulator.explore.shapes import Shapes, sample, samples
from flowengine.simulator.line import Setup
from flowengine.simulator.recorder import quoted
from flowengine.simulator.typed import literal
from flowengine.simulator.values import WITHHELD, moment

_MOST = 64
_MOST_TIMES = 12
_DAYS = 14
_STEP = timedelta(minutes=30)


def beginnings(build: Build, flow: str, flows: list[str], questions: Questions, shapes: Shapes) -> list[Setup]:
    """The set-ups that differ for a call into `flow`, which runs `flows`; the plainest first."""
    program = build.program
    assert program is not None
    read = _call_reads(build, flows)
    required = any(parameter.default is None for parameter in program.flows[flow].parameters)
    outbound = ("direction" in read or "answered_by" in read) or required
    ways: list[tuple[str, str | None]] = [] if required else [("inbound", None)]
    if outbound:
        answered = ("human", "machine", "fax", "unknown") if "answered_by" in read else (None,)
        ways += [("outbound", by) for by in answered]
    callers = [CALLER]
    if "from" in read or "to" in read:
        callers += [text for text in _numbers_compared(build, flows) if text != CALLER]
    if "from" in read:
        callers.append(WITHHELD)
    plain = _setup(build, flow, ways[0], CALLER, 0.0, {})
    scope = _scope(program, plain)
    arguments = list(_arguments(program, flow, questions, shapes, scope))
    times = list(_times(program, flows, questions, scope))
    found = [
        _setup(build, flow, way, caller, at, given)
        for given, caller, way, at in product(arguments, dict.fromkeys(callers), ways, times)
        if caller != WITHHELD or way[0] == "inbound"
    ]
    return found[:_MOST]


def lines_of(setup: Setup, build: Build) -> list[str]:
    """The set-up as the first lines of a script; what is as it is without a line has none."""
    plain = _setup(build, setup.flow, (setup.direction, setup.answered_by), CALLER, setup.at, setup.arguments)
    given = ", ".join(f"{name}={literal(value)}" for name, value in setup.arguments.items())
    lines = [f"flow {setup.flow}({given})" if given else f"flow {setup.flow}"]
    if setup.caller != plain.caller:
        lines.append(f"from {quoted(setup.caller)}")
    if setup.called != plain.called:
        lines.append(f"to {quoted(setup.called)}")
    local = datetime.fromtimestamp(setup.at, build.config.zone).replace(tzinfo=None, microsecond=0)
    if local.isoformat(timespec="minutes") != START:
        lines.append(f"at {quoted(local.isoformat(timespec='minutes'))}")
    if setup.direction != "inbound":
        lines.append(f"direction {quoted(setup.direction)}")
    if setup.answered_by:
        lines.append(f"answered_by {quoted(setup.answered_by)}")
    return lines


def _setup(
    build: Build, flow: str, way: tuple[str, str | None], other: str, at: float, given: Mapping[str, Any]
) -> Setup:
    direction, answered_by = way
    ours = number_of(build.config, flow)
    caller, called = (ours, other) if direction == "outbound" else (other, ours)
    return Setup(flow, caller, called, at, dict(given), direction, answered_by)


def _call_reads(build: Build, flows: list[str]) -> set[str]:
    """The keys of `call` that the flows read."""
    return {
        node.key
        for name in flows
        for node in nodes(build.flows[name])
        if isinstance(node, Attribute) and isinstance(node.of, Name) and node.of.name == "call"
    }


def _numbers_compared(build: Build, flows: list[str]) -> Iterator[str]:
    """The phone numbers that something is compared with."""
    for name in flows:
        compared: list[Expr | Part] = [node for node in nodes(build.flows[name]) if isinstance(node, Compare)]
        for statement in statements(build.flows[name]):
            if isinstance(statement, tree.Match):
                compared += (value for case in statement.cases for value in case.values)
        for node in (inner for one in compared for inner in walk(one)):
            if isinstance(node, Literal) and isinstance(node.value, str) and is_number(node.value):
                yield node.value


def _scope(program: Program, setup: Setup) -> Scope:
    """What an expression can read before the call has done anything."""
    facts = Facts("simulated", setup.caller, setup.called, setup.direction, "simulated", setup.at, setup.answered_by)
    graph = program.flows[setup.flow]
    return Run(program, Session(program.version, facts, [Frame(setup.flow, graph.start)]), setup.at).scope


def _arguments(
    program: Program, flow: str, questions: Questions, shapes: Shapes, scope: Scope
) -> Iterator[dict[str, Any]]:
    """Arguments: the plainest for parameters that need some, then others that the flow answers differently."""
    parameters = program.flows[flow].parameters
    names = frozenset(parameter.name for parameter in parameters)
    plain = {p.name: sample(shapes.of(flow, p.name)) for p in parameters if p.default is None}
    usual = {p.name: p.default.constant for p in parameters if p.default is not None}
    usual = {name: value for name, value in usual.items() if value is not MISSING}
    seen = {repr(questions.answers(flow, names, usual | plain, scope))}
    yield plain
    for name in sorted(names):
        for value in samples(shapes.of(flow, name)):
            given = {**plain, name: value}
            answers = repr(questions.answers(flow, names, usual | given, scope))
            if answers not in seen:
                seen.add(answers)
                yield given


def _times(program: Program, flows: list[str], questions: Questions, scope: Scope) -> Iterator[float]:
    """Times that the flows answer differently, one inside and one outside of all opening hours; the usual one first."""
    project = program.project
    names = frozenset({TIME})
    seen = set()
    for at in _candidates(project.zone, project.calendars.values()):
        stamp = at.timestamp()
        there = Scope(
            {},
            {**project.variables, TIME: datetime.fromtimestamp(stamp, project.zone).isoformat()},
            scope.language,
            datetime.fromtimestamp(stamp, project.zone),
            project.zone,
            project.calendars,
        )
        answers = repr([questions.answers(flow, names, {}, there) for flow in flows])
        if answers not in seen:
            seen.add(answers)
            yield stamp
            if len(seen) == _MOST_TIMES:
                return


def _candidates(zone: Any, calendars: Any) -> Iterator[datetime]:
    start = datetime.fromtimestamp(moment(START, zone), zone)
    yield start
    midnight = start.replace(hour=0, minute=0)
    for step in range(_DAYS * 24 * 60 * 60 // int(_STEP.total_seconds())):
        yield midnight + _STEP * step
    for calendar in calendars:
        if isinstance(calendar, Calendar):
            closed = (midnight + timedelta(days=day, hours=12) for day in range(370))
            yield from (noon for noon in closed if calendar.is_closed(noon.date()))
