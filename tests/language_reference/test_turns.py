"""What scripts cannot see: the commands and waits of single turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from flowengine.core.commands import (
    Answer,
    Conference,
    Enqueue,
    Gone,
    Hangup,
    Listen,
    Play,
    Redirect,
    Reject,
    Say,
    Text,
)
from flowengine.core.events import ConferenceLeft, Event, HungUp, Keys, Silence, Started, Waiting
from flowengine.core.graph import Program
from flowengine.core.machine import Turn, begin, step
from flowengine.core.session import Facts, Session, dump, load

STARTED = 1_795_000_000.0
CONFIG = '[project]\nflows = "."\n[http]\nallow = ["partner.example"]\n[settings]\napology = "Sorry."\n'


class Call:
    """A call that is driven event by event; the session is dumped and loaded at each."""

    def __init__(self, text: str, **arguments: Any) -> None:
        built = build_sources(Sources(Path(), CONFIG, {"sample.flow": text}))
        assert built.program is not None, built.diagnostics
        self.program: Program = built.program
        facts = Facts("call-1", "+15557650001", "+15551230000", "inbound", "test", STARTED)
        self.session: Session = begin(self.program, "sample", facts, arguments)
        self.now = STARTED

    def take(self, event: Event) -> Turn | None:
        self.session, turn = step(self.program, load(dump(self.session)), event)
        return turn

    def must(self, event: Event) -> Turn:
        turn = self.take(event)
        assert turn is not None
        return turn


def started(text: str) -> tuple[Call, Turn]:
    call = Call(text)
    return call, call.must(Started(STARTED))


def test_the_first_prompt_answers_once() -> None:
    _, turn = started('flow sample\n\nstart:\n    log "x"\n    say "One."\n    say "Two."\n    answer\n    hangup\n')
    assert turn.commands == (Answer(), Say("One.", "en-US"), Say("Two.", "en-US"))
    assert turn.wait == Hangup()


def test_a_call_that_hears_nothing_is_not_answered() -> None:
    _, turn = started('flow sample\n\nstart:\n    log "x"\n    hangup\n')
    assert turn.commands == ()


def test_reject_costs_the_caller_nothing() -> None:
    _, turn = started('flow sample\n\nstart:\n    reject "busy"\n')
    assert turn.commands == ()
    assert turn.wait == Reject("busy")


def test_a_menu_answers_even_without_prompts() -> None:
    _, turn = started(
        "flow sample\n\nstart:\n    menu:\n        when 1\n        on failed:\n            hangup\n    hangup\n"
    )
    assert turn.commands == (Answer(),)
    assert isinstance(turn.wait, Listen)


GATHER = """flow sample:
    language "de-DE"
    timeout 9s
    interdigit 2s
    bargein false

start:
    say "Willkommen."
    gather x digits=4..8 finish="*" hints=["eins"] speech=true timeout=4s:
        say "Bitte."
        on failed:
            hangup
    log "{{ x }}"
    hangup
"""


def test_prompts_belong_to_the_wait_they_lead_to() -> None:
    _, turn = started(GATHER)
    assert turn.commands == (Answer(), Say("Willkommen.", "de-DE"), Say("Bitte.", "de-DE"))
    assert turn.wait == Listen(
        timeout=4,
        interdigit=2,
        bargein=False,
        language="de-DE",
        shortest=4,
        longest=8,
        finish="*",
        speech=True,
        hints=("eins",),
    )


def test_a_second_try_plays_only_its_own_prompts() -> None:
    call, _ = started(GATHER)
    assert call.must(Silence(STARTED + 4)).commands == (Say("Bitte.", "de-DE"),)


MENU = """flow sample:
    on failed:
        hangup
    on press 0:
        say "Zero."

start:
    menu:
        say "Press 1, 12 or star, or say sales."
        when 1, "sales"
        when 12, "*"
    say "Done."
    hangup
"""


def test_a_menu_tells_its_keys_and_words() -> None:
    _, turn = started(MENU)
    assert isinstance(turn.wait, Listen)
    assert turn.wait.keys == ("1", "12", "*")
    assert turn.wait.presses == ("0",)
    assert turn.wait.longest == 2
    assert turn.wait.speech
    assert turn.wait.hints == ("sales",)


def test_keys_under_way_are_told_to_the_carrier() -> None:
    call, _ = started(MENU)
    turn = call.must(Keys(STARTED + 1, "1"))
    assert isinstance(turn.wait, Listen)
    assert turn.wait.typed == "1"
    assert turn.commands == ()


def test_a_carrier_that_ends_the_input_itself() -> None:
    call, _ = started(MENU)
    assert call.must(Keys(STARTED + 1, "1", final=True)).wait == Hangup()


def test_keys_typed_ahead_silence_the_prompts_between() -> None:
    text = MENU.replace('    say "Done."\n', '    say "Between."\n    menu:\n        say "Again."\n        when 3\n')
    call, _ = started(text)
    turn = call.must(Keys(STARTED + 1, "*3"))
    assert turn.commands == ()
    assert turn.wait == Hangup()


def test_what_has_no_place_changes_nothing() -> None:
    call, _ = started(MENU)
    before = dump(call.session)
    assert call.take(Waiting(STARTED + 1, 1, 0)) is None
    assert call.take(ConferenceLeft(STARTED + 1, "ended")) is None
    assert call.take(Started(STARTED + 1)) is None
    assert dump(call.session) == before


def test_nothing_is_taken_after_the_end() -> None:
    call, _ = started(MENU)
    call.must(Keys(STARTED + 1, "*"))
    assert call.take(Keys(STARTED + 2, "1")) is None
    assert call.take(HungUp(STARTED + 2)) is None


def test_a_key_that_the_room_does_not_take_keeps_it_as_it_is() -> None:
    call, turn = started(
        'flow sample\n\nstart:\n    conference "room" muted=true seats=5 beep=false:\n        on press 1:\n'
        '            say "One."\n    hangup\n'
    )
    room = Conference("room", muted=True, seats=5, beep=False, presses=("1",))
    assert turn.wait == room
    assert call.must(Keys(STARTED + 1, "7")).wait == room
    turn = call.must(Keys(STARTED + 2, "1"))
    assert turn.commands == (Say("One.", "en-US"),)
    assert turn.wait == room


QUEUE = """flow sample

