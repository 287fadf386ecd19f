"""The same scripts in the simulator and over VoIPBIN: fetched actions, webhooks, and the embedded carrier.

A script passes, or needs something that VoIPBIN declares that it cannot do, or cannot do in full. Which one that is
comes from what the adapter and the line were asked for; no script is named here.
"""

import pytest

from flowengine.carriers.contract import Level
from flowengine.carriers.voipbin.capabilities import CAPABILITIES
from flowengine.cli.over_voipbin import VoipbinLine, run_over_voipbin
from flowengine.compiler.build import Build, build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import play, simulate
from flowengine.simulator.script import Case, Speak
from tests.server.test_over_telefonie import HERE, PROJECTS


def _cases() -> list[tuple[Build, Case]]:
    return [
        (built, case)
        for root in (HERE / "tests" / "data" / "voipbin", *PROJECTS)
        for built in [build(root)]
        for case in read_scripts(built).cases
    ]


@pytest.mark.parametrize(
    ("built", "case"), _cases(), ids=lambda value: value.name if isinstance(value, Case) else value.sources.root.name
)
async def test_a_script_passes_both_ways_or_is_refused_by_name(built: Build, case: Case) -> None:
    assert built.program is not None
    assert simulate(case, built.program).failure is None
    line = VoipbinLine(built, built.program, case.setup)
    over = await play(case, line)
    for name in line.refused:
        assert CAPABILITIES.of[name].level is not Level.FULL, name
        assert CAPABILITIES.of[name].note, name
    assert over.failure is None or line.refused


async def test_nothing_is_refused_that_is_declared_in_full() -> None:
    """Scripts of what VoIPBIN can do in full need nothing else."""
    root = HERE / "tests" / "data" / "voipbin"
    built = build(root)
    assert built.program is not None
    for case in read_scripts(built).cases:
        line = VoipbinLine(built, built.program, case.setup)
        over = await play(case, line)
        assert (over.failure, line.refused) == (None, [])


def test_a_report_says_what_the_carrier_was_asked_for_and_cannot_do() -> None:
    built = build(HERE / "examples" / "survey")
    assert built.program is not None
    case = next(case for case in read_scripts(built).cases if any(isinstance(step, Speak) for step in case.steps))
    result = run_over_voipbin(case, built, built.program)
    assert result.failure is not None
    assert result.failure.note.startswith("voipbin cannot do `")
    assert "Speech is not recognised in a flow" in result.failure.note


def test_there_are_scripts() -> None:
    assert len(_cases()) > 150
