"""What VoIPBIN's adapter makes of turns and messages, value by value."""

import hmac
import json
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from flowengine.carriers.contract import About, Ignored, Message, Opening, Refused, Request
from flowengine.carriers.voipbin.actions import DIGITS, Action, longest_path
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.memo import Memo
from flowengine.carriers.voipbin.signature import problem, sign
from flowengine.core.commands import (
    Answer,
    Conference,
    Dial,
    Hangup,
    Listen,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)
from flowengine.core.events import ConferenceLeft, Dialled, Failed, HungUp, Keys, Recorded, Silence
from flowengine.core.journal import Entry
from flowengine.core.machine import Turn

CALL = "593555d2-787e-4b06-862f-407bb2e43be1"
BASE = "https://ivr.example"
CARRIER = Voipbin(VoipbinConfig(token="secret"), b"key", BASE)
MENU = Listen(timeout=5, interdigit=3, bargein=True, language="en-US", keys=("1", "2"))
GATHER = Listen(timeout=5, interdigit=3, bargein=True, language="en-US", longest=20, finish="#")
HELLO = Say("Hello", "en-US")


def opened(query: str = "direction=incoming&to=+15551230000&from=+15557650001") -> Opening:
    target = f"/voipbin/voice/secret?{query}"
    fields = {"reference_id": CALL, "activeflow_id": "a"}
    found = CARRIER.route(Message(("voice", "secret"), fields, 1.0, target=target))
    assert isinstance(found, Opening)
    return found


def performed(
    *commands: Any, wait: Any, memo: Memo | None = None, number: int = 1
) -> tuple[Memo, list[dict[str, Any]]]:
    step = CARRIER.perform(memo or CARRIER.open(opened()), Turn(number, commands, wait), asked=True)
    assert step.reply is not None
    return step.memo, json.loads(step.reply.body)


def types(actions: list[dict[str, Any]]) -> list[str]:
    return [action["type"] for action in actions]


def result(memo: Memo, what: str, turn: int = 1, at: float = 9.0, **fields: str) -> Any:
    return CARRIER.receive(memo, Message(("turn", memo.token, CALL, str(turn), what), fields, at))


def event(kind: str, **data: Any) -> Message:
    body = json.dumps({"type": kind, "data": data}).encode()
    return Message(("events",), {"type": kind, "data": json.dumps(data)}, 5.0, body=body)


def test_the_first_fetch_tells_who_calls() -> None:
    facts = opened().facts
    assert (facts.id, facts.caller, facts.called, facts.direction) == (CALL, "+15557650001", "+15551230000", "inbound")
    assert opened("direction=outgoing&to=+1555&from=anonymous").facts.caller == "anonymous"


def test_a_caller_chooses_nothing_but_the_own_name() -> None:
    facts = opened("direction=incoming&to=+15551230000&from=x&to=+1900&direction=outgoing").facts
    assert (facts.called, facts.direction) == ("+15551230000", "inbound")


@pytest.mark.parametrize("token", ["", "open", "secre", "secrets"])
def test_who_does_not_know_the_token_begins_no_call(token: str) -> None:
    found = CARRIER.route(Message(("voice", token), {"reference_id": CALL}, 1.0))
    assert found == Refused(403, "the token in the URL is wrong")


def test_every_action_has_an_id_of_its_own_and_a_repeat_the_same() -> None:
    _, first = performed(Answer(), HELLO, wait=MENU)
    _, again = performed(Answer(), HELLO, wait=MENU)
    assert first == again
    assert len({action["id"] for action in first}) == len(first)


def test_keys_are_copied_before_the_fetch_and_the_buffer_is_emptied() -> None:
    memo, actions = performed(Answer(), HELLO, wait=MENU)
    assert types(actions) == ["answer", "talk", "digits_receive", "variable_set", "variable_set", "fetch"]
    assert actions[1]["option"]["digits_handle"] == "next"
    assert actions[3]["option"] == {"key": "flowengine.keys", "value": f"${{{DIGITS}}}"}
    assert actions[4]["option"] == {"key": DIGITS, "value": ""}
    url = actions[5]["option"]["event_url"]
    assert url == f"{BASE}/voipbin/turn/{memo.token}/{CALL}/1/keys?d=${{flowengine.keys}}&e=1"