start:
    queue "support" timeout=60s music="https://partner.example/music.mp3":
        say "Number {{ queue.position }} after {{ queue.waited }} seconds."
        on press 1:
            say "One."
    hangup
"""


def test_a_queue_asks_for_its_prompts_round_by_round() -> None:
    call, turn = started(QUEUE)
    music = "https://partner.example/music.mp3"
    assert turn.wait == Enqueue("support", music=music, remaining=60, presses=("1",))
    turn = call.must(Waiting(STARTED + 20, 2, 20))
    assert turn.commands == (Say("Number 2 after 20 seconds.", "en-US"),)
    assert turn.wait == Enqueue("support", music=music, joined=True, remaining=40, presses=("1",))


def test_the_parameters_have_their_defaults_when_the_caller_is_gone_at_once() -> None:
    call = Call('flow sample(name="Ada"):\n    on hangup:\n        log "without {{ name }}"\n\nstart:\n    hangup\n')
    turn = call.must(HungUp(STARTED))
    assert [effect.text for effect in turn.effects] == ["without Ada"]  # type: ignore[union-attr]
    assert turn.wait == Gone()


def test_redirect_plays_what_comes_before() -> None:
    _, turn = started('flow sample\n\nstart:\n    say "Over to you."\n    redirect "https://partner.example/x"\n')
    assert turn.commands == (Answer(), Say("Over to you.", "en-US"))
    assert turn.wait == Redirect("https://partner.example/x")


def test_a_play_of_the_project() -> None:
    built = build_sources(
        Sources(
            Path(), CONFIG, {"s.flow": 'flow s\n\nstart:\n    play "a/b.wav"\n    hangup\n'}, {}, frozenset({"a/b.wav"})
        )
    )
    assert built.program is not None
    facts = Facts("c", "+15557650001", "+15551230000", "inbound", "test", STARTED)
    _, turn = step(built.program, begin(built.program, "s", facts), Started(STARTED))
    assert turn is not None
    assert turn.commands == (Answer(), Play("a/b.wav"))


SECRET = """flow sample:
    on failed:
        hangup

start:
    gather pin digits=4 sensitive=true where=(pin != "7391"):
        say "PIN."
    set copy = pin ~ "!"
    set same = copy == "1234!"
    run other(copy)
    log "same {{ same }}"
    hangup
"""
OTHER = 'flow other(copy)\n\nstart:\n    set again = {"k": copy}\n    set right = again.k == copy\n    return right\n'


def test_a_sensitive_value_is_written_down_nowhere() -> None:
    built = build_sources(Sources(Path(), CONFIG, {"sample.flow": SECRET, "other.flow": OTHER}))
    assert built.program is not None, built.diagnostics
    session = begin(built.program, "sample", Facts("c", "+15557650001", "+15551230000", "inbound", "test", STARTED))
    kept = ""
    for event in (Started(STARTED), Keys(STARTED + 1, "7391"), Keys(STARTED + 2, "1234")):
        session, turn = step(built.program, session, event)
        assert turn is not None
        kept += repr(turn.entries) + repr(turn.effects) + repr(turn.wait)
    assert session.phase == "ended"
    assert "1234" not in kept
    assert "7391" not in kept
    assert "same true" in kept


REVEALING = [
    'set to = "+" ~ pin\ntransfer to',
    'set to = "+44" ~ pin\ntransfer to',
    'set to = "+" ~ pin\ntransfer [to, "+15551230001"]',
    'set to = "+" ~ pin\nsms to "Hello."',
    'set to = "+44" ~ pin\nsms to "Hello."',
    "conference pin",
    "queue pin",
    "send pin",
    "pause (pin | int)",
    'set wrong = pin + 1\nset same = wrong == 2\nif same:\n    log "x"',
    'if (pin | money("EUR")) == "":\n    log "x"',
    'set keys = {}\nset found = keys[pin]\nif found == 1:\n    log "x"',
    'if pin < 5:\n    log "x"',
]


@pytest.mark.parametrize("body", REVEALING)
def test_whatever_is_done_with_a_sensitive_value_nothing_written_tells_it(body: str) -> None:
    steps = "".join(f"    {line}\n" for line in (*body.split("\n"), "hangup"))
    head = SECRET[: SECRET.index("    gather")]
    flow = f'{head}    gather pin digits=10 sensitive=true:\n        say "PIN."\n{steps}'
    config = f'{CONFIG}[transfer]\nallow = ["+1555*"]\n[sms]\nallow = ["+1555*"]\n'
    built = build_sources(Sources(Path(), config, {"sample.flow": flow}))
    assert built.program is not None, built.diagnostics
    session = begin(built.program, "sample", Facts("c", "+15557650001", "+15551230000", "inbound", "test", STARTED))
    session, _ = step(built.program, session, Started(STARTED))
    _, turn = step(built.program, session, Keys(STARTED + 1, "1555987654"))
    assert turn is not None
    kept = repr(turn.entries) + repr([effect for effect in turn.effects if not isinstance(effect, Text)])
    assert "1555987654" not in kept
