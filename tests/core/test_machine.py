"""The machine: handlers from the inside out, limits, what an event may and may not do."""

from __future__ import annotations

import json

import pytest

from flowengine.core import machine, session
from flowengine.core.commands import Dial, Enqueue, Fetch, Gone, Hangup, Listen, Log, Record, Reject
from flowengine.core.events import (
    Dialled,
    Event,
    Failed,
    Fetched,
    HungUp,
    Keys,
    Recorded,
    Silence,
    Speech,
    Started,
    TimeUp,
    Waiting,
)
from flowengine.core.session import SPECIFICATION, SessionVersionError
from tests.core.flows import BEGAN, Call, program

MENU = """
    flow menu_flow:
        on failed -> lost

    start:
        menu:
            say "Press 1."
            when 1 -> done
            on noinput:
                say "Hello?"

    done:
        say "Done."
        hangup

    lost:
        say "Goodbye."
        hangup
"""


def test_an_event_that_has_no_place_changes_nothing() -> None:
    call = Call(program(MENU))
    before = session.dump(call.session)
    stray: list[Event] = [
        Started(BEGAN),
        Recorded(BEGAN, "https://r.example/1", 3),
        Dialled(BEGAN, "busy"),
        Fetched(BEGAN, 200, {}),
    ]
    for event in stray:
        assert call.take(event) is None
        assert session.dump(call.session) == before


def test_after_the_end_nothing_happens_any_more() -> None:
    call = Call(program(MENU))
    call.take(Keys(BEGAN + 1, "1"))
    assert isinstance(call.turn.wait, Hangup)
    for event in (Keys(BEGAN + 2, "1"), HungUp(BEGAN + 2), TimeUp(BEGAN + 2), Silence(BEGAN + 2)):
        assert call.take(event) is None


def test_tries_are_counted_and_failed_reaches_the_header() -> None:
    call = Call(program(MENU))
    call.take(Silence(BEGAN + 5))
    assert call.said == ["Hello?", "Press 1."]
    call.take(Keys(BEGAN + 6, "9"))
    assert call.said == ["Press 1."]
    call.take(Silence(BEGAN + 11))
    assert call.said == ["Goodbye."]
    assert isinstance(call.turn.wait, Hangup)


def test_a_failed_flow_is_left_for_the_run_that_called_it() -> None:
    inner = """
        flow inner

        ask:
            gather pin digits=4 tries=1:
                say "PIN?"
            return pin
    """
    outer = """
        flow outer

        start:
            run inner() as pin:
                on failed:
                    say "No PIN."
            if pin is none:
                say "It is none."
            hangup
    """
    call = Call(program(outer, inner), "outer")
    call.take(Silence(BEGAN + 5))
    assert call.said == ["No PIN.", "It is none."]


def test_a_flow_wide_key_works_inside_a_flow_that_is_run_and_comes_back() -> None:
    outer = """
        flow outer:
            on press 0:
                say "Help."
            on failed:
                hangup

        start:
            set n = 1
            run inner()
            say "n is {{ n }}."
            hangup
    """
    inner = """
        flow inner

        ask:
            menu:
                say "Press 1."
                when 1
            return
    """
    call = Call(program(outer, inner), "outer")
    call.take(Keys(BEGAN + 1, "0"))
    assert call.said == ["Help.", "Press 1."]
    assert len(call.session.frames) == 2
    call.take(Keys(BEGAN + 2, "1"))
    assert call.said == ["n is 1."]


def test_a_jump_out_of_a_flow_wide_handler_leaves_the_flow_that_was_run() -> None:
    outer = """
        flow outer:
            on press 0 -> operator
            on failed:
                hangup

        start:
            run inner()
            hangup

        operator:
            say "Operator."
            hangup
    """
    inner = """
        flow inner

        ask:
            menu:
                say "Press 1."
                when 1
            return
    """
    call = Call(program(outer, inner), "outer")
    call.take(Keys(BEGAN + 1, "0"))
    assert call.said == ["Operator."]
    assert len(call.session.frames) == 1


def test_on_hangup_runs_for_all_flows_under_way_the_innermost_first() -> None:
    outer = """
        flow outer:
            on hangup:
                log "outer"
            on failed:
                hangup

        start:
            run inner()
            hangup
    """
    inner = """
        flow inner:
            on hangup:
                log "inner"

        ask:
            menu:
                say "Press 1."
                when 1
            return
    """
    call = Call(program(outer, inner), "outer")
    turn = call.take(HungUp(BEGAN + 3))
    assert turn is not None
    assert [effect.text for effect in turn.effects if isinstance(effect, Log)] == ["inner", "outer"]
    assert isinstance(turn.wait, Gone)


