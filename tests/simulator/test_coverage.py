"""What calls have taken of a flow, and what never."""

from flowengine.core.journal import Entry
from flowengine.simulator.coverage import Coverage
from flowengine.simulator.runner import simulate
from tests.simulator.flows import MENU
from tests.simulator.running import scripts


def test_what_no_call_has_taken_is_told() -> None:
    project = scripts(MENU, 'call "sales":\n    flow main\n    wait\n    press 1\n    expect hangup\n')
    assert project.program is not None
    coverage = Coverage(project.program)
    assert coverage.counts["step"] == (0, 5)
    result = simulate(project.cases[0], project.program)
    coverage.take(result.conversation.entries)
    assert coverage.counts["step"] == (2, 5)
    missed = {(miss.kind, miss.name) for miss in coverage.missed}
    assert ("step", "weather") in missed
    assert ("step", "sales") not in missed
    assert ("outcome", "menu when 1") in missed
    assert ("outcome", "menu when 0") not in missed
    assert ("outcome", "menu nomatch 1") in missed
    assert ("outcome", "menu noinput 1") not in missed


def test_an_entry_of_another_kind_counts_for_nothing() -> None:
    project = scripts(MENU, "")
    assert project.program is not None
    coverage = Coverage(project.program)
    coverage.take([Entry("said", 0.0, "main", "start", 6, text="hello", node=1)])
    assert coverage.counts["step"] == (0, 5)
