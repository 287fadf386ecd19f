"""The same scripts in the simulator and over Telefonie: a real server, real documents, the embedded carrier."""

from pathlib import Path

import pytest

from flowengine.cli.over import TelefonieLine
from flowengine.compiler.build import Build, build
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import play, simulate
from flowengine.simulator.script import Case

HERE = Path(__file__).parents[2]
PROJECTS = [HERE / "flows", HERE / "tests" / "data" / "language", *sorted((HERE / "examples").glob("*"))]


def _cases() -> list[tuple[Build, Case]]:
    found = []
    for root in PROJECTS:
        if (root / "flowengine.toml").is_file():
            built = build(root)
            found += [(built, case) for case in read_scripts(built).cases]
    return found


@pytest.mark.parametrize(
    ("built", "case"), _cases(), ids=lambda value: value.name if isinstance(value, Case) else value.sources.root.name
)
async def test_a_script_passes_both_ways(built: Build, case: Case) -> None:
    assert built.program is not None
    here = simulate(case, built.program)
    over = await play(case, TelefonieLine(built, built.program, case.setup))
    assert here.failure is None
    assert over.failure is None


def test_there_are_scripts() -> None:
    assert len(_cases()) > 100
