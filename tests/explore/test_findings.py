"""What a walk finds: each problem in a flow that the checker has to let pass, and its absence beside it."""

import pytest

from flowengine.simulator.explore import Bounds
from tests.explore.exploring import found, never, walked

HEAD = "flow main:\n    on failed -> bye\n\n"
BYE = '\nbye:\n    say "Goodbye."\n    hangup\n'


def flow(body: str) -> str:
    return f"{HEAD}{body}{BYE}"


DIVIDES = """\
start:
    gather parts digits=1:
        say "How many parts?"
    set share = 12 // (parts | int)
    say "{{ share }} for each."
    -> bye
"""


def test_an_error_of_one_input_is_found() -> None:
    assert found(flow(DIVIDES)) == [("error", 7)]
    assert found(flow(DIVIDES.replace("digits=1", 'digits=1 where=(parts != "0")'))) == []


COUNTS = """\
start:
    set n = 0
    -> again

again:
    set n = n + 1
    if n > 5000 -> bye
    -> again
"""


def test_a_limit_is_found() -> None:
    assert [problem for problem, _ in found(flow(COUNTS))] == ["limit"]
    assert found(flow(COUNTS.replace("5000", "50"))) == []


WORDLESS = """\
flow main

start:
    menu tries=1:
        say "For sales, press 1."
        when 1:
            say "Sales."
        on failed:
            hangup
    hangup
"""


def test_hanging_up_without_a_word_is_found() -> None:
    assert [problem for problem, _ in found(WORDLESS)] == ["wordless end"]
    assert found(WORDLESS.replace("            hangup\n", '            say "Goodbye."\n            hangup\n')) == []


STAYS = """\
start:
    set n = 1
    -> ask

ask:
    menu:
        say "To hear this again, press 1."
        when 1 -> ask
        on failed -> more

more:
    if n > 5 -> bye
    -> ask
"""


def test_a_caller_who_cannot_get_out_is_found() -> None:
    problems = {problem for problem, _ in found(flow(STAYS))}
    assert problems == {"endless silence", "no way out"}
    assert found(flow(STAYS.replace("    if n > 5", "    set n = n + 1\n    if n > 5"))) == []


ROUND = """\
start:
    fetch state "https://crm.example/state":
        on failed -> start
    say "{{ state.text }}"
    -> bye
"""


def test_a_service_that_is_asked_for_ever_is_found() -> None:
    assert [problem for problem, _ in found(flow(ROUND))] == ["endless round"]
    assert found(flow(ROUND.replace("        on failed -> start\n", "        on failed -> bye\n"))) == []


UNREACHED = """\
start:
    set n = 1
    menu:
        say "Press 1."
        when 1 -> bye
        on noinput 3:
            say "Are you there?"
    if n > 5:
        say "Never."
    -> bye
"""


def test_what_nothing_reaches_is_told() -> None:
    exploration = walked(flow(UNREACHED.replace("when 1 -> bye", "when 1")))
    assert exploration.findings == []
    assert never(exploration) == [
        "menu: silence a third time was never tried",
        "the line was never reached",
        "if: the condition was never true",
        "the line was never reached",
    ]


def test_the_bounds_are_kept_and_told() -> None:
    whole = walked(flow(STAYS))
    assert whole.stopped == ""
    short = walked(flow(STAYS), bounds=Bounds(turns=1))
    assert "--turns" in short.stopped
    assert short.behaviours < whole.behaviours
    small = walked(flow(STAYS), bounds=Bounds(states=2))
    assert "--states" in small.stopped
    # What was not walked to its end cannot be said to have none.
    assert "no way out" not in {str(finding.problem) for finding, _ in small.findings}


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_walk_gives_the_same_every_time(turns: int) -> None:
    first, second = (walked(flow(STAYS), bounds=Bounds(turns=turns)) for _ in range(2))
    assert (first.behaviours, first.states, list(first.first)) == (second.behaviours, second.states, list(second.first))