def test_prompts_of_one_voice_are_one_talk_and_a_file_is_skipped_after_a_key() -> None:
    commands = (HELLO, Pause(1.5), Say("a < b", "en-US"), Play("tone.wav"))
    _, actions = performed(*commands, wait=MENU)
    assert types(actions)[:4] == ["talk", "condition_variable", "play", "digits_receive"]
    assert actions[0]["option"]["text"] == '<speak>Hello <break time="1500ms"/> a &lt; b</speak>'
    assert actions[1]["option"]["false_target_id"] == actions[3]["id"]
    assert actions[2]["option"]["stream_urls"] == [f"{BASE}/media/tone.wav"]


def test_a_gather_finds_silence_by_its_first_key() -> None:
    wait = Listen(timeout=5, interdigit=3, bargein=True, language="en-US", longest=6, shortest=6, finish="#")
    _, actions = performed(wait=wait)
    receives = [action["option"] for action in actions if action["type"] == "digits_receive"]
    assert receives == [
        {"duration": 5000, "key": "", "length": 1},
        {"duration": 15000, "key": "#", "length": 6},
    ]


def test_results_of_listening() -> None:
    memo, _ = performed(HELLO, wait=MENU)
    assert result(memo, "keys", d="2", e="1").event == Keys(9.0, "2")
    assert result(memo, "keys", d="", e="1").event == Silence(9.0)
    assert result(memo, "keys", d="").event == Keys(9.0, "#")
    assert result(memo, "keys", d="٣<>", e="1").event == Silence(9.0)
    assert result(memo, "keys", turn=7, d="2", e="1").event is None


def test_what_was_typed_after_a_pound_key_is_asked_for_by_the_next_input() -> None:
    memo, _ = performed(wait=GATHER)
    step = result(memo, "keys", d="1357")
    assert step.event == Keys(9.0, "1357#")
    memo, actions = performed(HELLO, wait=MENU, memo=step.memo, number=2)
    assert types(actions)[0] == "condition_variable"
    assert actions[0]["option"]["value_string"] == "1357#"
    late = next(place for place, one in enumerate(actions) if one["id"] == actions[0]["option"]["false_target_id"])
    assert types(actions[late:]) == ["webhook_send", "sleep", "fetch"]
    assert json.loads(actions[late]["option"]["data"]) == {"d": "${flowengine.keys}"}
    waiting = result(memo, "rest", turn=2)
    assert waiting.event is None
    assert types(json.loads(waiting.reply.body)) == ["sleep", "fetch"]
    told = result(waiting.memo, "late", turn=2, d="1357#2")
    assert (told.event, told.reply.status) == (None, 204)
    assert result(told.memo, "rest", turn=2).event == Keys(9.0, "2")


def test_a_rest_that_never_comes_is_silence() -> None:
    memo, _ = performed(wait=MENU, memo=result(performed(wait=GATHER)[0], "keys", d="1357").memo, number=2)
    events = []
    for _ in range(6):
        step = result(memo, "rest", turn=2)
        memo, events = step.memo, [*events, step.event]
    assert [one for one in events if one] == [Silence(9.0), Silence(9.0)]


def test_a_misfit_throws_away_what_was_typed_after_it() -> None:
    memo = result(performed(wait=GATHER)[0], "keys", d="1357").memo
    missed = Entry("outcome", 9.0, "flow", "step", 1, "nomatch")
    step = CARRIER.perform(memo, Turn(2, (HELLO,), MENU, entries=(missed,), heard=(None,)), asked=True)
    assert "webhook_send" not in step.reply.body


def test_each_key_that_may_be_the_last_is_waited_for_by_itself() -> None:
    _, actions = performed(wait=replace(GATHER, shortest=4, longest=6))
    receives = [action["option"] for action in actions if action["type"] == "digits_receive"]
    assert [(one["length"], one["duration"]) for one in receives] == [(1, 5000), (4, 9000), (5, 3000), (6, 3000)]


def test_a_wrong_token_changes_nothing() -> None:
    memo, _ = performed(HELLO, wait=MENU)
    step = CARRIER.receive(memo, Message(("turn", "wrong", CALL, "1", "keys"), {"d": "1"}, 1.0))
    assert (step.event, step.memo, step.reply.status) == (None, memo, 403)


