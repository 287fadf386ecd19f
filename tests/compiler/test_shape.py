"""FE4: the ways of a call, each finding at the statement that is to blame, and no finding where there is no fault."""

from __future__ import annotations

import pytest

from tests.compiler.projects import HANDLED, findings, project

TOML = """\
[transfer]
allow = ["+1555*"]

[sms]
allow = ["+1555*"]

[http]
allow = ["crm.example"]

[calendars.office]
hours = { mon-fri = "09:00-17:30" }
"""

WRONG = {
    "a say at the end": HANDLED.format('    «FE401:say» "Hello."').replace("goodbye:", "«FE451:goodbye»:"),
    "a transfer at the end": HANDLED.format('    «FE401:transfer» "+15551230000"').replace(
        "goodbye:", "«FE451:goodbye»:"
    ),
    "an if without else at the end": HANDLED.format('    «FE401:if call.from == "a"» -> goodbye'),
    "one branch that goes on": HANDLED.format(
        '    «FE401:if call.from == "a"»:\n        say "A."\n    else -> goodbye'
    ),
    "a match without else at the end": HANDLED.format('    «FE401:match call.from»:\n        when "a" -> goodbye'),
    "a choice that goes on": HANDLED.format("""\
    «FE401:menu»:
        say "For sales, press 1. For support, press 2."
        when 1 -> goodbye
        when 2"""),
    "a failed that goes on": HANDLED.format(
        """\
    «FE401:menu»:
        say "For sales, press 1."
        when 1 -> goodbye
        on failed:
            say "Never mind." """.rstrip()
    ),
    "a header's failed that goes on": """\
flow reception:
    on failed:
        say "Never mind."

start:
    «FE401:menu»:
        say "For sales, press 1."
        when 1 -> goodbye

goodbye:
    hangup
""",
    "menu": 'flow reception\n\nstart:\n    «FE402:menu»:\n        say "Press 1."\n        when 1 -> start\n',
    "gather": """\
flow reception

start:
    «FE402:gather» account digits=6:
        say "Your account number, please."
    say "{{ account }}"
    hangup
""",
    "fetch": 'flow reception\n\nstart:\n    «FE402:fetch» c "https://crm.example/"\n    say "{{ c }}"\n    hangup\n',
    "fetch with only a status": """\
flow reception

start:
    «FE402:fetch» c "https://crm.example/":
        on 404:
            say "No."
            hangup
    say "{{ c }}"
    hangup
""",
    "a loop of one step": HANDLED.format('    say "Hello."\n    «FE403:-> start»').replace(
        "goodbye:", "«FE451:goodbye»:"
    ),
    "a loop of two steps": """\
flow reception

start:
    say "One."
    -> two

two:
    say "Two."
    «FE403:-> start»
""",
    "a loop both of whose branches stay": """\
flow reception

start:
    if call.from == "a" -> two
    -> start

two:
    pause 2s
    «FE403:-> start»
""",
    "failed to its own menu": """\
flow reception

start:
    menu:
        say "For sales, press 1."
        when 1:
            say "Sales."
            hangup
        on failed «FE404:-> start»
""",
    "failed to an earlier step": """\
flow reception

start:
    say "Welcome."
    -> main

main:
    menu:
        say "For sales, press 1."
        when 1 -> sales
        on failed:
            say "Let us try again."
            «FE404:-> start»

sales:
    hangup
""",
    "noinput round and round": """\
flow reception:
    on failed -> goodbye

start:
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        on noinput «FE404:-> start»

goodbye:
    hangup
""",
    "an empty recording round and round": """\
flow reception

start:
    record message:
        say "Please leave a message."
        on empty «FE404:-> start»
    hangup
""",
    "after a jump": HANDLED.format('    -> goodbye\n    «FE405:say» "Hello."\n    say "You."'),
    "after a hangup": HANDLED.format("    hangup\n    «FE405:-> goodbye»").replace("goodbye:", "«FE451:goodbye»:"),
    "after branches that leave": HANDLED.format(
        """\
    if call.from == "a" -> goodbye
    else:
        hangup
    «FE405:say» "Hello." """.rstrip()
    ),
    "after a menu whose choices leave": HANDLED.format("""\
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
    «FE405:say» "Hello."
    hangup"""),
    "in a handler": HANDLED.format(
        """\
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        on noinput:
            hangup
            «FE405:say» "Hello." """.rstrip()
    ),
    "the same key": HANDLED.format("""\
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        when «FE406:1» -> goodbye"""),
    "the same key as a text": HANDLED.format("""\
    menu:
        say "For sales, press 1."
        when 1, «FE406:"1"» -> goodbye"""),
    "a key in a range": HANDLED.format("""\
    menu:
        say "For sales, press 1."
        when 1..5 -> goodbye
        when «FE406:3» -> goodbye"""),
    "overlapping ranges": HANDLED.format("""\
    menu:
        say "Your extension, please."
        when 1000..1019 -> goodbye
        when «FE406:1010..1030» -> goodbye"""),
    "the same words": HANDLED.format("""\
    menu:
        say "Say sales."
        when "sales" -> goodbye
        when «FE406:"Sales!"» -> goodbye"""),
    "the same value of a match": HANDLED.format("""\
    match call.from:
        when "a" -> goodbye
        when «FE406:"a"» -> goodbye
    -> goodbye"""),
    "a digit as finish": HANDLED.format("""\
    gather account digits=4..8 finish=«FE407:"9"»:
        say "Your account number, please."
    say "{{ account }}"
    -> goodbye"""),
    "reject after a prompt": 'flow reception\n\nstart:\n    say "We are closed."\n    «FE408:reject»\n',
    "reject after answer on one way": """\
flow reception

start:
    if open("office"):
        answer
    «FE408:reject» "busy"
""",
    "a prompt for nobody": 'flow reception:\n    on hangup:\n        «FE409:say» "Bye."\n\nstart:\n    hangup\n',
    "a jump for nobody": "flow reception:\n    on hangup «FE409:-> start»\n\nstart:\n    hangup\n",
    "a transfer in an if for nobody": """\
flow reception:
    on hangup:
        if call.from == "a":
            «FE409:transfer» "+15551230000"

start:
    hangup
""",
    "a step that nothing leads to": HANDLED.format("    -> goodbye") + "\n«FE451:lost»:\n    -> goodbye\n",
    "steps that lead only to each other": HANDLED.format("    -> goodbye")
    + '\n«FE451:one»:\n    say "1"\n    hangup\n\n«FE451:two»:\n    -> one\n',
    "a menu with 3 in its text": HANDLED.format("""\
    menu:
        say "For sales, press 1. For support, press «FE455:3»."
        when 1 -> goodbye"""),
    "a key in words": HANDLED.format("""\
    menu:
        say "For sales, press 1. To hear this again, press the «FE455:star» key."
        when 1 -> goodbye"""),
    "several keys at once": HANDLED.format("""\
    menu:
        say "Press 1, 2 or «FE455:3»."
        when 1..2 -> goodbye"""),
    "a key that nobody knows": HANDLED.format("""\
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        when «FE456:4» -> goodbye"""),
    "a digit that only gathers could hear": """\
flow reception:
    on failed -> goodbye
    on «FE457:press 5» -> goodbye

start:
    gather account digits=6:
        say "Your account number, please."
    say "{{ account }}"
    -> goodbye

goodbye:
    hangup
""",
    "a key that ends the input": """\
flow reception:
    on failed -> goodbye
    on «FE457:press "#"» -> goodbye

start:
    gather account:
        say "Your account number, please."
    say "{{ account }}"
    -> goodbye

goodbye:
    hangup
""",
}