def test_who_hangs_up_in_a_recording_leaves_it() -> None:
    voicemail = """
        flow voicemail:
            on hangup:
                log "gone"

        start:
            record message:
                say "Speak."
            log "{{ message.duration }}"
            say "Thank you."
            hangup
    """
    call = Call(program(voicemail))
    assert isinstance(call.turn.wait, Record)
    turn = call.take(Recorded(BEGAN + 9, "https://r.example/1", 7.4, left=True))
    assert turn is not None
    assert [effect.text for effect in turn.effects if isinstance(effect, Log)] == ["7", "gone"]
    assert isinstance(turn.wait, Gone)


def test_a_caller_who_leaves_during_a_fetch_does_not_stop_it() -> None:
    fetching = """
        flow fetching:
            on hangup:
                log "gone"
            on failed:
                hangup

        start:
            fetch data "https://api.example/x"
            log "{{ data.a }}"
            say "Here."
            hangup
    """
    call = Call(program(fetching))
    assert isinstance(call.turn.wait, Fetch)
    assert call.take(HungUp(BEGAN + 1)) is None
    assert call.session.gone
    turn = call.take(Fetched(BEGAN + 2, 200, {"a": 1}))
    assert turn is not None
    assert [effect.text for effect in turn.effects if isinstance(effect, Log)] == ["1", "gone"]


def test_an_error_without_a_handler_is_spoken_and_ends_the_call() -> None:
    broken = """
        flow broken

        start:
            set a = {"b": 1}
            set k = "c"
            say "{{ a[k] }}"
            hangup
    """
    call = Call(program(broken))
    assert call.said == ["Something went wrong. Please call again."]
    assert call.turn.wait == Hangup("error")
    assert any("nothing at" in entry.text or "no key" in entry.text for entry in call.turn.entries)


def test_on_error_runs_once() -> None:
    broken = """
        flow broken:
            on error:
                say "Oh."
                say "{{ 1 / n }}"

        start:
            set n = 0
            say "{{ 1 / n }}"
            hangup
    """
    call = Call(program(broken))
    assert call.said == ["Oh.", "Something went wrong. Please call again."]


def test_a_carrier_that_cannot_raises_error() -> None:
    flow = """
        flow calling:
            on error -> sorry

        start:
            transfer "+15551230001"
            hangup

        sorry:
            say "Sorry."
            hangup
    """
    call = Call(program(flow))
    assert isinstance(call.turn.wait, Dial)
    call.take(Failed(BEGAN + 1, "no route"))
    assert call.said == ["Sorry."]


LOOP = """
    flow looping:
        on error -> again

    start:
        set n = 0
        -> again

    again:
        set n = n + 1
        if n > 100000 -> done
        -> again

    done:
        hangup
"""


def test_a_loop_is_stopped_spoken_and_on_error_does_not_run() -> None:
    call = Call(program(LOOP))
    assert call.said == ["Something went wrong. Please call again."]
    assert call.turn.wait == Hangup("limit-steps")
    assert [entry.name for entry in call.turn.entries if entry.kind == "limit"] == ["steps"]


def test_the_depth_of_run_is_limited() -> None:
    flow = """
        flow down(n=0)

        start:
            if n < 1000:
                run down(n + 1):
                    on failed:
                        hangup
            return
    """
    assert Call(program(flow)).turn.wait == Hangup("limit-depth")


def test_the_turns_and_the_length_of_a_call_are_limited() -> None:
    forever = """
        flow forever

        start:
            menu tries=100:
                say "Press 1."
                when 1 -> start
                on failed:
                    hangup
    """
    call = Call(program(forever, config="[limits]\nturns = 20\n"))
    for number in range(19):
        call.take(Keys(BEGAN + number, "1"))
        assert isinstance(call.turn.wait, Listen)
    call.take(Keys(BEGAN + 20, "1"))
    assert call.turn.wait == Hangup("limit-turns")

    late = Call(program(forever))
    late.take(Keys(BEGAN + 4 * 3600 + 1, "1"))
    assert late.turn.wait == Hangup("limit-length")
    timed = Call(program(forever))
    timed.take(TimeUp(BEGAN + 4 * 3600))
    assert timed.turn.wait == Hangup("limit-length")


def test_a_text_that_is_too_long_is_a_limit() -> None:
    flow = """
        flow long

        start:
            say "{% for n in range(5000) %}{{ n }} {% endfor %}"
            hangup
    """
    assert Call(program(flow)).turn.wait == Hangup("limit-text")


SECRET = """
    flow secret:
        on failed:
            hangup

    start:
        gather pin digits=4 sensitive=true:
            say "PIN?"
        set copy = {"pin": pin}
        set right = pin == "1234"
        run check(copy.pin) as same
        fetch answer "https://api.example/login" method="POST" json={"pin": pin}:
            on failed:
                hangup
        log "right: {{ right }}, same: {{ same }}"
        hangup
"""
CHECK = """
    flow check(value)

    start:
        return value == "1234"
"""