def test_the_end_of_actions_is_told_to_the_flow_before_it_comes() -> None:
    memo = CARRIER.open(opened())
    turn = 0
    while True:
        turn += 1
        memo, actions = performed(HELLO, wait=MENU, memo=memo, number=turn)
        if types(actions) == ["fetch"]:
            break
        memo = result(memo, "keys", turn=turn, d="1").memo
    assert 12 <= turn <= 25
    told = result(memo, "refused", turn=turn).event
    assert isinstance(told, Failed)
    assert "100 actions" in told.reason
    _, last = performed(Say("Goodbye", "en-US"), wait=Hangup("error"), memo=memo, number=turn + 1)
    assert types(last) == ["talk", "hangup"]
    assert memo.spent + 2 <= 100


def test_what_it_cannot_do_is_an_error_of_the_flow() -> None:
    for wait in (
        Redirect("https://other.example/"),
        Conference("team", seats=3),
        Dial(("queue:support",), 30, "en-US"),
    ):
        memo, actions = performed(wait=wait)
        assert types(actions) == ["fetch"]
        assert memo.refused
        if not isinstance(wait, Redirect):
            assert result(memo, "refused").event == Failed(9.0, memo.refused)


def test_a_transfer_and_what_its_webhooks_tell() -> None:
    memo, actions = performed(wait=Dial(("+15551230001", "sip:bob@acme.example"), 20, "en-US"))
    assert types(actions) == ["connect", "variable_set", "fetch"]
    assert actions[0]["option"] == {
        "source": {"type": "tel", "target": "+15551230000"},
        "destinations": [{"type": "tel", "target": "+15551230001"}, {"type": "sip", "target": "bob@acme.example"}],
    }
    waiting = result(memo, "result")
    assert waiting.event is None
    assert types(json.loads(waiting.reply.body)) == ["sleep", "fetch"]
    far = {"id": "f1", "master_call_id": CALL, "status": "hangup"}
    busy = CARRIER.receive(memo, event("call_hangup", **far, hangup_reason="busy")).memo
    assert result(busy, "result").event is None  # the other one still rings
    other = far | {"id": "f2", "hangup_reason": "normal", "tm_progressing": "2026-01-05 12:00:00.000000"}
    spoken = CARRIER.receive(busy, event("call_hangup", **other, tm_hangup="2026-01-05T12:00:30Z")).memo
    assert result(spoken, "result").event == Dialled(9.0, "completed", 30.0)


def test_a_transfer_of_which_nothing_is_told_has_failed() -> None:
    memo, _ = performed(wait=Dial(("+15551230001",), 20, "en-US"))
    for _ in range(4):
        memo = result(memo, "result").memo
    assert result(memo, "result").event == Dialled(9.0, "failed")


SCREENED = Dial(("+15551230001", "+15551230002"), 20, "en-US", whisper="A call for you. Press 1.", screen="1")


def far(kind: str, name: str, **data: Any) -> Message:
    return event(f"call_{kind}", id=name, master_call_id=CALL, **data)


def asks(memo: Memo, what: str, leg: str, **fields: str) -> tuple[Memo, list[dict[str, Any]], list[tuple[str, str]]]:
    """A called party asks: what is known then, its actions, and the requests beside them."""
    step = result(memo, what, reference_id=leg, **fields)
    assert step.event is None
    requests = [(one.method, one.path) for one in step.outputs if isinstance(one, Request)]
    return step.memo, json.loads(step.reply.body), requests


def screening() -> tuple[Memo, str]:
    """A transfer with a screening key, both parties on the phone, and the id of the room."""
    step = CARRIER.perform(CARRIER.open(opened()), Turn(1, (), SCREENED), asked=True)
    actions = json.loads(step.reply.body)
    assert types(actions) == ["sleep", "call", "conference_join", "variable_set", "fetch"]
    room = actions[2]["option"]["conference_id"]
    assert [one.json["id"] for one in step.outputs if isinstance(one, Request)] == [room]
    assert actions[1]["option"]["chained"] is True
    assert types(actions[1]["option"]["actions"]) == ["fetch"]
    memo = step.memo
    for name in ("f1", "f2"):
        memo = CARRIER.receive(memo, far("progressing", name, status="progressing")).memo
    joined = event("conferencecall_joined", id="m1", reference_type="call", reference_id=CALL, status="joined")
    assert CARRIER.route(joined) == About(CALL, wants_document=False)
    return CARRIER.receive(memo, joined).memo, room