RIGHT = {
    "a transfer that is followed": HANDLED.format('    transfer "+15551230000"\n    -> goodbye'),
    "a menu all of whose choices leave": HANDLED.format("""\
    menu:
        say "For sales, press 1. To hear this again, press star."
        when 1 -> goodbye
        when "*" -> start"""),
    "a match with else": HANDLED.format('    match call.from:\n        when "a" -> goodbye\n        else -> goodbye'),
    "failed in the block": """\
flow reception

start:
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        on failed -> goodbye

goodbye:
    hangup
""",
    "a counter": HANDLED.format("    set count = 0\n    -> again")
    + """
again:
    set count = count + 1
    if count < 3 -> again
    -> goodbye
""",
    "a queue that is tried again": HANDLED.format("""\
    queue "support" timeout=60s:
        say "Please hold."
        on timeout -> start
    -> goodbye"""),
    "a transfer that is tried again": HANDLED.format('    transfer "+15551230000"\n    -> start')
    .replace('\ngoodbye:\n    say "Goodbye."\n    hangup\n', "\n")
    .replace("    on failed -> goodbye\n", "    tries 2\n"),
    "a silent caller who is counted": """\
flow reception:
    on failed -> again

start:
    set silences = 0
    -> main

main:
    menu:
        say "For sales, press 1."
        when 1 -> main

again:
    set silences = silences + 1
    if silences < 3 -> main
    hangup
""",
    "a menu on star": HANDLED.format("""\
    menu:
        say "To hear this again, press star."
        when "*" -> start"""),
    "the same key in two branches": HANDLED.format("""\
    menu:
        if open("office"):
            say "For sales, press 1."
            when 1 -> goodbye
        else:
            say "For a message, press 1."
            when 1 -> goodbye"""),
    "a key that begins another": HANDLED.format("""\
    menu:
        say "For sales, press 1. For an extension, press 12."
        when 1 -> goodbye
        when 12 -> goodbye"""),
    "reject before all": """\
flow reception

start:
    if not open("office"):
        reject
    say "Welcome."
    hangup
""",
    "on hangup with what it may use": """\
flow reception:
    on hangup:
        set who = call.from
        if who != "anonymous":
            fetch _done "https://crm.example/gone" method="POST" json={"who": who}
            sms who "Sorry that we lost you."
        match call.direction:
            when "inbound":
                log "{{ who }} hung up"
        run note(who)
        emit "gone"

start:
    say "Welcome."
    hangup
""",
    "press 0 of the header in a prompt": """\
flow reception:
    on failed -> goodbye
    on press 0 -> goodbye

start:
    menu:
        say "For sales, press 1. For an operator, press 0 at any time."
        when 1 -> goodbye

goodbye:
    hangup
""",
    "keys for later": HANDLED.format("""\
    menu:
        say "To leave a message, press 1. When you are done, press pound."
        when 1 -> goodbye"""),
    "a prompt of holes": HANDLED.format("""\
    menu:
        say "For sales, press 1. For {{ call.from }}, press {{ call.to }}."
        when 1 -> goodbye
        when 2 -> goodbye"""),
    "a hidden code": HANDLED.format("""\
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        when 9999 -> goodbye"""),
    "words are told instead": HANDLED.format("""\
    menu:
        say "For sales, press 1. Or say support."
        when 1 -> goodbye
        when 2, "support" -> goodbye"""),
    "press any key": HANDLED.format("""\
    menu:
        say "Press any key."
        when 0..9 -> goodbye"""),
    "the prompt before the menu": HANDLED.format("""\
    say "For support, press 2."
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        when 2 -> goodbye"""),
    "a range in words": HANDLED.format("""\
    menu:
        say "Press 1 to 3."
        when 1 -> goodbye
        when 2 -> goodbye
        when 3 -> goodbye"""),
    "a German prompt": """\
flow reception:
    language "de-DE"
    on failed -> goodbye

start:
    menu:
        say "Für den Verkauf drücken Sie die 1."
        when 1 -> goodbye
        when 2 -> goodbye

goodbye:
    hangup
""",
}

