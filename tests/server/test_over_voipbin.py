"""The same scripts in the simulator and over VoIPBIN: fetched actions, webhooks, and the embedded carrier."""

from pathlib import Path

import pytest

from flowengine.cli.over_voipbin import VoipbinLine
from flowengine.compiler.build import Build, build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import play, simulate
from flowengine.simulator.script import Case

DATA = Path(__file__).parents[1] / "data"


def _cases() -> list[tuple[Build, Case]]:
    return [
        (built, case)
        for root in (DATA / "voipbin", DATA / "language")
        for built in [build(root)]
        for case in read_scripts(built).cases
    ]


@pytest.mark.parametrize(("built", "case"), _cases(), ids=lambda value: value.name if isinstance(value, Case) else "")
async def test_a_script_passes_both_ways(built: Build, case: Case) -> None:
    assert built.program is not None
    here = simulate(case, built.program)
    over = await play(case, VoipbinLine(built, built.program, case.setup))
    assert here.failure is None
    assert over.failure is None


def test_there_are_scripts() -> None:
    assert len(_cases()) > 10
