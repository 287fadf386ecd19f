"""A call whose clock is ahead of the real one: what the flow sees of the time, and what goes by the real one."""

from __future__ import annotations

from msgspec.structs import replace

from flowengine.core import machine
from flowengine.core.commands import Say
from flowengine.core.events import Started
from flowengine.core.session import Facts, dump, load
from tests.core.flows import BEGAN, CONFIG, program

FLOW = """
    flow shop_hours

    start:
        if open("shop"):
            say "Open."
        else:
            say "Closed until {{ next_open("shop") | datetime }}."
        say "It is {{ now }}, since {{ call.started }}."
        hangup
"""

HOURS = (
    CONFIG
    + """
[calendars.shop]
hours = { mon-fri = "09:00-17:00" }
"""
)

DAY = 86_400.0


def _said(ahead: float) -> str:
    built = program(FLOW, config=HOURS)
    facts = Facts("call-1", "+15557650001", "+15551230000", "inbound", "test", BEGAN, ahead=ahead)
    session = load(dump(machine.begin(built, "shop_hours", facts)))
    after, turn = machine.step(built, session, Started(BEGAN + 60))
    assert turn is not None
    # What happened is written down by the real clock.
    assert {entry.at for entry in turn.entries} == {BEGAN + 60}
    assert after.call == replace(facts, ahead=ahead)
    return " ".join(command.text for command in turn.commands if isinstance(command, Say))


def test_without_it_the_clock_is_the_real_one() -> None:
    assert _said(0) == "Open. It is 2026-01-05T12:01:00+00:00, since 2026-01-05T12:00:00+00:00."


def test_hours_and_times_follow_the_clock_of_the_call() -> None:
    # From Monday noon to the Sunday before, at 3 o'clock.
    said = _said(-DAY - 9 * 3600)
    assert said.startswith("Closed until Monday")
    assert said.endswith("It is 2026-01-04T03:01:00+00:00, since 2026-01-04T03:00:00+00:00.")
