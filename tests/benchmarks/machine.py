"""What one step of the machine costs: alone, with reading the session and writing it down, and in a large graph."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from flowengine.carriers.abilities import abilities
from flowengine.compiler.binding import Bound, bind
from flowengine.compiler.build import build_sources
from flowengine.compiler.lowering import lower
from flowengine.compiler.sources import read
from flowengine.core.events import Event, Keys, Started
from flowengine.core.graph import Program
from flowengine.core.machine import begin, step
from flowengine.core.session import Facts, Session, dump, load
from flowengine.language.parser import parse_flow
from flowengine.language.tree import Flow
from flowengine.verbs import all_verbs
from tests.benchmarks.figures import Figure, microseconds, processor_seconds

IVR = Path(__file__).parent / "ivr"
AT = 1_790_000_000.0
FACTS = Facts("CA0123456789abcdef", "+15557650001", "+15551230000", "inbound", "telefonie", AT)
SMALL, LARGE = 10, 100_000
WALKED = 64
"""Calls, and steps of the large graph that they stand at: as many as the benchmark of turns has connections."""

_STEP = """\
flow large

start:
    menu:
        say "Press 1."
        when 1 -> start
        on failed:
            hangup
"""
_NODES_OF_A_STEP = 5
_KEPT: list[Flow] = []
"""Trees whose statements are known by their identity: they have to stay."""


def measure() -> list[Figure]:
    """A start, two resumes, the same with dump and load, and a step in graphs of 10 and of 100,000 nodes."""
    program = ivr()
    new = begin(program, "ivr", FACTS)
    menu = _after(program, new, Started(AT))
    gather = _after(program, menu, Keys(AT + 1, "2"))
    events = {
        "start of a call, six nodes": (new, Started(AT), 15.0),
        "resume, four nodes": (menu, Keys(AT + 1, "2"), 15.0),
        "resume, five nodes, one text computed": (gather, Keys(AT + 2, "123456"), None),
    }
    figures = []
    for name, (session, event, target) in events.items():
        figures.append(Figure(f"step: {name}", microseconds(_stepping(program, session, event)), "µs", target))
        both = microseconds(_durably(program, dump(session), event))
        figures.append(Figure(f"load, step, dump: {name}", both, "µs", None if target is None else 2 * target))
    figures.append(Figure("session of an open call, as JSON", len(dump(gather)), "bytes", 1024))
    walks = [_walk(graph_of(nodes)) for nodes in (SMALL, LARGE)]
    # By turns, so that whatever else the machine does slows both down alike.
    small, large = (
        min(times) for times in zip(*([processor_seconds(w) for w in walks] for _ in range(60)), strict=True)
    )
    name = f"step in a graph of {LARGE:,} nodes, to one of {SMALL}"
    return [*figures, Figure(name, large / small, "", 1.2)]


def ivr() -> Program:
    """The IVR of the benchmarks, compiled."""
    program = build_sources(read(IVR, "flows", "audio", "locale"), abilities()).program
    assert program is not None
    return program


def _after(program: Program, session: Session, event: Event) -> Session:
    return step(program, session, event)[0]


def _stepping(program: Program, session: Session, event: Event) -> Callable[[], object]:
    return lambda: step(program, session, event)


def _durably(program: Program, data: bytes, event: Event) -> Callable[[], object]:
    return lambda: dump(step(program, load(data), event)[0])


def graph_of(nodes: int) -> Program:
    """A flow of about so many nodes: menus, each of which leads to another one far away.

    The statements of most steps are the same, so that they are parsed once; those of the steps that calls walk through
    are their own.
    """
    count = nodes // _NODES_OF_A_STEP
    stride = max(1, count // WALKED)
    flow, uses = _bound(_STEP)
    steps = [replace(flow.steps[0], name=replace(flow.steps[0].name, text=f"start_{n}")) for n in range(count)]
    for number in range(0, count, stride):
        other, more = _bound(_STEP.replace("-> start", f"-> start_{(number + stride) % count}"))
        steps[number] = replace(other.steps[0], name=steps[number].name)
        uses |= more
    whole = replace(flow, steps=(*steps, *flow.steps))
    return Program("1", {"large": lower(whole, "large.flow", "1", {"large": whole}, uses)})


def _bound(text: str) -> tuple[Flow, dict[int, Bound]]:
    flow = parse_flow(text, "large.flow").flow
    assert flow is not None
    uses, found = bind(flow, all_verbs())
    assert not found
    _KEPT.append(flow)
    return flow, dict(uses)


def _walk(program: Program) -> Callable[[], None]:
    """A step of each of the calls that stand everywhere in the graph."""
    graph = program.flows["large"]
    menus = [index for index, node in enumerate(graph.nodes) if node.kind == "menu"]
    stride = max(1, len(menus) // WALKED)
    sessions = []
    for number in range(WALKED):
        session = begin(program, "large", FACTS)
        session.phase, session.waiting_for, session.turn = "waiting", "listen", 1
        session.frames[0].node = menus[number * stride % len(menus)]
        sessions.append(session)
    random.Random(1).shuffle(sessions)
    event = Keys(AT + 1, "1")
    assert all(step(program, session, event)[1] is not None for session in sessions)

    def all_of_them() -> None:
        for session in sessions:
            step(program, session, event)

    return all_of_them
