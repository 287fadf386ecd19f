"""FE452 and FE453: variables that may be unset or none, with the way that leaves them so."""

from __future__ import annotations

import pytest

from tests.compiler.projects import HANDLED, findings, project

TOML = '[http]\nallow = ["crm.example"]\n\n[calendars.office]\nhours = { mon = "09:00-17:00" }\n'

CHOICE = """\
    menu:
        say "For sales, press 1. For support, press 2."
        when 1:
            set team = "sales"
        when 2
"""

WRONG = {
    "one choice sets it": HANDLED.format(CHOICE + '    say "{{ «FE452:team» }}"\n    -> goodbye'),
    "in a condition": HANDLED.format(CHOICE + '    if «FE452:team» == "sales" -> goodbye\n    -> goodbye'),
    "in an argument of a run": HANDLED.format(CHOICE + "    run helper(«FE452:team»)\n    -> goodbye"),
    "told once on a way": HANDLED.format(CHOICE + '    say "{{ «FE452:team» }}"\n    say "{{ team }}"\n    -> goodbye'),
    "set later": HANDLED.format('    say "{{ «FE452:a» }}"\n    set a = 1\n    -> goodbye'),
    "set in one branch": HANDLED.format(
        '    if call.from == "a":\n        set a = 1\n    say "{{ «FE452:a» }}"\n    -> goodbye'
    ),
    "set where failed is handled elsewhere": """\
flow reception:
    on failed -> other

start:
    gather account digits=6:
        say "Your account number, please."
    set name = account
    -> other

other:
    say "{{ «FE452:name» }}"
    hangup
""",
    "in on hangup": """\
flow reception:
    on failed -> goodbye
    on hangup:
        log "{{ «FE452:account» }}"

start:
    gather account digits=6:
        say "Your account number, please."
    say "{{ account }}"
    hangup

goodbye:
    hangup
""",
    "a key of an unset name": HANDLED.format(
        '    if open("office"):\n        set a = {"b": 1}\n    say "{{ «FE452:a».b }}"\n    -> goodbye'
    ),
    "a recording that may be empty": HANDLED.format("""\
    record message:
        say "Please leave a message."
    say "{{ «FE453:message».duration }}"
    -> goodbye"""),
    "a fetch that failed and went on": HANDLED.format("""\
    fetch customer "https://crm.example/":
        on failed:
            say "Our computer does not answer."
    say "{{ «FE453:customer».name }}"
    -> goodbye"""),
    "a status that went on": HANDLED.format("""\
    fetch customer "https://crm.example/":
        on 404:
            say "We do not know you."
        on failed -> goodbye
    say "{{ «FE453:customer».name }}"
    -> goodbye"""),
    "set to none": HANDLED.format('    set a = none\n    say "{{ «FE453:a».b }}"\n    -> goodbye'),
    "a copy of what may be none": HANDLED.format("""\
    record message:
        say "Please leave a message."
    set kept = message
    say "{{ «FE453:kept».url }}"
    -> goodbye"""),
    "a default of none": """\
flow reception(customer=none)

start:
    say "{{ «FE453:customer».name }}"
    hangup
""",
    "the other branch": HANDLED.format("""\
    record message:
        say "Please leave a message."
    if message:
        say "Thank you."
    else:
        say "{{ «FE453:message».url }}"
    -> goodbye"""),
    "a key set of none": HANDLED.format('    set a = none\n    set «FE453:a».b = 1\n    say "{{ a }}"\n    -> goodbye'),
}

