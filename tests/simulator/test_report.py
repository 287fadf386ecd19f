"""What a failing script shows."""

from flowengine.simulator.report import describe
from flowengine.simulator.runner import simulate
from tests.simulator.flows import MENU
from tests.simulator.running import scripts


def test_a_failure_shows_the_line_what_was_heard_and_the_whole_conversation() -> None:
    project = scripts(
        MENU,
        'call "too quiet":\n    flow main\n    wait\n    hear "did not hear"\n    press 2\n    wait 5s\n'
        '    hear "It is raining"\n    expect hangup\n',
    )
    assert project.program is not None
    result = simulate(project.cases[0], project.program)
    assert (
        describe(result, project.sources, project.zone)
        == """\
FAILED main.call:7 "too quiet"

  7 |     hear "It is raining"
    |     ^^^^^^^^^^^^^^^^^^^^

  expected: to hear "It is raining"
  instead:  It is sunny.

  The conversation so far:

    12:00:00  flow    For sales, press 1. For the weather, press 2. For extension 21, press 21.
    12:00:00  caller  waits
    12:00:05  flow    I did not hear anything.
    12:00:05  flow    For sales, press 1. For the weather, press 2. For extension 21, press 21.
    12:00:05  caller  presses 2
    12:00:05  caller  waits 5 s
    12:00:08  flow    It is sunny.
    12:00:08  flow    [hangup]
"""
    )


def test_a_script_that_passes_has_no_report() -> None:
    project = scripts(MENU, 'call "x":\n    flow main\n    press 1\n    expect hangup\n')
    assert project.program is not None
    assert describe(simulate(project.cases[0], project.program), project.sources, project.zone) == ""
