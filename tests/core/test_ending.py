"""How a call ended, and how it would end in another version of its flow."""

from __future__ import annotations

import pytest

from flowengine.core import machine, replay
from flowengine.core.ending import Ending, Rerun, ending, rerun
from flowengine.core.events import Event, HungUp, Keys, Silence, Speech, Started
from flowengine.core.graph import Program
from flowengine.core.session import Facts
from tests.core.flows import program

FACTS = Facts("CA1", "+15557650001", "+15551230000", "inbound", "test", 0.0)

FLOW = """
flow main:
    on failed -> bye

ask:
    menu:
        say "Press 1 or 2, or say sales."
        when 1, "sales" -> order
        when 2 -> bye

order:
    gather number digits=2..4:
        say "Number."
    say "Thank you."
    -> bye

bye:
    say "Goodbye."
    hangup
"""


def _live(built: Program, *events: Event) -> list[replay.Record]:
    session = machine.begin(built, "main", FACTS)
    records = []
    for event in events:
        before = session
        session, turn = machine.step(built, session, event)
        assert turn is not None
        records.append(replay.record(before, event, turn))
    return records


def _rerun(old: str, new: str, *events: Event) -> Rerun:
    return rerun(program(new), "main", FACTS, _live(program(old), *events))


ORDER = (Started(0), Keys(1, "1"), Keys(2, "12", final=True))


@pytest.mark.parametrize(
    ("events", "how", "step"),
    [
        (ORDER, "flow", "bye"),
        (ORDER[:2], "waits", "order"),
        ((*ORDER[:2], HungUp(3)), "caller", "order"),
        ((Started(0), Silence(1), Silence(2), Silence(3)), "flow", "bye"),
    ],
)
def test_an_end_has_its_reason_and_its_place(events: tuple[Event, ...], how: str, step: str) -> None:
    records = _live(program(FLOW), *events)
    found = ending([entry for record in records for entry in record.entries])
    assert (found.how, found.flow, found.step) == (how, "main", step)


def test_a_call_that_never_began_has_no_place() -> None:
    assert ending([]) == Ending("waits")


@pytest.mark.parametrize(
    "events",
    [
        ORDER,
        (Started(0), Speech(1, "sales please"), Keys(2, "12"), Silence(3)),
        (Started(0), Keys(1, "9"), Keys(2, "11234")),
        (Started(0), Silence(1), Keys(2, "2")),
        (Started(0), Keys(1, "1"), Keys(2, "1"), Keys(3, "234")),
    ],
)
def test_the_same_flow_ends_the_same(events: tuple[Event, ...]) -> None:
    found = _rerun(FLOW, FLOW, *events)
    assert (found.differs, found.parting, found.unused) == (False, None, 0)


def test_lines_that_move_change_nothing() -> None:
    found = _rerun(FLOW, FLOW.replace("ask:", "\n\nask:"), *ORDER)
    assert found.before.line != found.now.line
    assert (found.differs, found.parting) == (False, None)


@pytest.mark.parametrize(
    ("old", "new", "events", "how", "step"),
    [
        pytest.param("when 2 -> bye", "when 2 -> order", (Started(0), Keys(1, "2")), "waits", "order", id="way"),
        pytest.param("digits=2..4", "digits=3..4", ORDER, "waits", "order", id="too few digits now"),
        pytest.param("when 1,", "when 5,", ORDER, "waits", "ask", id="no such key now"),
        pytest.param('"sales"', '"service"', (Started(0), Speech(1, "sales")), "waits", "ask", id="no such word now"),
    ],
)
def test_inputs_are_judged_anew(old: str, new: str, events: tuple[Event, ...], how: str, step: str) -> None:
    found = _rerun(FLOW, FLOW.replace(old, new), *events)
    assert found.differs
    assert (found.now.how, found.now.step) == (how, step)


def test_the_parting_is_the_first_entry_that_differs() -> None:
    found = _rerun(FLOW, FLOW.replace("Thank you.", "Thanks."), *ORDER)
    assert not found.differs
    assert found.parting is not None
    assert found.parting.before is not None
    assert found.parting.now is not None
    assert (found.parting.turn, found.parting.before.text, found.parting.now.text) == (3, "Thank you.", "Thanks.")


def test_what_has_no_place_any_more_is_counted() -> None:
    found = _rerun(FLOW, FLOW.replace('when 1, "sales" -> order', 'when 1, "sales" -> bye'), *ORDER)
    assert (found.now.how, found.now.step, found.unused) == ("flow", "bye", 1)
