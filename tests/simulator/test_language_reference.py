"""The example of the language reference: its flows, its project file and its scripts, as they stand there."""

from pathlib import Path

import pytest

from flowengine.compiler.build import build
from flowengine.simulator.project import Scripts, read_scripts
from flowengine.simulator.runner import simulate

FOLDER = Path(__file__).parents[1] / "data" / "language"


@pytest.fixture(scope="module")
def reference() -> Scripts:
    return read_scripts(build(FOLDER))


def test_it_has_no_errors(reference: Scripts) -> None:
    assert [found for found in reference.diagnostics if found.is_error] == []


@pytest.mark.parametrize("name", ["after hours, the caller leaves a message", "support, with a wrong PIN"])
def test_each_script_passes(name: str, reference: Scripts) -> None:
    assert reference.program is not None
    (case,) = [case for case in reference.cases if case.name == name]
    assert simulate(case, reference.program).failure is None
