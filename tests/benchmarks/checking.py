"""How long a large project takes to compile and to check: from nothing, and after an edit in a process that stays.

The time is the processor's, so that other work on the machine does not count. What lark itself takes for the same text
is the measure of compiling: its own parser with our grammar, tokens with their places, and trees of its own.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import lark

from flowengine.carriers.abilities import abilities
from flowengine.compiler.binding import bind
from flowengine.compiler.build import build_sources
from flowengine.compiler.collector import collector_paused
from flowengine.compiler.lowering import lower
from flowengine.compiler.sources import Sources
from flowengine.language.grammar import STARTS, grammar, grammar_text
from flowengine.language.parser import parse_flow
from flowengine.language.tokens import Blocks
from flowengine.language.tree import Flow, walk
from flowengine.verbs import all_verbs
from tests.benchmarks.figures import Figure, processor_seconds
from tests.benchmarks.large import large_project

FLOWS = 200
EDITED = "flows/desk_7.flow"
EDITS = 11
TIMES = 3


def measure() -> list[Figure]:
    """Compiling beside lark's own parse; the whole check from nothing, and after an edit of one file."""
    sources = large_project(FLOWS)
    statements, compiled, parsed = _compiling(sources)
    # Another root is another project: nothing is known of it.
    cold = statistics.median(_seconds(replace(sources, root=Path(f"large{number}"))) for number in range(TIMES))
    _seconds(sources)
    warm = min(_seconds(sources) for _ in range(TIMES))
    edits = [_seconds(_edited(sources, number)) for number in range(EDITS)]
    return [
        Figure(f"compile of {statements:,} statements, to lark's own parse", compiled / parsed, "", 2),
        Figure("statements compiled", statements / compiled, "a second"),
        Figure("statements parsed by lark alone", statements / parsed, "a second"),
        Figure(f"check of {FLOWS} flows with {statements:,} statements, from nothing", cold, "s", 3),
        Figure("the same again, from what the process knows", 1000 * warm, "ms", 300),
        Figure("the same after an edit of one file", 1000 * statistics.median(edits), "ms", 200),
    ]


def _compiling(sources: Sources) -> tuple[int, float, float]:
    """How many statements there are, and what compiling them and lark's own parse take in seconds."""
    texts = list(sources.flows.items())
    # A step begins after an empty line: lark is given the parts that our parser gives it.
    parts = [part + "\n" for _, text in texts for part in text.rstrip("\n").split("\n\n")]
    alone = lark.Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=True,
        propagate_positions=True,
        start=list(STARTS),
        postlex=Blocks(),
    )

    def by_lark() -> None:
        for part in parts:
            alone.parse(part, start="header" if part.startswith("flow ") else "step")

    grammar()
    flows = [_tree(text, file) for file, text in texts]
    known = {flow.name.text: flow for flow in flows}

    def by_us() -> None:
        for file, text in texts:
            flow = _tree(text, file)
            lower(flow, file, "1", known, bind(flow, all_verbs())[0])

    with collector_paused():
        compiled, parsed = (min(processor_seconds(work) for _ in range(TIMES)) for work in (by_us, by_lark))
    blocks = [block for flow in flows for block in (*(h.body for h in flow.handlers), *(s.body for s in flow.steps))]
    return sum(1 for block in blocks for _ in walk(block)), compiled, parsed


def _tree(text: str, file: str) -> Flow:
    flow = parse_flow(text, file).flow
    assert flow is not None
    return flow


def _edited(sources: Sources, number: int) -> Sources:
    text = sources.flows[EDITED].replace("Goodbye", f"Goodbye number {number}")
    return replace(sources, flows={**sources.flows, EDITED: text})


def _seconds(sources: Sources) -> float:
    return processor_seconds(lambda: build_sources(sources, abilities()))
