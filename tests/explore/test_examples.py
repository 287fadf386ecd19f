"""Every flow that comes with the project is walked whole: nothing is wrong, and the scripts reach every outcome. And so
it is with every flow of the language reference, as far as it is right."""

from pathlib import Path

import pytest

from flowengine.compiler.build import build
from flowengine.simulator.coverage import Kind
from flowengine.simulator.explore import beginning_flows, explore
from tests.explore.exploring import rewritten

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT / "flows", *sorted(path.parent for path in (ROOT / "examples").glob("*/flowengine.toml"))]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_every_outcome_is_reached_and_nothing_is_wrong(project: Path) -> None:
    built = build(project)
    assert built.program is not None, built.diagnostics
    for flow in beginning_flows(built):
        exploration = explore(built, flow)
        assert not exploration.stopped
        assert [finding for finding, _ in exploration.findings] == []
        coverage = rewritten(built, exploration)
        assert [point.never for point in coverage.missed if point.kind is Kind.OUTCOME] == []


REFERENCE = ROOT / "tests" / "language_reference" / "conversations"


@pytest.mark.parametrize("project", sorted(path.name for path in REFERENCE.iterdir() if path.is_dir()))
def test_what_was_walked_can_be_heard_again(project: str) -> None:
    built = build(REFERENCE / project)
    assert built.program is not None, built.diagnostics
    for flow in beginning_flows(built):
        exploration = explore(built, flow)
        wanted = {point for point in exploration.coverage.points if point.key in exploration.coverage.taken}
        missed = set(rewritten(built, exploration).missed)
        assert {point.what for point in wanted & missed if point.kind is not Kind.LINE} == set()