def test_a_sensitive_value_is_in_no_entry_and_still_works() -> None:
    call = Call(program(SECRET, CHECK), "secret")
    assert isinstance(call.turn.wait, Listen)
    assert call.turn.wait.sensitive
    call.take(Keys(BEGAN + 1, "1234"))
    assert isinstance(call.turn.wait, Fetch)
    assert call.turn.wait.json == {"pin": "1234"}
    call.take(Fetched(BEGAN + 2, 200, None))
    assert [effect.text for effect in call.turn.effects if isinstance(effect, Log)] == ["right: true, same: true"]
    written = json.dumps([[e.kind, e.name, e.text, repr(e.data)] for turn in call.turns for e in turn.entries])
    assert "1234" not in written
    assert "\\u2022" in written


def test_a_menu_at_the_start_hears_words_and_keys_alike() -> None:
    flow = """
        flow words:
            on failed:
                hangup

        start:
            menu choice:
                say "Sales or support?"
                when 1, "sales"
                when 2, "support", "technical support"
            say "{{ choice }}"
            hangup
    """
    for event, expected in (
        (Keys(BEGAN, "1"), "sales"),
        (Speech(BEGAN, "Er, technical SUPPORT please!"), "support"),
        (Speech(BEGAN, "2"), "support"),
    ):
        call = Call(program(flow))
        call.take(event)
        assert call.said == [expected]


def test_reject_costs_nothing() -> None:
    flow = """
        flow closed

        start:
            reject "busy"
    """
    call = Call(program(flow))
    assert call.turn.commands == ()
    assert call.turn.wait == Reject("busy")


def test_a_flow_begins_with_its_arguments() -> None:
    flow = """
        flow greeting(name, times=2)

        start:
            say "Hello {{ name }}, {{ times }}."
            hangup
    """
    under_test = program(flow)
    facts = Call(program(MENU)).session.call
    with pytest.raises(machine.ArgumentsError, match="name"):
        machine.begin(under_test, "greeting", facts)
    with pytest.raises(machine.ArgumentsError, match="age"):
        machine.begin(under_test, "greeting", facts, {"name": "Ada", "age": 3})
    begun = machine.begin(under_test, "greeting", facts, {"name": "Ada"})
    _, turn = machine.step(under_test, begun, Started(BEGAN))
    assert turn is not None
    assert [entry.text for entry in turn.entries if entry.kind == "said"] == ["Hello Ada, 2."]


def test_a_session_of_another_layout_is_refused_by_name() -> None:
    data = json.loads(session.dump(Call(program(MENU)).session))
    assert session.load(json.dumps(data).encode()).call.id == "call-1"
    with pytest.raises(SessionVersionError, match=str(SPECIFICATION + 1)):
        session.load(json.dumps({**data, "spec": SPECIFICATION + 1}).encode())
    with pytest.raises(SessionVersionError):
        session.load(b"[]")


def test_a_value_that_doubles_is_stopped() -> None:
    flow = """
        flow doubling

        start:
            set a = {"text": "0123456789"}
            set n = 0
            -> again

        again:
            set a.left = a
            set a.right = a
            set n = n + 1
            if n < 200 -> again
            hangup
    """
    assert Call(program(flow)).turn.wait == Hangup("limit-text")


def test_a_key_in_a_queue_keeps_the_place_in_line() -> None:
    flow = """
        flow waiting

        start:
            queue "support" timeout=60s:
                say "You are number {{ queue.position }}. Press 1 for the hours, press 2 to leave a message."
                on press 1:
                    say "We are open from nine to five."
                on press 2 -> message
                on timeout -> message
            hangup

        message:
            record message:
                say "Speak."
            hangup
    """
    call = Call(program(flow))
    assert call.turn.wait == Enqueue("support", remaining=60, presses=("1", "2"))
    call.take(Waiting(BEGAN + 1, 3, 1))
    call.take(Keys(BEGAN + 2, "1"))
    assert call.said[0] == "We are open from nine to five."
    assert call.turn.wait == Enqueue("support", joined=True, remaining=59, presses=("1", "2"))
    call.take(Keys(BEGAN + 3, "2"))
    assert isinstance(call.turn.wait, Record)
    assert call.session.queue is None


def test_the_limit_of_a_text_holds_for_one_without_holes_too() -> None:
    flow = """
        flow long

        start:
            say "A sentence of more than twenty characters."
            hangup
    """
    assert Call(program(flow, config="[limits]\ntext = 20\n")).turn.wait == Hangup("limit-text")
