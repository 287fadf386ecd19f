"""FE2: names, each finding at exactly the word that is wrong."""

from __future__ import annotations

import pytest

from tests.compiler.projects import HANDLED, findings, project

WRONG = {
    "unknown verb": HANDLED.format('    «FE201:sya» "Hello."\n    -> goodbye'),
    "unknown argument": HANDLED.format('    say "Hello." «FE202:langage»="en-GB"\n    -> goodbye'),
    "unknown outcome": HANDLED.format('    conference "room":\n        on «FE203:ful» -> goodbye\n    -> goodbye'),
    "unknown outcome of a run": """\
flow reception

start:
    run reception2():
        on «FE203:returned» -> goodbye
    -> goodbye

goodbye:
    hangup
""",
    "unknown step": HANDLED.format("    -> «FE204:godbye»") + "\nunused:\n    -> goodbye\n",
    "unknown step in a handler": "flow reception:\n    on error -> «FE204:nowhere»\n\nstart:\n    hangup\n",
    "unknown variable": HANDLED.format('    say "Hello {{ «FE206:nmae» }}."\n    -> goodbye'),
    "unknown variable under a filter": HANDLED.format('    say "{{ «FE206:nmae» | upper }}"\n    -> goodbye'),
    "unknown variable in a list": HANDLED.format("    transfer [«FE206:first», «FE206:second»]\n    -> goodbye"),
    "unknown variable in a condition": HANDLED.format("    if «FE206:vip» -> goodbye\n    -> goodbye"),
    "a key set of an unknown variable": HANDLED.format("    set «FE206:order».size = 3\n    -> goodbye"),
    "unknown key of call": HANDLED.format('    say "{{ call.«FE206:form» }}"\n    -> goodbye'),
    "unknown key of flow": HANDLED.format('    say "{{ flow.«FE206:title» }}"\n    -> goodbye'),
    "a key of now": HANDLED.format('    say "{{ now.«FE206:hour» }}"\n    -> goodbye'),
    "a word without quotes": HANDLED.format(
        "    match call.from:\n        when «FE206:anonymous» -> goodbye\n    -> goodbye"
    ),
    "a parameter's default reads a later one": """\
flow reception(first=«FE206:second», second=1)

start:
    say "{{ first }} {{ second }}"
    hangup
""",
    "unknown filter": HANDLED.format('    say "{{ call.from | «FE207:fone» }}"\n    -> goodbye'),
    "unknown function": HANDLED.format('    if «FE208:opn»("office") -> goodbye\n    -> goodbye'),
    "unknown calendar": HANDLED.format('    if open(«FE209:"ofice"») -> goodbye\n    -> goodbye'),
    "audio that is not there": HANDLED.format('    play «FE210:"welcom.wav"»\n    -> goodbye'),
    "music that is not there": HANDLED.format('    conference "room" music=«FE210:"waltz.wav"»\n    -> goodbye'),
    "a step twice": HANDLED.format("    -> goodbye") + "\n«FE211:goodbye»:\n    hangup\n",
    "a parameter twice": 'flow reception(a=1, «FE211:a»=2)\n\nstart:\n    say "{{ a }}"\n    hangup\n',
    "a setting twice": "flow reception:\n    tries 2\n    «FE211:tries» 3\n\nstart:\n    hangup\n",
    "a header's handler twice": """\
flow reception:
    on hangup:
        log "gone"
    on «FE211:hangup»:
        log "gone"

start:
    hangup
""",
    "a header's key twice": """\
flow reception:
    on failed -> start
    on press 0 -> goodbye
    on «FE211:press "0"» -> goodbye

start:
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        on failed -> goodbye

goodbye:
    hangup
""",
    "an outcome twice": HANDLED.format("""\
    conference "room":
        on full -> goodbye
        on ended, «FE211:full» -> goodbye
    -> goodbye"""),
    "noinput and noinput 1": HANDLED.format(
        """\
    menu:
        say "For sales, press 1."
        when 1 -> goodbye
        on noinput:
            say "Sorry?"
        on «FE211:noinput 1»:
            say "Hello?" """.rstrip()
    ),
    "unknown setting": "flow reception:\n    «FE212:timout» 3s\n\nstart:\n    hangup\n",
    "a project's setting in a header": 'flow reception:\n    «FE212:apology» "Sorry."\n\nstart:\n    hangup\n',
    "a reserved name set": HANDLED.format('    set «FE214:now» = 1\n    say "{{ now }}"\n    -> goodbye'),
    "another key of call set": HANDLED.format("    set «FE214:call».from = 1\n    -> goodbye"),
    "a project's variable set": HANDLED.format('    set «FE214:company» = 1\n    say "{{ company }}"\n    -> goodbye'),
    "a reserved parameter": 'flow reception(«FE214:queue»=1)\n\nstart:\n    say "{{ queue.position }}"\n    hangup\n',
    "a reserved NAME": HANDLED.format(
        '    gather «FE214:call» digits=1:\n        say "Please enter a digit."\n    -> goodbye'
    ),
    "unknown test": HANDLED.format("    if call.from is «FE215:strin» -> goodbye\n    -> goodbye"),
    "a header's unknown event": 'flow reception:\n    on «FE217:noinput»:\n        log "x"\n\nstart:\n    hangup\n',
    "unused parameter": "flow reception(«FE251:name»=1)\n\nstart:\n    hangup\n",
    "unused variable": HANDLED.format("    set «FE252:a» = 1\n    -> goodbye"),
    "unused NAME of a gather": HANDLED.format('    gather «FE252:a» digits=1:\n        say "A digit?"\n    -> goodbye'),
}

