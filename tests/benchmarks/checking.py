"""How long a large project takes to build: from nothing, and after an edit in a process that stays.

The time is the processor's, so that other work on the machine does not count.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from tests.benchmarks.figures import Figure
from tests.benchmarks.large import large_project

FLOWS = 200
EDITED = "flows/desk_7.flow"
EDITS = 11
COLD = 3


def measure() -> list[Figure]:
    """The whole check from nothing, and after an edit of one file."""
    sources = large_project(FLOWS)
    # Another root is another project: nothing is known of it.
    cold = statistics.median(_seconds(replace(sources, root=Path(f"large{number}"))) for number in range(COLD))
    _seconds(sources)
    edits = [_seconds(_edited(sources, number)) for number in range(EDITS)]
    return [
        Figure(f"check of {FLOWS} flows with 10,800 statements", cold, "s", 3),
        Figure("the same after an edit of one file", 1000 * statistics.median(edits), "ms", 200),
    ]


def _edited(sources: Sources, number: int) -> Sources:
    text = sources.flows[EDITED].replace("Goodbye", f"Goodbye number {number}")
    return replace(sources, flows={**sources.flows, EDITED: text})


def _seconds(sources: Sources) -> float:
    start = time.process_time()
    build_sources(sources, abilities())
    return time.process_time() - start
