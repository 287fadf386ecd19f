"""Guards against what makes calls slower: how many functions are called for a step, a turn, a document and a parse.

Times differ with whatever else the machine does; these counts do not. A count above its bound means work was added to
every call: take it away again, or, where it is worth its price, raise the bound in the same commit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from flowengine.carriers.contract import Message
from flowengine.core.events import Event, Keys, Started
from flowengine.core.machine import begin, step
from flowengine.language.parser import parse_flow
from flowengine.language.tree import walk
from flowengine.server.serving import Setup, serve
from tests.benchmarks.large import large_project
from tests.benchmarks.load import FIELDS
from tests.benchmarks.machine import AT, FACTS, graph_of, ivr

IVR = Path(__file__).parent / "ivr"


class Counter:
    """Counts the functions that are called in its block, Python's and C's."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> Counter:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, _frame: FrameType, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            self.calls += 1


def calls_of(work: Callable[[], object]) -> int:
    """How many functions `work` calls once it has run before."""
    work()
    work()
    with Counter() as counter:
        work()
    return counter.calls


@pytest.mark.parametrize(
    ("keys", "most"),
    [([], 135), (["2"], 125), (["2", "123456"], 180)],
    ids=["start, six nodes", "resume, four nodes", "resume, five nodes, one text computed"],
)
def test_functions_called_for_a_step(keys: list[str], most: int) -> None:
    program = ivr()
    session = begin(program, "ivr", FACTS)
    events: list[Event] = [Started(AT), *(Keys(AT + 1 + number, key) for number, key in enumerate(keys))]
    for event in events[:-1]:
        session, _ = step(program, session, event)
    count = calls_of(lambda: step(program, session, events[-1]))
    assert 20 < count <= most


def test_a_step_calls_as_many_functions_in_a_large_graph() -> None:
    counts = []
    for nodes in (10, 10_000):
        program = graph_of(nodes)
        session, _ = step(program, begin(program, "large", FACTS), Started(AT))
        counts.append(calls_of(lambda p=program, s=session: step(p, s, Keys(AT + 1, "1"))))  # type: ignore[misc]
    assert counts[0] == counts[1]


def test_functions_called_to_parse_a_statement() -> None:
    file, text = next(iter(large_project(2).flows.items()))
    flow = parse_flow(text, file).flow
    assert flow is not None
    statements = sum(1 for one in flow.steps for _ in walk(one.body)) + len(flow.handlers)
    assert calls_of(lambda: parse_flow(text, file)) / statements <= 450


async def test_functions_called_for_a_turn_and_its_document() -> None:
    async with serve(Setup(IVR, port=0, carriers={"telefonie": {}}, clock=lambda: AT)) as server:
        carrier = server.engine.carriers["telefonie"]

        async def turn(call: str, path: tuple[str, ...], **more: str) -> tuple[str, int]:
            with Counter() as counter:
                reply = await server.engine.handle(carrier, Message(path, {"call_id": call, **FIELDS, **more}, AT))
            assert reply.status == 200
            return reply.body if isinstance(reply.body, str) else reply.body.decode(), counter.calls

        counts = []
        for number in range(3):
            document, _ = await turn(f"CA{number}", ("voice",))
            action = re.search(r'action="[^"]*/telefonie/([^"]+)"', document)
            assert action is not None
            path, _, query = action[1].replace("&amp;", "&").partition("?")
            more = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
            document, count = await turn(f"CA{number}", tuple(path.split("/")), digits="2", **more)
            assert "six digit account number" in document
            counts.append(count)
    assert 100 < min(counts) <= 300
