"""FE5: what the carrier of a number cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.carriers.contract import FULL, Capabilities, no, partly
from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from flowengine.verbs import VERBS

ABLE = Capabilities(
    runs_flows=True,
    of={
        **{verb.name: FULL for verb in VERBS if verb.name != "queue"},
        "transfer.whisper": no("It has no whisper."),
        "record": partly("It is short."),
        "gather.timeout": partly("Whole seconds only.", fractions=True),
        "conference: press": no("It hears no keys."),
        "conference: press *": FULL,
        "transfer: declined": partly("It reads busy."),
    },
)
CARRIERS = {"able": ABLE, "dialler": Capabilities(runs_flows=False, of={})}

FLOW = """\
flow reception:
    on failed -> bye

start:
    gather a digits=4 timeout=4s:
        say "Four digits, please."
    say "{{ a }}"
    run team()
    -> bye

bye:
    hangup
"""

TEAM = """\
flow team

start:
    conference "team":
        on press "*":
            log "star"
        on press 5:
            log "five"
    record message:
        say "Your message, please."
    transfer "+15551230000" whisper="A call for you.":
        on declined:
            log "declined"
    queue "team":
        say "Please hold."
    return
"""

TOML = '[transfer]\nallow = ["+1555*"]\n\n'


def found(numbers: str, flow: str = FLOW, more: str = "") -> list[tuple[str, int, str]]:
    texts = {"flows/reception.flow": flow, "flows/team.flow": TEAM}
    toml = f"{TOML}{more}[numbers]\n{numbers}"
    built = build_sources(Sources(Path("project"), toml, texts), CARRIERS)
    return [(finding.code, finding.span.line, finding.span.file) for finding in built.diagnostics]


BOTH = """\
"+15551230000" = { flow = "reception", carrier = "able" }
"+15551230001" = { flow = "team", carrier = "able" }
"""

IN_TEAM = [
    ("FE501", 7, "flows/team.flow"),
    ("FE551", 9, "flows/team.flow"),
    ("FE501", 11, "flows/team.flow"),
    ("FE551", 12, "flows/team.flow"),
    ("FE501", 14, "flows/team.flow"),
]


@pytest.mark.parametrize(
    ("numbers", "more"),
    [
        ('"+15551230000" = { flow = "reception", carrier = "able" }', ""),
        ('"+15551230000" = "reception"', "[carriers.able]\nkey = 1\n\n"),
        (BOTH, ""),
    ],
)
def test_what_the_carrier_cannot_do_is_found_also_in_the_flows_that_are_run(numbers: str, more: str) -> None:
    assert found(numbers, more=more) == IN_TEAM


def test_a_part_of_a_second() -> None:
    flow = FLOW.replace("timeout=4s", "timeout=2500ms")
    numbers = '"+15551230000" = { flow = "reception", carrier = "able" }'
    assert [("FE551", 5, "flows/reception.flow"), *IN_TEAM] == found(numbers, flow)


@pytest.mark.parametrize(
    ("numbers", "more"),
    [
        ('"+15551230000" = "reception"', ""),
        ('"+15551230000" = "reception"', "[carriers.able]\n[carriers.dialler]\n"),
        ('"+15551230000" = { flow = "reception", carrier = "embedded" }', "[carriers.able]\n"),
        ('"+15551230000" = { flow = "reception", carrier = "house" }', "[carriers.able]\n[carriers.house]\n"),
    ],
)
def test_numbers_of_the_embedded_carrier_are_not_looked_at(numbers: str, more: str) -> None:
    assert found(numbers, more=more) == []


def test_a_carrier_that_only_places_calls() -> None:
    assert found('"+15551230000" = { flow = "reception", carrier = "dialler" }') == [("FE501", 5, "flowengine.toml")]


def test_a_carrier_that_is_not_there() -> None:
    assert found('"+15551230000" = { flow = "reception", carrier = "abel" }') == [("FE218", 5, "flowengine.toml")]
