"""What calls have taken of a flow, and what never."""

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from flowengine.core.journal import Entry
from flowengine.simulator.coverage import Coverage, Kind, Tally
from flowengine.simulator.coverage.html import page
from flowengine.simulator.coverage.text import report
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import simulate
from tests.simulator.flows import MENU
from tests.simulator.running import CONFIG


def covered(flow: str | Mapping[str, str], calls: str) -> Coverage:
    """What the calls take of the flow; each of them passes."""
    flows = {"flows/main.flow": flow} if isinstance(flow, str) else flow
    build = build_sources(Sources(Path(), CONFIG, flows, {"main.call": calls}))
    assert build.program is not None, build.diagnostics
    coverage = Coverage(build.program, build.flows)
    for case in read_scripts(build).cases:
        result = simulate(case, build.program)
        assert result.passed, result.failure
        coverage.take(result.conversation.entries)
    return coverage


def never(coverage: Coverage, kind: Kind = Kind.OUTCOME) -> list[str]:
    return [point.never for point in coverage.missed if point.kind is kind]


def test_what_no_call_has_taken_is_told() -> None:
    coverage = covered(MENU, 'call "sales":\n    flow main\n    wait\n    press 1\n    expect hangup\n')
    assert never(coverage) == [
        "menu: the end of all tries was never reached",
        'menu: "sales" was never said',
        "menu: key 2 was never pressed",
        "menu: key 21 was never pressed",
        "menu: a wrong input was never tried",
    ]
    assert coverage.tally(Kind.OUTCOME) == Tally(2, 7)
    assert coverage.tally(Kind.LINE, "main").total == coverage.tally(Kind.LINE).total


def test_a_word_is_another_choice_than_the_key_beside_it() -> None:
    coverage = covered(MENU, 'call "by voice":\n    flow main\n    speak "sales please"\n    expect hangup\n')
    assert "menu: key 1 was never pressed" in never(coverage)
    assert 'menu: "sales" was never said' not in never(coverage)


def test_nothing_is_taken_by_no_call() -> None:
    coverage = covered(MENU, "")
    assert all(not coverage.tally(kind).taken for kind in Kind)
    assert coverage.total.percent == 0


def test_an_entry_that_is_no_point_counts_for_nothing() -> None:
    coverage = covered(MENU, "")
    coverage.take([Entry("outcome", 0.0, "main", "start", 6, "unheard of", node=1)])
    assert coverage.tally(Kind.OUTCOME).taken == 0


COUNTED = """\
flow main:
    on failed -> bye
    on press 0 -> bye
    on hangup:
        log "left"

start:
    menu:
        say "Press 1."
        when 1 -> bye
        on noinput 1:
            say "Nothing."
        on noinput 2:
            say "Still nothing."

bye:
    say "Goodbye."
    hangup
"""


def test_each_try_has_its_own_point() -> None:
    once = covered(COUNTED, 'call "once":\n    flow main\n    wait\n    hear "Nothing"\n    hangup\n')
    assert "menu: silence was never tried" not in never(once)
    assert "menu: silence a second time was never tried" in never(once)
    assert "on hangup: hanging up was never tried" not in never(once)
    lines = "    wait\n    wait\n    wait\n    expect hangup\n"
    whole = covered(COUNTED, f'call "three times":\n    flow main\n{lines}')
    assert "menu: silence a second time was never tried" not in never(whole)
    assert "menu: the end of all tries was never reached" not in never(whole)


def test_tries_of_two_visits_are_counted_apart() -> None:
    flow = COUNTED.replace("when 1 -> bye", "when 1 -> start")
    calls = 'call "again":\n    flow main\n    wait\n    press 1\n    wait\n    hear "Nothing"\n    hangup\n'
    assert "menu: silence a second time was never tried" in never(covered(flow, calls))


def test_a_key_of_the_header_is_taken_where_its_handler_runs() -> None:
    assert "on press 0: the key was never pressed" in never(covered(COUNTED, ""))
    pressed = covered(COUNTED, 'call "0":\n    flow main\n    press 0\n    expect hangup\n')
    assert "on press 0: the key was never pressed" not in never(pressed)


OUTCOMES = ["completed", "declined", "failed", "noanswer", "busy"]

BRANCHES = """\
flow main

start:
    set a = 2
    if a == 1:
        say "One."
    elif a == 2:
        say "Two."
    match a:
        when 1, 2:
            say "Few."
    transfer "+15551230001":
        on busy:
            say "Busy."
    hangup
"""


def test_branches_and_results() -> None:
    coverage = covered(BRANCHES, 'call "busy":\n    flow main\n    peer busy\n    expect hangup\n')
    assert never(coverage, Kind.BRANCH) == [
        "if: the condition was never true",
        "if: the `else` was never taken",
        "match: a value that no `when` lists was never taken",
    ]
    assert never(coverage) == [f"transfer: {name} was never tried" for name in OUTCOMES if name != "busy"]
    assert [point.span.line for point in coverage.missed if point.kind is Kind.LINE] == [6]


def test_a_subflow_returns_or_fails() -> None:
    flow = {
        "main.flow": (
            'flow main\n\nstart:\n    run inner as x:\n        on failed:\n            say "No."\n    hangup\n'
        ),
        "inner.flow": ('flow inner\n\nstart:\n    gather a digits=1:\n        say "A digit."\n    return a\n'),
    }
    good = covered(flow, 'call "a":\n    flow main\n    press 1\n    expect hangup\n')
    assert "run inner: its failure was never seen" in never(good)
    assert "run inner: its return was never seen" not in never(good)
    lines = "    wait\n    wait\n    wait\n    expect hangup\n"
    bad = covered(flow, f'call "b":\n    flow main\n{lines}')
    assert "run inner: its failure was never seen" not in never(bad)


def test_the_report_tells_places_and_gathers_neighbouring_lines() -> None:
    coverage = covered(COUNTED, "")
    text = report(coverage)
    assert text.splitlines()[0].split() == ["coverage", "lines", "branches", "outcomes"]
    assert "flows/main.flow:5  the line was never reached" in text
    assert "flows/main.flow:7-9  the lines were never reached" in text
    assert "flows/main.flow:13  menu: silence a second time was never tried" in text


class Page(HTMLParser):
    """The elements and attributes of a page, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_no_script_and_no_markup_of_a_flow() -> None:
    flow = COUNTED.replace("Press 1.", "Press 1 <script>alert(1)</script>.")
    coverage = covered(flow, 'call "one":\n    flow main\n    press 1\n    expect hangup\n')
    text = page(coverage, {"flows/main.flow": flow})
    found = Page(text)
    assert not [tag for tag, _ in found.elements if tag in ("script", "link", "img", "iframe")]
    assert not [
        attrs for _, attrs in found.elements if "style" in attrs or any(name.startswith("on") for name in attrs)
    ]
    assert "<script>alert(1)</script>" in found.text
    states = {attrs.get("class") for tag, attrs in found.elements if tag == "code"}
    assert states == {"", "taken", "partly", "missed"}
    assert "menu: silence a second time was never tried" in found.text


@pytest.mark.parametrize(("tally", "percent"), [(Tally(0, 0), 100), (Tally(1, 4), 25), (Tally(3, 3), 100)])
def test_percent(tally: Tally, percent: float) -> None:
    assert tally.percent == percent