def test_who_presses_the_key_first_meets_the_caller_in_a_room() -> None:
    memo, room = screening()
    memo, heard, _ = asks(memo, "far", "f1")
    assert types(heard) == ["talk", "digits_receive", "variable_set", "fetch"]
    assert heard[0]["option"]["text"] == "A call for you. Press 1."
    memo, wrong, requests = asks(memo, "screened", "f2", d="2", e="1")
    assert (types(wrong), requests) == (["hangup"], [])
    memo, right, requests = asks(memo, "screened", "f1", d="1", e="1")
    assert types(right) == ["conference_join", "hangup"]
    assert right[0]["option"]["conference_id"] == room
    assert requests == [("POST", "/calls/f2/hangup")]
    assert types(asks(memo, "screened", "f2", d="1", e="1")[1]) == ["hangup"]
    gone = CARRIER.receive(memo, far("hangup", "f1", status="hangup", hangup_reason="normal"))
    assert [(one.method, one.path) for one in gone.outputs if isinstance(one, Request)] == [
        ("DELETE", "/conferencecalls/m1")
    ]
    again = CARRIER.receive(gone.memo, far("hangup", "f1", status="hangup", hangup_reason="normal"))
    assert not [one for one in again.outputs if isinstance(one, Request)]
    assert result(gone.memo, "result").event == Dialled(9.0, "completed", 0.0)
    after = CARRIER.perform(gone.memo, Turn(2, (), Hangup("flow")), asked=True)
    assert [(one.method, one.path) for one in after.outputs if isinstance(one, Request)] == [
        ("DELETE", f"/conferences/{room}")
    ]


def test_nobody_who_presses_the_key_is_a_transfer_declined() -> None:
    memo, _ = screening()
    for name, kicked in (("f1", 0), ("f2", 1)):
        step = CARRIER.receive(memo, far("hangup", name, status="hangup", hangup_reason="normal"))
        memo = step.memo
        assert len([one for one in step.outputs if isinstance(one, Request)]) == kicked
    assert result(memo, "result").event == Dialled(9.0, "declined")


def test_what_still_rings_is_hung_up_and_what_is_asked_for_its_key_is_not() -> None:
    memo, _ = screening()
    memo = CARRIER.receive(memo, far("ringing", "f3", status="ringing")).memo
    step = CARRIER.receive(memo, Message(("timer", "ring 1"), {}, 30.0))
    assert [one.path for one in step.outputs if isinstance(one, Request)] == ["/calls/f3/hangup"]


def test_a_called_party_of_a_turn_that_is_over_is_hung_up() -> None:
    memo, _ = screening()
    memo, _ = performed(HELLO, wait=MENU, memo=memo, number=2)
    assert types(asks(memo, "far", "f1")[1]) == ["hangup"]


def test_a_recording() -> None:
    wait = Record(longest=60, silence=5, finish="#", beep=True, language="en-US")
    memo, actions = performed(HELLO, wait=wait)
    assert types(actions)[:4] == ["talk", "variable_set", "recording_start", "digits_receive"]
    assert types(actions)[-3:] == ["recording_stop", "variable_set", "fetch"]
    assert result(memo, "poll").event is None
    taped = event(
        "recording_finished",
        id="r1",
        reference_type="call",
        reference_id=CALL,
        tm_start="2026-01-05T12:00:00Z",
        tm_end="2026-01-05T12:00:09Z",
    )
    after = CARRIER.receive(memo, taped).memo
    url = "https://api.voipbin.net/v1.0/recordingfiles/r1"
    assert result(after, "result").event == Recorded(9.0, url, 9.0)
    assert result(after, "poll").event == Recorded(9.0, url, 4.0)


