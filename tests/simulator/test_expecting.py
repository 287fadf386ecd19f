"""`expect`: verbs, variables, the end."""

import pytest

from tests.simulator.flows import GATHER, MENU, RECORD, TRANSFER
from tests.simulator.running import fails, passes

CARE = """\
flow main:
    on failed -> sorry

start:
    set order = {"state": "sent", "items": [1, 2]}
    set tries = 2
    gather pin digits=4 sensitive=true:
        say "Your PIN?"
    run check(pin) as fine
    log "checked" level="warning"
    menu:
        say "Press 1."
        when 1 -> bye

bye:
    say "Bye."
    return fine

sorry:
    fail "no"
"""
CHECK = """\
flow check(entered)

ask:
    set inner = entered == "1234"
    menu:
        say "Again, press 1."
        when 1 -> back
        on failed -> back

back:
    return inner
"""
PROJECT = {"flows/main.flow": CARE, "flows/check.flow": CHECK}


@pytest.mark.parametrize(
    "expected",
    [
        "expect transfer",
        'expect transfer "+15551230001"',
        'expect transfer ["+15551230001", "+15551230002"]',
        'expect transfer "+15551230001" timeout=20s together=false',
        "expect transfer timeout=20s caller_id=none",
    ],
)
def test_a_verb_was_asked_for(expected: str) -> None:
    passes(TRANSFER, expected)


@pytest.mark.parametrize(
    ("expected", "note"),
    [
        ('expect transfer "+15551230002"', "its to is another"),
        ('expect transfer ["+15551230001"]', "its to is another"),
        ("expect transfer timeout=21s", "its timeout is 20"),
        ("expect transfer together=true", "its together is false"),
    ],
)
def test_a_verb_was_asked_for_otherwise(expected: str, note: str) -> None:
    line, shown, instead, told = fails(TRANSFER, expected)
    assert (line, shown, instead, told) == (1, expected, ("transfer +15551230001",), note)


def test_a_verb_is_found_after_what_was_found_last() -> None:
    assert fails(TRANSFER, 'expect transfer "+15551230001"\nexpect transfer "+15551230001"') == (
        2,
        'expect transfer "+15551230001"',
        ("the flow asked for nothing more",),
        "",
    )
    passes(MENU, 'expect say\nwait\nhear "I did not hear anything"\nexpect menu\nhangup')


def test_what_was_heard_does_not_hide_from_expect_what_came_before_it_was_done() -> None:
    passes(RECORD, 'leave 5s "x"\nexpect sms "+15551239999"\nhear "Thank you"\nexpect hangup')
    passes(RECORD, 'leave 5s "x"\nhear "Thank you"\nexpect hangup')
    assert fails(RECORD, 'leave 5s "x"\nhear "Thank you"\nexpect sms')[0] == 3


def test_what_a_verb_binds() -> None:
    passes(RECORD, "expect record message max=10s silence=4s beep=true\nhangup")
    assert fails(RECORD, "expect record letter\nhangup")[3] == "it is bound to `message`, not to `letter`"
    passes(GATHER, 'expect gather account digits=4..6 finish="#" timeout=5s bargein=true\nhangup')
    assert fails(GATHER, "expect gather account digits=4\nhangup")[3] == "its digits is [4, 6]"
    passes(MENU, "expect menu choice\nhangup")


def test_variables_are_those_of_the_flow_that_runs() -> None:
    passes(
        PROJECT,
        """
        expect tries == 2
        expect order.state == "sent"
        expect order["items"] == [1, 2]
        press "1234"
        expect inner == true
        press 1
        expect fine == true
        expect call.language == "en-US"
        press 1
        expect hangup
        """,
    )


def test_a_variable_is_something_else() -> None:
    assert fails(PROJECT, "expect tries == 3") == (1, "expect tries == 3", ("it is 2",), "")
    assert fails(PROJECT, 'expect order.state == "lost"')[2] == ('it is "sent"',)
    line, _, instead, note = fails(PROJECT, 'press "1234"\nexpect tries == 2')
    assert line == 2
    assert "tries" in instead[0]
    assert "`inner`" in note


def test_a_sensitive_value_is_not_shown() -> None:
    assert fails(PROJECT, 'press "1234"\npress 1\nexpect pin == "4321"')[2] == ("it is ••••",)
    passes(PROJECT, 'press "1234"\npress 1\nexpect pin == "1234"\nexpect log "checked" level="warning"')


def test_the_flow_has_not_ended_the_call() -> None:
    assert fails(MENU, "expect hangup")[1:3] == (
        "the flow has ended the call",
        ("it listens for keys and words",),
    )


@pytest.mark.parametrize(
    ("statement", "ended"),
    [
        ("hangup", True),
        ("reject", True),
        ('reject "busy"', True),
        ("return", True),
        ('fail "no"', True),
        ('redirect "https://partner.example/voice"', False),
    ],
)
def test_who_ended_the_call(statement: str, ended: bool) -> None:
    flow = f"flow main\n\nstart:\n    {statement}\n"
    if ended:
        passes(flow, "expect hangup")
    else:
        passes(flow, 'expect redirect "https://partner.example/voice"')
        assert fails(flow, "expect hangup")[0] == 1