NOTE = 'flow note(who)\n\nstart:\n    emit "note" data={"who": who}\n    return\n'


@pytest.mark.parametrize("name", WRONG)
def test_finding_is_at_the_statement(name: str) -> None:
    found, expected = findings(WRONG[name], toml=TOML)
    assert found == expected


@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarm(name: str) -> None:
    flows = [RIGHT[name], *([NOTE] if "run note" in RIGHT[name] else [])]
    assert findings(*flows, toml=TOML) == ([], [])


SUBFLOW = """\
flow verify

ask:
    {}gather{} pin digits=4:
        say "Your PIN, please."
    return pin == "1234"
"""


def test_failed_of_a_flow_that_is_run() -> None:
    caller = 'flow reception\n\nstart:\n    run verify() as fine\n    say "{{ fine }}"\n    hangup\n'
    found, expected = findings(caller, SUBFLOW.format("«FE402:", "»"))
    assert found == expected
    built = project(caller, SUBFLOW.format("", ""))
    assert [label.span.file for label in built.diagnostics[0].labels] == ["flows/reception.flow"] * 2


IN_THE_HEADER = """\
flow reception:
    on failed -> bye

start:
    run verify() as fine
    say "{{ fine }}"
    -> bye

bye:
    hangup
"""

IN_THE_BLOCK = """\
flow reception

start:
    run verify() as fine:
        on failed:
            hangup
    say "{{ fine }}"
    hangup
"""