def test_a_conference_is_made_when_it_is_first_entered() -> None:
    step = CARRIER.perform(CARRIER.open(opened()), Turn(1, (), Conference("team", muted=True)), asked=True)
    [made, muted] = [output for output in step.outputs if isinstance(output, Request)]
    assert (made.method, made.path, made.again) == ("POST", "/conferences", True)
    assert (muted.method, muted.path) == ("POST", f"/calls/{CALL}/mute")
    joins = [action for action in json.loads(step.reply.body) if action["type"] == "conference_join"]
    assert joins[0]["option"] == {"conference_id": made.json["id"]}
    assert result(step.memo, "result").event == ConferenceLeft(9.0, "ended")


def test_refusing_a_call_does_not_answer_it() -> None:
    assert performed(wait=Reject("busy"))[1][0]["option"] == {"reason": "busy"}


def test_a_hangup_comes_by_webhook() -> None:
    memo, _ = performed(HELLO, wait=MENU)
    gone = event("call_hangup", id=CALL, status="hangup", hangup_reason="normal")
    assert CARRIER.route(gone) == About(CALL, wants_document=False)
    step = CARRIER.receive(memo, gone)
    assert step.event == HungUp(5.0)
    assert CARRIER.receive(step.memo, gone).event is None


def test_events_of_others_are_let_pass() -> None:
    assert isinstance(CARRIER.route(event("message_created", id="m")), Ignored)
    assert isinstance(CARRIER.route(event("something_new", id="m", more=[1])), Ignored)


def test_what_a_query_says_is_no_news_of_a_call() -> None:
    memo, _ = performed(HELLO, wait=MENU)
    ringing = event("call_updated", id=CALL, status="ringing")
    hangup = {"type": "call_hangup", "data": json.dumps({"id": CALL, "status": "hangup"})}
    asked = Message(("events",), {**hangup, **ringing.fields}, 5.0, body=ringing.body, of_body={"type": "call_updated"})
    assert isinstance(CARRIER.route(asked), Refused)
    assert CARRIER.receive(memo, replace(asked, of_body=ringing.fields, fields=hangup)).event is None


@pytest.mark.parametrize("levels", [32, 980, 20_000])
def test_arguments_are_not_nested_without_end(levels: int) -> None:
    deep = quote('{"name":' + "[" * levels + "]" * levels + "}")
    target = f"/voipbin/voice/secret/menu?arguments={deep}&from=+15557650001"
    route = CARRIER.route(Message(("voice", "secret", "menu"), {"reference_id": CALL}, 1.0, target=target))
    assert isinstance(route, Refused)
    assert route.status == 400


@pytest.mark.parametrize("base", [b"", b"not json"])
def test_a_webhook_that_is_none_is_refused(base: bytes) -> None:
    assert CARRIER.route(Message(("events",), {"type": "call_hangup"}, 1.0, body=base)).status == 400


SIGNED = {"id": "593555d2-787e-4b06-862f-407bb2e43be1", "status": "hangup", "hangup_reason": "normal"}
VECTOR = (
    "voipbin-webhook-secret-32-bytes!",
    json.dumps({"type": "call_hangup", "data": SIGNED}, separators=(",", ":")).encode(),
    "sha256=c68bb3f94dcf9777d9a9a39a855a410cd1456f0cf310aa20d00d2bacbe50e960",
)


def test_the_signature_is_the_known_one() -> None:
    secret, body, header = VECTOR
    assert hmac.compare_digest(sign(secret, body), header)
    assert problem(header, body, ("old", secret), "required") is None


def test_no_mutation_of_it_is_taken() -> None:
    secret, body, header = VECTOR
    for place in range(len(header)):
        assert problem(header[:place] + "x" + header[place + 1 :], body, (secret,), "required") is not None
        assert problem(header[:place], body, (secret,), "required") is not None
    for place in range(len(body)):
        assert problem(header, body[:place] + b"?" + body[place + 1 :], (secret,), "present") is not None
    assert problem(None, body, (secret,), "required") is not None
    assert problem(None, body, (secret,), "present") is None


def test_a_loop_has_no_longest_path() -> None:
    loop = [Action("a", "talk"), Action("b", "goto", {"target_id": "a"})]
    assert longest_path(loop) is None
    assert longest_path(loop[:1]) == 1