TOML = """\
[vars]
company = "Acme"

[calendars.office]
hours = { mon-fri = "09:00-17:30" }

[transfer]
allow = ["+1555*"]
"""

HELPER = "flow reception2\n\nstart:\n    return\n"


@pytest.mark.parametrize("name", WRONG)
def test_finding_is_at_the_word(name: str) -> None:
    flows = [WRONG[name], *([HELPER] if "reception2" in WRONG[name] else [])]
    found, expected = findings(*flows, toml=TOML, audio=("welcome.wav",))
    assert found == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (HANDLED.format('    sya "Hello."\n    -> goodbye'), "did you mean `say`?"),
        (HANDLED.format("    -> godbye") + "\nother:\n    -> goodbye\n", "did you mean `goodbye`?"),
        (HANDLED.format('    say "{{ compny }}"\n    -> goodbye'), "did you mean `company`?"),
        (HANDLED.format('    say "{{ call.form }}"\n    -> goodbye'), "did you mean `call.from`?"),
        (HANDLED.format('    play "welcom.wav"\n    -> goodbye'), "did you mean `welcome.wav`?"),
        (HANDLED.format('    if open("ofice") -> goodbye\n    -> goodbye'), "did you mean `office`?"),
    ],
)
def test_a_near_name_is_offered(text: str, hint: str) -> None:
    built = project(text, toml=TOML, audio=("welcome.wav",))
    assert hint in [finding.hint for finding in built.diagnostics]


def test_flow_in_two_files() -> None:
    one = "flow reception\n\nstart:\n    hangup\n"
    found, expected = findings(one, one.replace("reception", "«FE211:reception»"))
    assert found == expected


def test_flows_named_by_run_and_number() -> None:
    text = "flow reception\n\nstart:\n    run «FE205:verfy»()\n    hangup\n"
    toml = '[numbers]\n"+15551230000" = "reception"\n"+15551230001" = «FE205:"sales"»\n'
    toml += '"+15551230002" = { flow = «FE205:"support"», carrier = "telefonie" }\n'
    found, expected = findings(text, toml=toml)
    assert found == expected


def test_arguments_of_a_run() -> None:
    text = """\
flow reception

start:
    run verify(1, «FE216:tires»=3)
    run verify(1, 2, «FE308:3»)
    run verify(1, «FE211:pin»=2)
    run «FE301:verify»(tries=2)
    run verify(pin=1, tries=2)
    hangup
"""
    verify = 'flow verify(pin, tries=3)\n\nstart:\n    say "{{ pin }} {{ tries }}"\n    return\n'
    found, expected = findings(text, verify)
    assert found == expected


def test_unused_flows() -> None:
    used = "flow reception\n\nstart:\n    hangup\n"
    lonely = "flow «FE253:lonely»\n\nstart:\n    hangup\n"
    scripted = "flow scripted\n\nstart:\n    hangup\n"
    calls = 'call "a script":\n    flow scripted\n    expect hangup\n'
    found, expected = findings(used, lonely, scripted, toml='[numbers]\n"+15551230000" = "reception"\n', calls=calls)
    assert found == expected


def test_one_flow_without_numbers_is_used() -> None:
    caller = "flow reception\n\nstart:\n    run helper()\n    hangup\n"
    helper = "flow helper\n\nstart:\n    return\n"
    assert findings(caller, helper) == ([], [])


def test_names_of_what_does_not_parse_count_as_known() -> None:
    broken = "flow helper(\n\nstart:\n    set x = = 1\n    return\n"
    caller = "flow reception\n\nstart:\n    run helper(1)\n    run other()\n    hangup\n"
    codes = {finding.code[:3] for finding in project(broken, caller).diagnostics}
    assert codes == {"FE1"}


def test_a_broken_step_hides_no_names() -> None:
    text = """\
flow reception

start:
    say "{{ team }}"
    -> lost

lost:
    set team = = 1
    hangup
"""
    assert {finding.code[:3] for finding in project(text).diagnostics} == {"FE1"}


def test_a_broken_configuration_hides_no_names() -> None:
    text = 'flow reception\n\nstart:\n    if open("office"):\n        say "{{ company }}"\n    hangup\n'
    assert [finding.code for finding in project(text, toml="[vars\n").diagnostics] == ["FE190"]
