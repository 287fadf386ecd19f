"""FE3: values, each finding at exactly what is wrong."""

from __future__ import annotations

import pytest

from tests.compiler.projects import HANDLED, findings, project

LONG = "All our agents are talking to other callers at the moment. " * 11

WRONG = {
    "missing argument": HANDLED.format("    «FE301:say»\n    -> goodbye"),
    "missing NAME": HANDLED.format('    «FE301:gather» digits=4:\n        say "Four digits, please."\n    -> goodbye'),
    "a number for a truth": HANDLED.format('    conference "room" muted=«FE302:1»\n    -> goodbye'),
    "out of range": HANDLED.format('    say "Hello." loop=«FE303:0»\n    -> goodbye'),
    "too long a time": HANDLED.format("    pause «FE303:2h»\n    -> goodbye"),
    "no phone number": HANDLED.format('    transfer «FE304:"5551230000"»\n    -> goodbye'),
    "no phone number in a list": HANDLED.format('    transfer ["+15551230000", «FE304:"sales"»]\n    -> goodbye'),
    "no URL": HANDLED.format('    say "Wait."\n    redirect «FE305:"crm.example"»').replace(
        "goodbye:", "«FE451:goodbye»:"
    ),
    "a filter without its argument": HANDLED.format('    say "{{ 3 | «FE306:money» }}"\n    -> goodbye'),
    "a filter with too much": HANDLED.format('    say "{{ call.from | «FE306:upper»(1) }}"\n    -> goodbye'),
    "a function without its argument": HANDLED.format("    if «FE306:open»() -> goodbye\n    -> goodbye"),
    "a missing unit": HANDLED.format("    pause «FE307:2»\n    -> goodbye"),
    "a missing unit in a header": "flow reception:\n    timeout «FE307:5»\n\nstart:\n    hangup\n",
    "an unwanted unit": HANDLED.format('    say "Hello." loop=«FE307:2s»\n    -> goodbye'),
    "too many values": HANDLED.format('    say "Hello." «FE308:"you"»\n    -> goodbye'),
    "a misplaced when": HANDLED.format("    «FE309:when 1 -> goodbye»\n    -> goodbye"),
    "a choice without quotes": HANDLED.format("""\
    menu:
        say "Say sales."
        when «FE311:sales» -> goodbye"""),
    "a choice of punctuation": HANDLED.format("""\
    menu:
        say "Say sales."
        when "sales", «FE311:"!"» -> goodbye"""),
    "a choice with a point": HANDLED.format("""\
    menu:
        say "Choose."
        when «FE311:1.5» -> goodbye"""),
    "an empty range": HANDLED.format("""\
    menu:
        say "Enter an extension."
        when «FE311:20..10» -> goodbye"""),
    "an enormous range": HANDLED.format("""\
    menu:
        say "Enter an extension."
        when «FE311:1..20000» -> goodbye"""),
    "an empty range of a match": HANDLED.format("    match 3:\n        when «FE311:5..4» -> goodbye\n    -> goodbye"),
    "a text as a count": 'flow reception:\n    tries «FE312:"three"»\n\nstart:\n    hangup\n',
    "a language that is none": 'flow reception:\n    language «FE312:"english"»\n\nstart:\n    hangup\n',
    "press without a key": "flow reception:\n    on «FE313:press» -> start\n\nstart:\n    hangup\n",
    "press of two keys": HANDLED.replace("start:", "x:", 1)
    .format("    -> goodbye")
    .replace("    on failed", "    on press «FE302:12» -> goodbye\n    on failed"),
    "a text and a number added": HANDLED.format('    set a = «FE314:"a" + 1»\n    say "{{ a }}"\n    -> goodbye'),
    "a division by nothing": HANDLED.format('    say "{{ call.from }} {{ «FE314:1 / 0» }}"\n    -> goodbye'),
    "a long prompt": HANDLED.format(f'    say «FE351:"{LONG}"»\n    -> goodbye'),
    "braces in an expression": HANDLED.format(
        '    set a = «FE352:"Hi {{ call.from }}"»\n    say "{{ a }}"\n    -> goodbye'
    ),
}

TOML = """\
[transfer]
allow = ["+1555*"]

[calendars.office]
hours = { mon-fri = "09:00-17:30" }
"""


@pytest.mark.parametrize("name", WRONG)
def test_finding_is_at_the_value(name: str) -> None:
    found, expected = findings(WRONG[name], toml=TOML)
    assert found == expected


def test_long_branches_are_not_added_up() -> None:
    half = LONG[:400]
    text = f'    say "{{% if call.from == "anonymous" %}}{half}{{% else %}}{half}{{% endif %}}"\n    -> goodbye'
    assert findings(HANDLED.format(text)) == ([], [])


def test_markup_is_not_counted() -> None:
    breaks = "<break time='100ms'/>" * 40
    assert findings(HANDLED.format(f'    say "<speak>Hello. {breaks}</speak>"\n    -> goodbye')) == ([], [])


def test_flow_of_a_number_needs_defaults() -> None:
    text = 'flow reception(a, «FE316:b», c=1)\n\nstart:\n    say "{{ a }} {{ b }} {{ c }}"\n    hangup\n'
    found, expected = findings(text.replace("(a,", "(«FE316:a»,"), toml='[numbers]\n"+15551230000" = "reception"\n')
    assert found == expected


def test_flow_that_is_run_needs_no_defaults() -> None:
    caller = "flow reception\n\nstart:\n    run helper(1)\n    hangup\n"
    helper = 'flow helper(a)\n\nstart:\n    say "{{ a }}"\n    return\n'
    assert findings(caller, helper, toml='[numbers]\n"+15551230000" = "reception"\n') == ([], [])


@pytest.mark.parametrize(
    "value",
    ["1", "12", '"*"', '"#"', '"sales"', "1..9", "1000..1019", '"0"', '"new order"'],
)
def test_choices_that_can_be_chosen(value: str) -> None:
    built = project(HANDLED.format(f'    menu:\n        say "Choose."\n        when {value} -> goodbye'))
    assert [finding.code for finding in built.diagnostics] == []
