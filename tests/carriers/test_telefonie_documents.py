"""Turns as documents: every command and every wait, in both forms, whatever the texts hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from flowengine.carriers.telefonie.rendering import Links, hold, keys_wanted
from flowengine.core.commands import (
    Answer,
    Conference,
    Dial,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Listen,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Send,
    Wait,
)
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn
from flowengine.sandbox.documents.build import build
from flowengine.sandbox.documents.node import read
from tests.carriers.telefonie_calls import adapter, begun, elements, performed, tags, webhook

HELLO = Say("Hello", "en-US")
LISTEN = Listen(5, 3, True, "en-US", keys=("1", "2"), longest=1)
WAITS: list[tuple[Wait, list[str]]] = [
    (LISTEN, ["Gather", "Say"]),
    (Listen(5, 3, False, "en-US", longest=4, finish="#"), ["Say", "Gather"]),
    (Record(120, 5, "#", True, "en-US"), ["Say", "Record", "Redirect"]),
    (Dial(("+15551230001",), 30, "en-US"), ["Say", "Dial", "Number"]),
    (Dial(("sip:desk@acme.example",), 30, "en-US"), ["Say", "Dial", "Sip"]),
    (Dial(("queue:support",), 30, "en-US"), ["Say", "Dial", "Queue"]),
    (Conference("weekly", seats=10), ["Say", "Dial", "Conference"]),
    (Enqueue("support"), ["Say", "Enqueue"]),
    (Fetch("https://crm.example/"), ["Say", "Redirect"]),
    (Hangup(), ["Say", "Hangup"]),
    (Redirect("https://other.example/voice"), ["Say", "Redirect"]),
]


@pytest.mark.parametrize(("wait", "expected"), WAITS, ids=lambda value: type(value).__name__)
def test_each_wait(wait: Wait, expected: list[str]) -> None:
    _, document = performed(wait, Answer(), HELLO)
    assert tags(document) == expected


@pytest.mark.parametrize("wait", [wait for wait, _ in WAITS], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_the_embedded_carrier_reads_both_forms_alike(wait: Wait, form: str) -> None:
    telefonie = adapter(format=form)
    commands = (HELLO, Play("a b.wav", 2), Pause(1.5), Send("1w2#"))
    step = telefonie.perform(begun(telefonie), Turn(1, commands, wait), asked=True)
    reference = adapter().perform(begun(adapter()), Turn(1, commands, wait), asked=True)
    assert step.reply is not None
    assert reference.reply is not None
    told = build(read(step.reply.body.encode(), step.reply.content_type))
    assert told == build(read(reference.reply.body.encode(), "application/xml"))


def test_a_call_is_rejected_without_being_answered() -> None:
    _, document = performed(Reject("busy"))
    [reject] = elements(document)
    assert (reject.tag, reject.attrib) == ("Reject", {"reason": "busy"})


def test_nothing_is_asked_of_a_carrier_whose_caller_has_left() -> None:
    assert tags(performed(Gone())[1]) == []


def test_a_gather_says_how_its_input_ends() -> None:
    _, document = performed(Listen(5, 2, True, "de-DE", longest=6, finish="#", speech=True, hints=("ja", "nein")))
    [gather] = elements(document)
    attributes = {name: value for name, value in gather.attrib.items() if name != "action"}
    assert attributes == {
        "input": "dtmf speech",
        "numDigits": "6",
        "finishOnKey": "#",
        "timeout": "5",
        "interdigitTimeout": "2",
        "speechTimeout": "auto",
        "language": "de-DE",
        "hints": "ja,nein",
        "actionOnEmptyResult": "true",
        "method": "POST",
    }


@pytest.mark.parametrize(
    ("keys", "presses", "typed", "wanted"),
    [
        (("1", "2"), (), "", 1),
        (("1", "12"), (), "", 1),
        (("1", "12"), (), "1", 1),
        (("1000", "1001"), (), "", 1),
        (("1000", "1001"), (), "1", 1),
        (tuple(f"{number:03}" for number in range(1000)), (), "", 3),
        (tuple(f"{first}00" for first in range(10)), (), "", 2),
        (("1000", "1001"), ("0",), "", 1),
        (("0", "1000"), (), "1", 1),
    ],
)
def test_how_many_keys_a_menu_needs_before_it_is_asked(
    keys: tuple[str, ...], presses: tuple[str, ...], typed: str, wanted: int
) -> None:
    longest = max(map(len, keys))
    assert keys_wanted(Listen(5, 3, True, "en", keys=keys, longest=longest, presses=presses, typed=typed)) == wanted


def test_a_gather_of_any_length_has_no_count() -> None:
    assert keys_wanted(Listen(5, 3, True, "en", finish="#")) is None


def test_keys_that_wait_are_thrown_away_after_a_misfit() -> None:
    telefonie = adapter()
    missed = Entry("outcome", 0, "f", "s", 1, "nomatch")
    step = telefonie.perform(begun(telefonie), Turn(2, (HELLO,), LISTEN, (), (missed,), (None,)), asked=True)
    assert step.reply is not None
    assert elements(step.reply.body)[0].get("typeAhead") == "false"
    assert elements(performed(LISTEN, HELLO)[1])[0].get("typeAhead") is None


def test_a_whisper_asks_for_the_key_and_connects_only_with_it() -> None:
    telefonie = adapter()
    wait = Dial(("+15551230001",), 30, "en-US", whisper="A call for you", screen="1")
    memo, document = performed(wait, telefonie=telefonie)
    number = elements(document)[0][0]
    assert number.get("url", "").endswith("/1/whisper")
    asked = telefonie.receive(memo, webhook(memo, {}, what="whisper"))
    assert asked.reply is not None
    assert tags(asked.reply.body) == ["Gather", "Say", "Hangup"]
    refused = telefonie.receive(asked.memo, webhook(memo, {"digits": "2"}, what="screened"))
    assert refused.reply is not None
    assert tags(refused.reply.body) == ["Hangup"]
    accepted = telefonie.receive(asked.memo, webhook(memo, {"digits": "1"}, what="screened"))
    assert accepted.reply is not None
    assert tags(accepted.reply.body) == []


def test_links_carry_the_public_url_the_call_and_the_turn() -> None:
    telefonie = adapter("https://ivr.example.com/phone/")
    memo, document = performed(LISTEN, turn=7, telefonie=telefonie)
    assert elements(document)[0].get("action") == f"https://ivr.example.com/phone/telefonie/turn/{memo.token}/CA0123/7"


def test_the_memo_survives_a_restart() -> None:
    telefonie = adapter()
    for wait, _ in WAITS:
        memo, _ = performed(wait, HELLO, telefonie=telefonie)
        assert telefonie.load(telefonie.dump(memo)) == memo


# What a caller, a service or an author can put anywhere.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    ["</Say><Dial>+19005550000</Dial>", "]]>", "<!--", "&#0;", '"/><Hangup/>', "\x00\x1b", "\ud800", "￾", "<speak>"]
)


@given(text=ANYTHING, room=ANYTHING, hint=ANYTHING)
def test_no_text_adds_a_verb_or_breaks_the_document(text: str, room: str, hint: str) -> None:
    said = Say(text or "x", "en-US", voice=hint)
    listen = Listen(5, 3, True, "en-US", longest=1, speech=True, hints=(hint,))
    assert tags(performed(listen, said, Play(room))[1]) == ["Gather", "Say", "Play"]
    assert tags(performed(Conference(room or "x"), said)[1]) == ["Say", "Dial", "Conference"]
    whispered = Dial(("+15551230001",), 30, "en", whisper=text)
    assert tags(performed(whispered)[1]) == ["Dial", "Number"]
    in_json = performed(listen, said, telefonie=adapter(format="json"))[1]
    assert [list(action) for action in json.loads(in_json)["actions"]] == [["gather"]]


@given(text=ANYTHING)
def test_ssml_is_markup_only_when_it_is_well_formed(text: str) -> None:
    _, document = performed(Hangup(), Say(f"<speak>{text}</speak>", "en-US", ssml=True))
    assert elements(document)[-1].tag == "Hangup"


def test_ssml_stands_in_the_say() -> None:
    _, document = performed(Hangup(), Say('<speak>A <break time="1s"/>B &amp; C</speak>', "en-US", ssml=True))
    assert '<Say language="en-US">A <break time="1s" />B &amp; C</Say>' in document


def test_the_last_round_of_a_queue_ends_with_its_time() -> None:
    links = Links("", "t/CA1/2")
    wait = Enqueue("q", joined=True, remaining=5)
    assert [element.name for element in hold((), wait, links)] == ["Pause", "Redirect"]
    assert hold((), wait, links)[0].attributes == (("length", "5"),)
    assert hold((), wait, links)[1].text == links.to("wait")
    assert [element.name for element in hold((), replace(wait, remaining=60), links)] == ["Pause"]
    assert [element.name for element in hold((), replace(wait, presses=("1",)), links)] == ["Gather", "Redirect"]
    music = replace(wait, music="https://media.example/a.mp3")
    assert [element.name for element in hold((), music, links)] == ["Pause", "Redirect"]
    assert [element.name for element in hold((), replace(music, remaining=None), links)] == ["Play"]
