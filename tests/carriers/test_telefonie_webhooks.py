"""Webhooks as events: both vocabularies, every result, signatures, and what nobody may steer."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.carriers.contract import About, Ignored, Message, Opening, Refused, Timer
from flowengine.carriers.registry import CARRIERS, CarrierConfigError, offers
from flowengine.carriers.signature import problem, sign
from flowengine.carriers.telefonie import fields
from flowengine.core.commands import Conference, Dial, Enqueue, Listen, Record, Wait
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    HungUp,
    Keys,
    QueueLeft,
    Recorded,
    Silence,
    Speech,
    Waiting,
)
from flowengine.core.machine import Turn
from flowengine.verbs import all_verbs
from tests.carriers.telefonie_calls import CALL, adapter, begun, elements, event, performed, webhook

LISTEN = Listen(5, 3, True, "en", longest=4, finish="#")
DIAL = Dial(("+15551230001",), 30, "en")
SCREENED = Dial(("+15551230001",), 30, "en", screen="1")
ROOM = Conference("weekly", presses=("*",))
RESULTS: list[tuple[Wait, dict[str, str], str, Event]] = [
    (LISTEN, {"digits": "1234"}, "", Keys(2.0, "1234")),
    (LISTEN, {"digits": "12", "finished_on_key": "#"}, "", Keys(2.0, "12#")),
    (LISTEN, {"digits": "12"}, "", Keys(2.0, "12", final=True)),
    (LISTEN, {"digits": "", "finished_on_key": "#"}, "", Keys(2.0, "#")),
    (LISTEN, {"digits": "٣x"}, "", Silence(2.0)),
    (LISTEN, {"digits": ""}, "", Silence(2.0)),
    (LISTEN, {"speech": "sales please", "confidence": "0.9"}, "", Speech(2.0, "sales please")),
    (
        Record(60, 5, "#", True, "en"),
        {"recording_url": "https://r.example/1", "recording_duration": "7"},
        "",
        Recorded(2.0, "https://r.example/1", 7),
    ),
    (
        Record(60, 5, "#", True, "en"),
        {"recording_url": "https://r.example/1", "recording_duration": "7", "digits": "hangup"},
        "",
        Recorded(2.0, "https://r.example/1", 7, left=True),
    ),
    (Record(60, 5, "#", True, "en"), {}, "empty", Recorded(2.0, None, 0)),
    (DIAL, {"dial_call_status": "completed", "dial_call_duration": "20"}, "", Dialled(2.0, "completed", 20)),
    (DIAL, {"dial_call_status": "busy"}, "", Dialled(2.0, "busy")),
    (DIAL, {"dial_call_status": "no-answer"}, "", Dialled(2.0, "noanswer")),
    (DIAL, {"dial_call_status": "completed", "dial_bridged": "false"}, "", Dialled(2.0, "noanswer")),
    (DIAL, {"dial_call_status": "something new"}, "", Dialled(2.0, "failed")),
    (DIAL, {"dial_call_status": "canceled", "status": "completed"}, "", HungUp(2.0)),
    (DIAL, {"dial_call_status": "completed", "status": "completed"}, "", Dialled(2.0, "completed", left=True)),
    (ROOM, {"dial_call_status": "completed", "conference_result": "ended"}, "", ConferenceLeft(2.0, "ended")),
    (ROOM, {"dial_call_status": "failed", "conference_result": "full"}, "", ConferenceLeft(2.0, "full")),
    (ROOM, {"dial_call_status": "completed", "conference_result": "left"}, "", Keys(2.0, "*")),
    (ROOM, {"dial_call_status": "completed"}, "", ConferenceLeft(2.0, "ended")),
    (Enqueue("q"), {"queue_position": "2", "queue_time": "40"}, "wait", Waiting(2.0, 2, 40)),
    (Enqueue("q"), {"digits": "1"}, "press", Keys(2.0, "1")),
    (Enqueue("q"), {"queue_result": "bridged"}, "", QueueLeft(2.0, "answered")),
    (Enqueue("q"), {"queue_result": "queue-full"}, "", QueueLeft(2.0, "full")),
    (Enqueue("q"), {"queue_result": "error"}, "", QueueLeft(2.0, "failed")),
]


@pytest.mark.parametrize(("wait", "said", "what", "expected"), RESULTS)
def test_the_result_of_each_wait(wait: Wait, said: dict[str, str], what: str, expected: Event) -> None:
    assert event(wait, said, what) == expected


def test_both_vocabularies_say_the_same() -> None:
    twiml = {"CallSid": "CA1", "From": "+1555", "CallStatus": "in-progress", "Digits": "12", "FinishedOnKey": "#"}
    own = {"call_id": "CA1", "from": "+1555", "status": "in-progress", "digits": "12", "finished_on_key": "#"}
    assert fields.read(twiml) == own == fields.read(own)
    assert fields.read(
        {"SpeechResult": "yes", "RecordingUrl": "u", "DialCallStatus": "busy", "QueuePosition": "2"}
    ) == {
        "speech": "yes",
        "recording_url": "u",
        "dial_call_status": "busy",
        "queue_position": "2",
    }


def test_a_call_begins_with_its_facts() -> None:
    said = {
        "CallSid": CALL,
        "From": "Anonymous",
        "To": "+15551230000",
        "Direction": "outbound-api",
        "AnsweredBy": "machine_end_beep",
        "SipHeader_X-Account": "7",
        "arguments": '{"name": "Ada"}',
    }
    route = adapter().route(Message(("voice", "reminder"), said, 5.0))
    assert isinstance(route, Opening)
    facts = route.facts
    assert (facts.caller, facts.direction, facts.answered_by) == ("anonymous", "outbound", "machine")
    assert facts.headers == {"X-Account": "7"}
    assert (route.flow, route.arguments) == ("reminder", {"name": "Ada"})


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        (("voice",), {}, 400),
        (("voice", "f"), {"call_id": "x", "arguments": "[1]"}, 400),
        (("status",), {"status": "completed"}, 400),
        (("nowhere",), {"call_id": "x"}, 404),
        (("turn", "t", "c", "²"), {}, 404),
        (("turn", "t", "c", "1", "a", "b"), {}, 404),
    ],
)
def test_what_is_no_webhook_is_refused(path: tuple[str, ...], said: dict[str, str], status: int) -> None:
    route = adapter().route(Message(path, said, 1.0))
    assert isinstance(route, Refused)
    assert route.status == status


def test_nobody_steers_a_call_without_its_token() -> None:
    telefonie = adapter()
    memo, _ = performed(LISTEN, telefonie=telefonie)
    step = telefonie.receive(memo, Message(("turn", "0" * 24, CALL, "1"), {"digits": "1"}, 2.0))
    assert step.event is None
    assert step.reply is not None
    assert step.reply.status == 403


def test_an_event_for_a_turn_that_is_over_gets_the_present_document() -> None:
    telefonie = adapter()
    memo, document = performed(LISTEN, turn=3, telefonie=telefonie)
    step = telefonie.receive(memo, webhook(memo, {"digits": "1234"}, turn=2))
    assert step.event is None
    assert step.reply is not None
    assert step.reply.body == document


def test_a_repeat_has_the_key_of_the_first() -> None:
    telefonie = adapter()
    memo, _ = performed(LISTEN, telefonie=telefonie)
    first = telefonie.route(webhook(memo, {"digits": "12", "speech": ""}))
    again = telefonie.route(webhook(memo, {"speech": "", "digits": "12", "timestamp": "later"}, at=900.0))
    other = telefonie.route(webhook(memo, {"digits": "13", "speech": ""}))
    assert isinstance(first, About)
    assert first == again != other


def test_a_status_that_is_not_final_is_only_answered() -> None:
    assert adapter().route(Message(("status",), {"call_id": CALL, "status": "ringing"}, 1.0)) == Ignored()


@given(st.permutations(["completed", "busy", "failed", "completed", "canceled"]))
def test_a_final_status_ends_the_call_once(statuses: list[str]) -> None:
    telefonie = adapter()
    memo, _ = performed(LISTEN, telefonie=telefonie)
    events = []
    for status in statuses:
        step = telefonie.receive(memo, Message(("status",), {"call_id": CALL, "status": status}, 3.0))
        memo = step.memo
        events.append(step.event)
    assert events == [HungUp(3.0), None, None, None, None]
    assert memo.status == statuses[0]


def test_a_recording_may_come_after_the_news_that_the_call_is_over() -> None:
    telefonie = adapter()
    memo, _ = performed(Record(60, 5, "#", True, "en"), telefonie=telefonie)
    over = telefonie.receive(memo, Message(("status",), {"call_id": CALL, "status": "completed"}, 3.0))
    assert over.event is None
    assert any(isinstance(output, Timer) for output in over.outputs)
    said = {"recording_url": "https://r.example/1", "recording_duration": "4", "digits": "hangup"}
    result = telefonie.receive(over.memo, webhook(memo, said))
    assert result.event == Recorded(2.0, "https://r.example/1", 4, left=True)
    assert telefonie.receive(over.memo, Message(("timer", "left"), {}, 6.0)).event == HungUp(6.0)


def test_a_screened_call_without_its_key_is_declined() -> None:
    telefonie = adapter()
    memo, _ = performed(SCREENED, telefonie=telefonie)
    asked = telefonie.receive(memo, webhook(memo, {}, what="whisper"))
    result = telefonie.receive(asked.memo, webhook(memo, {"dial_call_status": "no-answer"}))
    assert result.event == Dialled(2.0, "declined")
    unanswered = telefonie.receive(memo, webhook(memo, {"dial_call_status": "no-answer"}))
    assert unanswered.event == Dialled(2.0, "noanswer")


def test_a_queue_is_left_before_the_flow_goes_on() -> None:
    telefonie = adapter()
    memo, document = performed(Enqueue("q", presses=("1",)), telefonie=telefonie)
    assert elements(document)[0].get("waitUrl", "").endswith("/1/wait")
    waiting = telefonie.receive(memo, webhook(memo, {"queue_time": "0"}, what="wait"))
    held = telefonie.perform(waiting.memo, Turn(2, (), Enqueue("q", joined=True, presses=("1",))), asked=True)
    assert held.reply is not None
    assert elements(held.reply.body)[0].get("action", "").endswith("/1/press")
    pressed = telefonie.receive(held.memo, webhook(memo, {"digits": "1"}, what="press"))
    left = telefonie.perform(pressed.memo, Turn(3, (), LISTEN), asked=True)
    assert left.reply is not None
    assert [element.tag for element in elements(left.reply.body)] == ["Leave"]
    after = telefonie.receive(left.memo, webhook(memo, {"queue_result": "leave"}))
    assert after.event is None
    assert after.reply is not None
    assert [element.tag for element in elements(after.reply.body)] == ["Gather"]


def test_patience_comes_back_with_the_same_words() -> None:
    telefonie = adapter()
    memo = begun(telefonie)
    memo, _ = performed(LISTEN, telefonie=telefonie)
    asked = webhook(memo, {"Digits": "1#"})
    url = elements(telefonie.patience(asked).body)[1].text or ""
    where, _, query = url.partition("?")
    assert where == f"/telefonie/turn/{memo.token}/{CALL}/1"
    again = telefonie.receive(memo, webhook(memo, dict(parse_qsl(query))))
    assert again.event == telefonie.receive(memo, asked).event == Keys(2.0, "1#", final=True)


# ---------------------------------------------------------------------------------------------------------- signatures

VECTOR = {
    "secret": "whsec_test_sms_voip",
    "at": 1768248900,
    "body": '{"event":"delivery_report","message_id":"msg_123","status":"delivered",'
    '"delivered_at":"2026-01-12T20:15:00Z","cost":0.006}',
    "value": "t=1768248900,v1=1725252f4bc84cfdbc1b193c310edcd2a7b22804171bbaaef682cd488a06a0c6",
}


def test_the_known_signature() -> None:
    assert sign(VECTOR["secret"], VECTOR["at"], VECTOR["body"].encode()) == VECTOR["value"]
    assert problem(VECTOR["value"], VECTOR["body"].encode(), ("old", VECTOR["secret"]), VECTOR["at"] + 299) is None


@given(st.integers(0, len(VECTOR["value"]) - 1), st.characters(codec="ascii"))
def test_any_other_signature_is_refused(place: int, letter: str) -> None:
    value = VECTOR["value"][:place] + letter + VECTOR["value"][place + 1 :]
    if value != VECTOR["value"]:
        assert problem(value, VECTOR["body"].encode(), (VECTOR["secret"],), VECTOR["at"]) is not None


@pytest.mark.parametrize("header", [None, "", "t=1", "v1=ab", "t=x,v1=ab", "t=1,t=2,v1=ab", "v1=,t=1"])
def test_what_is_no_signature_is_refused(header: str | None) -> None:
    assert problem(header, b"", ("secret",), 1.0) is not None


def test_a_replay_and_an_empty_secret_are_refused() -> None:
    assert problem(VECTOR["value"], VECTOR["body"].encode(), (VECTOR["secret"],), VECTOR["at"] + 301) is not None
    assert problem(sign("", 1, b"x"), b"x", ("",), 1.0) is not None


def test_where_a_secret_is_set_only_signed_webhooks_count() -> None:
    telefonie = adapter(webhook_secret="s3cret")
    body = b"call_id=CA1"
    message = Message(("voice",), {"call_id": "CA1"}, 1000.0, body=body)
    assert isinstance(telefonie.route(message), Refused)
    signed = Message(
        ("voice",), {"call_id": "CA1"}, 1000.0, headers={"x-signature": sign("s3cret", 1000, body)}, body=body
    )
    assert isinstance(telefonie.route(signed), Opening)


# --------------------------------------------------------------------------------------------------------- the registry


@pytest.mark.parametrize("offer", CARRIERS, ids=lambda offer: offer.name)
def test_every_verb_has_its_word_from_every_carrier_that_runs_flows(offer) -> None:
    assert offer.capabilities.runs_flows
    assert [name for name in all_verbs() if name not in offer.capabilities.of] == []
    for name, ability in offer.capabilities.of.items():
        # Beside verbs, what a flow can read of the call.
        assert name.partition(".")[0].partition(":")[0] in {*all_verbs(), "call"}
        assert ability.note or ability.level == "full", name


def test_a_carrier_is_set_up_with_keys_that_it_knows() -> None:
    with pytest.raises(CarrierConfigError, match=r"carriers\.telefonie\.api_kye"):
        offers()["telefonie"].connect({"api_kye": "x"}, b"", "")