RIGHT = {
    "asked with is defined": HANDLED.format(
        CHOICE + '    if team is defined:\n        say "{{ team }}"\n    -> goodbye'
    ),
    "asked in the text": HANDLED.format(
        CHOICE + '    say "{% if team is defined %}{{ team }}{% endif %}"\n    -> goodbye'
    ),
    "asked with and": HANDLED.format(CHOICE + '    if team is defined and team == "sales" -> goodbye\n    -> goodbye'),
    "asked with or": HANDLED.format(
        CHOICE + '    if team is not defined or team == "sales" -> goodbye\n    -> goodbye'
    ),
    "a default": HANDLED.format(CHOICE + '    say "{{ team | default("nobody") }}"\n    -> goodbye'),
    "another way leaves": HANDLED.format("""\
    menu:
        say "For sales, press 1. For support, press 2."
        when 1:
            set team = "sales"
        when 2 -> goodbye
    say "{{ team }}"
    -> goodbye"""),
    "set before": HANDLED.format('    set team = "support"\n' + CHOICE + '    say "{{ team }}"\n    -> goodbye'),
    "the same condition again": HANDLED.format("""\
    if open("office"):
        set team = "sales"
    say "Welcome."
    if open("office"):
        say "{{ team }}"
    -> goodbye"""),
    "the opposite condition left": HANDLED.format("""\
    if open("office"):
        set team = "sales"
    if not open("office") -> goodbye
    say "{{ team }}"
    -> goodbye"""),
    "the same value of a match": HANDLED.format("""\
    match call.from:
        when "a":
            set team = "sales"
        when "b":
            set team = "support"
    if call.from == "b":
        say "{{ team }}"
    -> goodbye"""),
    "set in a step on every way": HANDLED.format('    if open("office") -> one\n    -> two')
    + """
one:
    set team = "sales"
    -> three

two:
    set team = "support"
    -> three

three:
    say "{{ team }}"
    -> goodbye
""",
    "its own where": HANDLED.format("""\
    gather account digits=6 where=(account | luhn):
        say "Your account number, please."
    say "{{ account }}"
    -> goodbye"""),
    "a fetch whose failed leaves": HANDLED.format("""\
    fetch customer "https://crm.example/":
        on 404, failed -> goodbye
    say "{{ customer.name }}"
    -> goodbye"""),
    "a recording whose empty leaves": HANDLED.format("""\
    record message:
        say "Please leave a message."
        on empty -> goodbye
    say "{{ message.duration }}"
    -> goodbye"""),
    "asked whether it is none": HANDLED.format("""\
    record message:
        say "Please leave a message."
    if message is none -> goodbye
    say "{{ message.duration }}"
    -> goodbye"""),
    "not asked": HANDLED.format("""\
    record message:
        say "Please leave a message."
    if not message -> goodbye
    say "{{ message.duration }}"
    -> goodbye"""),
    "asked in a conditional": HANDLED.format("""\
    record message:
        say "Please leave a message."
    say "{{ message.duration if message else 0 }}"
    -> goodbye"""),
    "names of a template": HANDLED.format(
        '    say "{% for n in [1, 2] %}{{ loop.index }}{{ n }}{% endfor %}{% set k = 2 %}{{ k }}"\n    -> goodbye'
    ),
    "none is empty in a text": HANDLED.format('    set a = none\n    say "{{ a }}"\n    -> goodbye'),
    "parameters": 'flow reception(a, b=a)\n\nstart:\n    say "{{ a }} {{ b }}"\n    hangup\n',
    "on hangup asks": """\
flow reception:
    on failed -> goodbye
    on hangup:
        if account is defined:
            log "{{ account }}"

start:
    gather account digits=6:
        say "Your account number, please."
    say "{{ account }}"
    hangup

goodbye:
    hangup
""",
}

HELPER = 'flow helper(team)\n\nstart:\n    say "{{ team }}"\n    return\n'


@pytest.mark.parametrize("name", WRONG)
def test_finding_is_at_the_read(name: str) -> None:
    flows = [WRONG[name], *([HELPER] if "run helper" in WRONG[name] else [])]
    found, expected = findings(*flows, toml=TOML)
    assert found == expected


@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarm(name: str) -> None:
    assert findings(RIGHT[name], toml=TOML) == ([], [])


def way(text: str) -> str:
    """What the only finding says of the way."""
    (finding,) = project(text, toml=TOML).diagnostics
    return finding.message.partition(": ")[2]


def test_the_way_is_told_as_a_caller_walks_it() -> None:
    text = """\
flow reception:
    on failed -> operator

start:
    menu:
        say "For sales, press 1. For support, press 2."
        when 1:
            set customer = {"name": "Ada"}
            -> operator
        when 2 -> account

account:
    gather number digits=6:
        say "Your account number, please."
    set customer = {"name": number}
    -> operator

operator:
    say "{{ customer.name }}"
    hangup
"""
    built = project(text)
    assert [finding.message for finding in built.diagnostics] == [
        "`customer` may be unset here: enter nothing three times"
    ]
    direct = text.replace("    on failed -> operator", "    on failed -> bye").replace(
        "    gather number digits=6:", "    gather number digits=6 tries=2:\n        on failed -> operator"
    )
    assert way(direct + "\nbye:\n    hangup\n") == "press 2, enter nothing twice"


def test_the_way_through_conditions() -> None:
    text = HANDLED.format('    if call.from == "a":\n        set a = 1\n    say "{{ a }}"\n    -> goodbye')
    assert way(text) == '`call.from == "a"` is false'


def test_very_many_ways_raise_no_false_alarm_and_end() -> None:
    lines = []
    for number in range(60):
        lines += [f'    if call.from == "{number}":', f"        set v{number} = 1"]
    for number in range(60):
        lines += [f'    if call.from == "{number}":', f'        log "{{{{ v{number} }}}}"']
    assert project(HANDLED.format("\n".join([*lines, "    -> goodbye"]))).diagnostics == ()


def test_one_unset_among_very_many_ways_is_found() -> None:
    lines = []
    for number in range(12):
        lines += [
            f'    if call.from == "{number}":',
            f"        set v{number} = 1",
            f"    else:\n        set v{number} = 2",
        ]
    lines += [f'    log "{{{{ v{number} }}}}"' for number in range(12)]
    lines += ['    if call.to == "a":', "        set last = 1", '    log "{{ «FE452:last» }}"', "    -> goodbye"]
    found, expected = findings(HANDLED.format("\n".join(lines)))
    assert found == expected