@pytest.mark.parametrize("caller", [IN_THE_HEADER, IN_THE_BLOCK])
def test_failed_is_handled_where_the_flow_is_run(caller: str) -> None:
    assert findings(caller, SUBFLOW.format("", "")) == ([], [])


def test_a_flow_that_gives_up_must_be_handled_where_it_is_run() -> None:
    caller = "flow reception\n\nstart:\n    run «FE402:helper»()\n    hangup\n"
    helper = 'flow helper\n\nstart:\n    if call.from == "a":\n        fail "no"\n    return\n'
    found, expected = findings(caller, helper)
    assert found == expected


def test_fail_in_the_first_flow_raises_an_error() -> None:
    assert findings('flow reception\n\nstart:\n    fail "no"\n') == ([], [])


def test_a_silent_caller_in_a_flow_that_is_run() -> None:
    caller = """\
flow reception:
    on failed «FE404:-> start»

start:
    run verify() as fine
    say "{{ fine }}"
    hangup
"""
    found, expected = findings(caller, SUBFLOW.format("", ""))
    assert found == expected


def test_a_loop_through_a_flow_that_waits() -> None:
    caller = """\
flow reception:
    on failed -> bye

start:
    run verify() as fine
    if not fine -> start
    -> bye

bye:
    hangup
"""
    assert findings(caller, SUBFLOW.format("", "")) == ([], [])


def test_a_loop_through_a_flow_that_does_not_wait() -> None:
    caller = "flow reception\n\nstart:\n    run helper()\n    «FE403:-> start»\n"
    helper = 'flow helper\n\nstart:\n    say "Hello."\n    return\n'
    found, expected = findings(caller, helper)
    assert found == expected


@pytest.mark.parametrize(
    ("one", "two", "wrong"),
    [
        ("    run two()\n    hangup\n", "    run one()\n    hangup\n", True),
        ("    run one()\n    hangup\n", "    return\n", True),
        ("    run two()\n    hangup\n", "    return\n", False),
        ('    if call.from == "a":\n        run one()\n    hangup\n', "    return\n", False),
    ],
)
def test_recursion(one: str, two: str, wrong: bool) -> None:
    built = project(f'flow one\n\nstart:\n    say "1"\n{one}', f'flow two\n\nstart:\n    say "2"\n{two}')
    assert ("FE410" in {finding.code for finding in built.diagnostics}) == wrong


def test_a_flow_that_needs_the_caller_cannot_run_when_he_is_gone() -> None:
    caller = "flow reception:\n    on hangup:\n        run «FE409:helper»()\n\nstart:\n    hangup\n"
    helper = 'flow helper\n\nstart:\n    say "Hello."\n    return\n'
    found, expected = findings(caller, helper)
    assert found == expected


def test_keys_of_the_flow_that_runs_this_one() -> None:
    caller = """\
flow reception:
    on failed -> bye
    on press 9 -> bye

start:
    run helper()
    hangup

bye:
    hangup
"""
    helper = """\
flow helper

start:
    menu:
        say "For sales, press 1. To leave, press 9."
        when 1:
            return
"""
    assert findings(caller, helper) == ([], [])
