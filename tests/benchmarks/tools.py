"""How many calls the author's tools make in a second: those of scripts, and all that a caller may do."""

from __future__ import annotations

from pathlib import Path
from time import process_time

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import build
from flowengine.simulator.explore import beginning_flows, explore
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import simulate
from tests.benchmarks.figures import Figure, processor_seconds

EXAMPLES = Path(__file__).parents[2] / "examples"
SECONDS = 1.0


def measure() -> list[Figure]:
    """Calls of the scripts of all examples, and behaviours of all their flows, in a second of the processor."""
    builds = [build(folder, abilities()) for folder in sorted(EXAMPLES.iterdir()) if folder.is_dir()]
    scripts = [read_scripts(one) for one in builds]
    calls, seconds = 0, 0.0
    while seconds < SECONDS:
        before = process_time()
        for one in scripts:
            assert one.program is not None
            for case in one.cases:
                simulate(case, one.program)
                calls += 1
        seconds += process_time() - before
    behaviours, walking = 0, 0.0
    while walking < SECONDS:
        for one_build in builds:
            for flow in beginning_flows(one_build):
                found = []
                walking += processor_seconds(lambda b=one_build, f=flow, into=found: into.append(explore(b, f)))
                behaviours += found[0].behaviours
    return [
        Figure("test: calls of scripts", calls / seconds, "a second", 2_000, at_least=True),
        Figure("explore: behaviours", behaviours / walking, "a second", 5_000, at_least=True),
    ]
