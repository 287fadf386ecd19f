"""One mistake in a copy of an example: found where it is, as what it is, and nothing else is found.

The examples as they are have no finding at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.sources import CONFIG_FILE, Sources, read
from tests.compiler.projects import unmarked

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.name for path in (ROOT / "examples").iterdir() if (path / CONFIG_FILE).is_file())


class Mistake(NamedTuple):
    """In a file of an example the first of `changes` becomes the second, the third the fourth.

    What is new holds the findings, as `«FE201:sya»`.
    """

    example: str
    file: str
    changes: tuple[str, ...]


def of(example: str, flow: str, *mistakes: tuple[str, ...]) -> list[Mistake]:
    """Mistakes in one flow of an example."""
    return [Mistake(example, f"flows/{flow}.flow", changes) for changes in mistakes]


MISTAKES = [
    *of(
        "reception",
        "reception",
        ('    say "Welcome to {{ company }}."', '    «FE201:sayy» "Welcome to {{ company }}."'),
        ("    pause 500ms", "    pause «FE307:5»"),
        ("    pause 500ms", "    pause «FE303:500m»"),
        ("    answer\n", "    answer «FE308:now»\n"),
        ("{{ company }}. Goodbye", "{{ «FE206:compny» }}. Goodbye"),
        ('    if open("practice") -> main', '    if open(«FE209:"practise"») -> main'),
        ('    if open("practice") -> main', '    if «FE208:opened»("practice") -> main'),
        ("| datetime }}", "| «FE207:datetimes» }}"),
        ("    else -> closed\n", "    else -> «FE204:closd»\n"),
        ('    if call.from == "anonymous":', '    if call.«FE206:form» == "anonymous":'),
        ('    transfer "+15551230010" timeout=30s', '    transfer "+15551230010" «FE202:timout»=30s'),
        ('    transfer "+15551230010" timeout=30s', '    transfer "+15551230010" timeout=«FE307:30»'),
        ('    transfer "+15551230010" timeout=30s', '    transfer «FE304:"15551230010"» timeout=30s'),
        ('    transfer "+15551230010" timeout=30s', '    transfer «FE601:"+15559990010"» timeout=30s'),
        ("        on busy -> billing_busy\n", "        on «FE203:buzy» -> billing_busy\n"),
        (
            '        when 2, "bill" -> billing\n',
            '        when «FE406:1», "bill" -> billing\n',
            "bill, press 2",
            "bill, press «FE455:2»",
        ),
        ('        when 2, "bill" -> billing\n', '        when 2, «FE406:"appointment"» -> billing\n'),
        ('        when 2, "bill" -> billing\n', "        when 2, «FE311:bill» -> billing\n"),
        ("press 3. To talk", "press «FE455:4». To talk"),
        ('        when "*" -> main\n', '        when "*" -> main\n        when «FE456:8» -> main\n'),
        ("        on noinput 2:\n", "        on «FE211:noinput 1»:\n"),
        ("    on failed -> desk\n", "    on «FE217:fail» -> desk\n"),
        ("    on failed -> desk\n", "    on failed «FE404:-> main»\n"),
        ('    say "We are at 12', '    -> main\n    «FE405:say» "We are at 12'),
        ('        log "{{ call.from }} has hung up"', '        «FE409:say» "{{ call.from }} has hung up"'),
        ('        log "{{ call.from }} has hung up"', '        log "{{ «FE206:caller» }} has hung up"'),
        (
            '    run voicemail("+15551230090", "the front desk")\n    -> goodbye\n\nclosed',
            '    run «FE301:voicemail»("+15551230090")\n    -> goodbye\n\nclosed',
        ),
        (
            '    run voicemail("+15551230090", "the front desk")\n    -> goodbye\n\nclosed',
            '    run voicemail("+15551230090", "the front desk", «FE308:1»)\n    -> goodbye\n\nclosed',
        ),
        (
            '    run voicemail("+15551230090", "the front desk")\n    -> goodbye\n\nclosed',
            '    run voicemail("+15551230090", «FE216:departement»="x", department="y")\n    -> goodbye\n\nclosed',
        ),
        (
            '    run voicemail("+15551230090", "the front desk")\n    -> goodbye\n\nclosed',
            '    run «FE205:voicemial»("+15551230090", "the front desk")\n    -> goodbye\n\nclosed',
        ),
        (
            '    run voicemail("+15551230090", "the front desk")\n    -> goodbye\n\nclosed',
            '    run «FE401:voicemail»("+15551230090", "the front desk")\n\nclosed',
        ),
        ('            say "Everybody at', '            set «FE214:company» = 1\n            say "Everybody at'),
        ('            sms "+15551230099"', '            sms «FE602:"+4915551230099"»'),
        ("    -> main\n\ndesk:", "    «FE403:-> address»\n\ndesk:"),
        ("desk:\n", "«FE451:lost»:\n    -> desk\n\ndesk:\n"),
        ("flow reception:\n", "flow reception:\n    «FE212:timeot» 5s\n"),
        ("flow reception:\n", "flow reception:\n    tries «FE312:0»\n"),
        ("    answer\n    pause", '    answer\n    play «FE210:"jingle.wav"»\n    pause'),
        ("    answer\n    pause", '    answer\n    play «FE603:"https://audio.example/jingle.wav"»\n    pause'),
        ("    answer\n    pause", "    answer\n    set «FE252:greeted» = true\n    pause"),
        ("    answer\n    pause", '    answer\n    if open("practice"):\n        «FE408:reject»\n    pause'),
        ("    answer\n    pause", '    answer\n    say "{{ «FE452:patient» }}"\n    set patient = 1\n    pause'),
    ),
    *of(
        "reception",
        "voicemail",
        ("flow voicemail(mailbox, department)", "flow voicemail(mailbox, department, «FE251:tone»=1)"),
        (
            "        on empty -> nothing\n    -> deliver",
            '        on empty:\n            log "empty"\n    -> deliver',
            "{{ message.duration }} seconds: {{ message.text",
            "{{ «FE453:message».duration }} seconds: {{ message.text",
            "nothing:",
            "«FE451:nothing»:",
        ),
        ("{{ department }}", "{{ «FE206:depatment» }}"),
        ("    return false", '    «FE401:log» "nothing"'),
    ),
    *of(
        "customer_service",
        "service",
        ("    on failed -> agent\n", "    on failed «FE404:-> account»\n"),
        ("digits=8", "digits=«FE303:80»"),
        ("digits=8", 'digits=8 finish=«FE407:"0"»'),
        ("(account | luhn)", "(account | «FE207:lun»)"),
        ("timeout=4s retries=1", "timeout=4s retries=«FE303:9»"),
        (
            '            say "I am sorry, I cannot find that account."\n            -> agent\n',
            '            say "I am sorry, I cannot find that account."\n',
            "{{ customer.name }}",
            "{{ «FE453:customer».name }}",
        ),
        (
            'fetch customer "https://crm.example/v1/customers/{{ account }}"',
            'fetch customer «FE305:"ftp://crm.example/v1/customers/{{ account }}"»',
        ),
        ("history.payments | length", "«FE206:histry».payments | length"),
        ('    queue "service" timeout=10m:', "    «FE301:queue» timeout=10m:"),
        ("{{ queue.position }}", "{{ queue.«FE206:place» }}"),
        ('| money("USD") }}, due', "| «FE306:money» }}, due"),
        ('    queue "service"', '    «FE401:queue» "service"', "    -> callback\n\ncallback", "\ncallback"),
        ('        when 9, "goodbye" -> goodbye', '        when «FE311:9.5», "goodbye" -> goodbye'),
    ),
    *of(
        "customer_service",
        "verify",
        ("    return session.token", '    log "{{ «FE604:pin» }}"\n    return session.token'),
        ('sessions" method="POST" json={"pin": pin}', 'sessions?pin={{ «FE604:pin» }}" method="POST"'),
        ("    set left = left - 1\n", "    set left = «FE452:tries» - 1\n    set tries = left\n"),
        (
            "    return session.token",
            "    return «FE452:token»\n",
            "    set left = left - 1\n",
            "    set token = 1\n    set left = left - 1\n",
        ),
        ('method="POST"', 'method=«FE302:"SEND"»'),
    ),
    *of(
        "hunt_group",
        "support",
        (
            "    set attempts = 0\n    answer\n",
            "    answer\n",
            "{{ attempts | default(0) }}",
            "{{ «FE452:attempts» }}",
            "set attempts = attempts + 1",
            "set attempts = «FE452:attempts» + 1",
        ),
        ("together=true", 'together=«FE302:"yes"»'),
        ('    if attempts < 3 -> first\n    say "It is very busy today."\n    -> voicemail', "    «FE403:-> retry»"),
        (
            'whisper="Support call. To take it, press 1." screen=1',
            'whisper="Support call. To take it, press 1." screen=«FE302:11»',
        ),
    ),
    *of(
        "survey",
        "survey",
        (
            '    set answers = {}\n    say "Thank you for staying at {{ company }}. We have three short questions."\n',
            '    say "Thank you for staying at {{ company }}. We have three short questions."\n    set answers = {}\n',
            "        if answers is defined and answers:",
            "        if «FE452:answers»:",
        ),
        ("        on empty -> thanks\n", "", "= comment.url", "= «FE453:comment».url"),
        ("    set answers.again = choice", "    set answers.again = «FE206:choise»"),
        (
            "    if answers.room + answers.staff <= 4",
            '    if «FE314:"4" + 4» <= 4 or answers.room + answers.staff <= 4',
        ),
        ('        when 3, "perhaps", "I do not know"', '        when 3, "perhaps", «FE311:none»'),
    ),
    *of(
        "survey",
        "rate",
        ("speech=true", "speech=«FE302:1»"),
        ("    return rating | int", "    return rating | «FE207:integer»"),
        ('rating in "12345"', "rating is «FE215:contained»"),
    ),
    *of(
        "conference",
        "meeting",
        (
            "seats=20:\n        on full -> full\n        on failed -> trouble",
            "seats=20:\n        on full -> full\n        on «FE211:full» -> trouble",
        ),
        ('    say "You are the host.', '    say "You are the host {{ «FE604:pin» }}.'),
        ("seats=20 beep=false", "seats=«FE303:1» beep=false"),
    ),
    Mistake("reception", CONFIG_FILE, ('timezone = "America/New_York"', 'timezone = «FE315:"New York"»')),
    Mistake("reception", CONFIG_FILE, ('timezone = "America/New_York"', '«FE213:timzone» = "America/New_York"')),
    Mistake("reception", CONFIG_FILE, ("08:00-14:00", '08:00-14:00", sun = «FE310:"8-12"», sat = "08:00-12:00')),
    Mistake("reception", CONFIG_FILE, ('= "reception"', '= «FE205:"receptoin"»')),
    Mistake("reception", CONFIG_FILE, ('"+15551230000" =', '«FE304:"15551230000"» =')),
    Mistake("reception", CONFIG_FILE, ('language = "en-US"', 'language = «FE315:"american"»')),
]


def sources(example: str) -> Sources:
    """The files of an example."""
    return read(ROOT / "examples" / example)


def built(files: Sources) -> Build:
    """The project, built as `check` does it."""
    return build_sources(files, abilities())


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_have_no_finding(example: str) -> None:
    assert built(sources(example)).diagnostics == ()


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=lambda mistake: f"{mistake.example}: {mistake.changes[1].strip()[:60]}"
)
def test_mistake_is_found_and_nothing_else(mistake: Mistake) -> None:
    files = sources(mistake.example)
    texts = {CONFIG_FILE: files.config or "", **files.flows}
    text = texts[mistake.file]
    for old, new in zip(mistake.changes[::2], mistake.changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    text, expected = unmarked(text, mistake.file)
    assert expected
    texts[mistake.file] = text
    config = texts.pop(CONFIG_FILE)
    found = [
        (finding.code, finding.span.file, finding.span.line, finding.span.column)
        for finding in built(Sources(files.root, config, texts, files.calls, files.audio)).diagnostics
    ]
    assert found == [place[:4] for place in expected]
