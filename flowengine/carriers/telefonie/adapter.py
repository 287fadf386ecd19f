"""The adapter: webhooks to events, turns to documents.

path below /telefonie/                what it is
voice, voice/FLOW                     a call begins, or is sent to a flow
turn/TOKEN/CALL/TURN                  the result of what the document of that turn ended in
turn/TOKEN/CALL/TURN/empty            a recording in which nothing was said
turn/TOKEN/CALL/TURN/poll             is the answer to the fetch there?
turn/TOKEN/CALL/TURN/wait, …/press    a round of waiting in a queue; a key in it
turn/TOKEN/CALL/TURN/music            the music of a conference's waiting room
turn/TOKEN/CALL/TURN/whisper          what the called party hears; …/screened: the key that they pressed
turn/TOKEN/CALL/now                   the present document, for a call that we redirect
status                                the call's state
fallback                              a document of ours could not be had
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, assert_never
from urllib.parse import quote, urlencode

import msgspec

from flowengine.carriers.contract import (
    About,
    Capabilities,
    Ignored,
    Message,
    Opening,
    Output,
    Refused,
    Reply,
    Request,
    Route,
    Step,
    Timer,
)
from flowengine.carriers.signature import problem
from flowengine.carriers.telefonie import fields as vocabulary
from flowengine.carriers.telefonie import json_form, rendering, twiml
from flowengine.carriers.telefonie.capabilities import CAPABILITIES
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.document import Element
from flowengine.carriers.telefonie.memo import Memo, Pending
from flowengine.carriers.telefonie.rendering import Links, place
from flowengine.carriers.telefonie.sealing import seal, unseal
from flowengine.carriers.telefonie.skeletons import Skeletons
from flowengine.core.commands import Conference, Dial, Enqueue, Fetch, Gone, Listen, Record, SendText
from flowengine.core.data import decode
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
from flowengine.core.session import Facts

GRACE = 3.0
"""Seconds that the result of a recording or a dial may come after the news that the call is over."""

_FORMS = {"xml": (twiml.render, twiml.CONTENT_TYPE), "json": (json_form.render, json_form.CONTENT_TYPE)}
_DIAL_OUTCOMES = {
    "completed": "completed",
    "answered": "completed",
    "busy": "busy",
    "no-answer": "noanswer",
    "failed": "failed",
    "canceled": "noanswer",
}
_EVENT_FIELDS = (
    "digits",
    "speech",
    "finished_on_key",
    "recording_url",
    "recording_duration",
    "transcription_text",
    "dial_call_status",
    "dial_call_duration",
    "dial_bridged",
    "conference_result",
    "queue_result",
    "queue_time",
    "queue_position",
)
# What the called party does has the id of their own call.
_OF_CALLED = ("whisper", "screened")
# Among the fields that we seal: the URL of an opening was signed. No carrier has a field of that name.
_PROVEN = "=url"
_OPENING_FIELDS = ("arguments", "status", _PROVEN)
_SEALED = "s"
_NO_DOCUMENT = Reply(status=204)
_encode = msgspec.json.Encoder().encode


class Telefonie:
    """The carrier, as `contract.Carrier` describes it.

    `base` is what URLs in documents begin with: the public URL of this server, or empty, and then the carrier resolves
    them against the document's own. `key` makes the tokens of the calls; the same in every worker, and kept.
    """

    name = "telefonie"

    def __init__(self, config: TelefonieConfig, key: bytes, base: str = "", grace: float = GRACE) -> None:
        self._config = config
        self._secrets = config.secrets
        self._header = config.signature_header.lower()
        self._key = key
        self._base = base.rstrip("/")
        self._grace = grace
        self._render, self._content_type = _FORMS[config.format]
        self._skeletons = Skeletons(self._render, self._base, key)
        self._decoder = msgspec.json.Decoder(Memo)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # ----------------------------------------------------------------------------------------- which call it is about

    def route(self, message: Message) -> Route:
        if self._secrets:
            signed = message.body or message.target.encode()
            found = problem(message.headers.get(self._header), signed, self._secrets, message.at)
            if found is not None:
                return Refused(403, found)
        match message.path:
            case ("voice",):
                return self._opening(message, None)
            case ("voice", flow):
                return self._opening(message, flow)
            case ("turn", _, call, "now"):
                return About(call)
            case ("turn", _, call, turn) | ("turn", _, call, turn, _) if (
                turn.isascii() and turn.isdigit() and len(turn) < 10
            ):
                if self._secrets and message.body and message.path[-1] not in _OF_CALLED:
                    sent = self._sent(message)
                    # Under this name nearly always, and then the other one does not count: 1 µs less.
                    about = sent.get("call_id") or vocabulary.read(sent).get("call_id", call)
                    if about != call:
                        return Refused(403, "the request is about another call")
                return About(call, _key(message, message.path[3:]))
            case ("status",) | ("fallback",):
                fields = self._fields(message)
                call = fields.get("call_id", "")
                if not call:
                    return Refused(400, "the request names no call")
                if message.path[0] == "status" and not _is_final(fields):
                    return Ignored()
                return About(call, wants_document=message.path[0] == "fallback")
        return Refused(404, "there is no such webhook")

    def _opening(self, message: Message, flow: str | None) -> Route:
        fields = self._fields(message)
        call = fields.get("call_id", "")
        if not call or len(call) > 200:
            return Refused(400, "the request names no call")
        # The signature of a body says nothing about the URL: whoever has seen one can send it to any of ours.
        proven = not self._secrets or not message.body or _PROVEN in fields
        if not proven and "arguments" in message.fields and "arguments" not in fields:
            return Refused(403, "arguments in a URL count only where the URL is signed: let it be asked for by GET")
        if not proven and _is_final(fields):
            return Refused(403, "a call that is over does not begin")
        try:
            arguments = decode(fields.get("arguments", "{}"))
        except ValueError as error:
            return Refused(400, f"the arguments cannot be taken: {error}")
        if not isinstance(arguments, dict):
            return Refused(400, "arguments is not a JSON object")
        facts = Facts(
            id=call,
            caller=vocabulary.number(fields.get("from", "")),
            called=fields.get("to", "").strip(),
            direction=vocabulary.direction(fields.get("direction", "inbound")),
            carrier=self.name,
            started=message.at,
            answered_by=vocabulary.answered_by(fields.get("answered_by")),
            headers=vocabulary.sip_headers(self._sent(message)),
        )
        # A call may be sent here again while it goes on: that is known by its status, a repeat has the same.
        key = _digest("/".join(message.path), fields.get("status", "") if proven else "", fields.get("arguments", ""))
        return Opening(facts, key, flow, arguments, moves=proven)

    def _sent(self, message: Message) -> Mapping[str, str]:
        return vocabulary.signed(message) if self._secrets else message.fields

    def _fields(self, message: Message) -> Mapping[str, str]:
        """What the request says: what was signed, and what we sealed into its URL ourselves."""
        fields = vocabulary.read(self._sent(message))
        if _SEALED in message.fields:
            ours = unseal(self._key, message.fields[_SEALED], _place(message, fields))
            if ours is not None:
                return {**fields, **ours}
        return fields

    def open(self, opening: Opening) -> Memo:
        call = opening.facts.id
        return Memo(call, hmac.digest(self._key, call.encode(), "sha256").hex()[:24])

    # ------------------------------------------------------------------------------------- carrier words to our words

    def receive(self, memo: Memo, message: Message) -> Step:
        match message.path:
            case ("turn", token, _, turn) | ("turn", token, _, turn, _):
                if not hmac.compare_digest(token.encode(), memo.token.encode()):
                    return Step(memo, (Reply(status=403),))
                if turn == "now":
                    return self._present(memo)
                return self._result(memo, message, int(turn), message.path[4] if len(message.path) > 4 else "")
            case ("status",):
                return self._status(memo, message)
            case ("timer", _):
                return Step(memo, (), HungUp(message.at) if memo.leaving else None)
        return self._present(memo)

    def _present(self, memo: Memo) -> Step:
        return Step(memo, (self._reply_text(memo.document),))

    def _result(self, memo: Memo, message: Message, turn: int, what: str) -> Step:
        wait, fields, at = memo.wait, self._fields(message), message.at
        if isinstance(wait, Enqueue) and turn == memo.joined:
            return self._queued(memo, fields, at, what)
        if turn != memo.turn or wait is None:
            return self._present(memo)
        if what:
            links = Links(self._base, place(memo.token, memo.call, turn))
            if isinstance(wait, Dial) and what in ("whisper", "screened"):
                return self._screening(memo, wait, links, fields, what)
            if isinstance(wait, Conference) and what == "music":
                return Step(memo, (self._reply(rendering.music(wait, links)),))
        event = _event(memo, wait, fields, at, what)
        return self._present(memo) if event is None else Step(memo, (), event)

    def _queued(self, memo: Memo, fields: Mapping[str, str], at: float, what: str) -> Step:
        if what == "press":
            pressed = vocabulary.digits(fields.get("digits"))
            if pressed:
                return Step(msgspec.structs.replace(memo, holding=True), (), Keys(at, pressed))
        if what in ("wait", "press"):
            try:
                position = max(1, int(fields.get("queue_position", "1")))
            except ValueError:
                position = 1
            waited = vocabulary.seconds(fields.get("queue_time"))
            return Step(msgspec.structs.replace(memo, holding=True), (), Waiting(at, position, waited))
        match fields.get("queue_result", ""):
            case "bridged" | "redirected" | "redirected-from-bridged":
                return Step(memo, (), QueueLeft(at, "answered", left=_is_final(fields)))
            case "queue-full":
                return Step(memo, (), QueueLeft(at, "full"))
            case "hangup":
                return Step(memo, (), HungUp(at))
            case "leave":
                return self._present(memo)
        return Step(memo, (), QueueLeft(at, "failed"))

    def _screening(self, memo: Memo, wait: Dial, links: Links, fields: Mapping[str, str], what: str) -> Step:
        if what == "whisper":
            asked = msgspec.structs.replace(memo, screened="asked") if wait.screen and not memo.screened else memo
            return Step(asked, (self._reply(rendering.whisper(wait, links)),))
        accepted = vocabulary.digits(fields.get("digits")) == wait.screen
        after = msgspec.structs.replace(memo, screened="accepted") if accepted else memo
        return Step(after, (self._reply(rendering.screened(accepted)),))

    def _status(self, memo: Memo, message: Message) -> Step:
        fields = vocabulary.read(self._sent(message))
        status = vocabulary.status(fields.get("status", ""))
        if status not in vocabulary.FINAL_STATUSES or memo.status:
            return Step(memo, (_NO_DOCUMENT,))
        after = msgspec.structs.replace(memo, status=status)
        if isinstance(memo.wait, Record | Dial | Enqueue):
            # Its own result says more than that the call is over, and is on its way.
            leaving = msgspec.structs.replace(after, leaving=True)
            return Step(leaving, (_NO_DOCUMENT, Timer(self._grace, "left")))
        return Step(after, (_NO_DOCUMENT,), HungUp(message.at))

    # ------------------------------------------------------------------------------------- our words to carrier words

    def perform(self, memo: Memo, turn: Turn, *, asked: bool) -> Step:
        wait = turn.wait
        if isinstance(wait, Enqueue) and wait.joined and memo.joined:
            links = Links(self._base, place(memo.token, memo.call, memo.joined))
            after = msgspec.structs.replace(memo, turn=turn.number, wait=wait, holding=False)
            return Step(after, (self._reply(rendering.hold(turn.commands, wait, links)),) if asked else ())
        of = place(memo.token, memo.call, turn.number)
        document = self._skeletons.document(turn.commands, wait, of, type_ahead=not _missed(turn))
        after = Memo(
            memo.call,
            memo.token,
            turn.number,
            document,
            wait if isinstance(wait, Pending) else None,
            joined=turn.number if isinstance(wait, Enqueue) else 0,
            status=memo.status,
        )
        if memo.holding:
            # The waiting document is left first; the queue's own result then asks for this one.
            return Step(after, (self._reply(rendering.LEAVE),))
        if asked:
            return Step(after, (self._reply_text(document),))
        return Step(after, self._told(memo, turn))

    def _told(self, memo: Memo, turn: Turn) -> tuple[Output, ...]:
        """What makes the carrier ask for the new document: it is redirected there; without a public URL, a call that
        is to end is ended."""
        if memo.status or isinstance(turn.wait, Gone):
            return ()
        path = f"/calls/{quote(memo.call, safe='')}"
        if self._base:
            now = f"{self._base}/telefonie/turn/{place(memo.token, memo.call, 'now')}"
            return (Request("POST", path, {"url": now, "method": "POST"}, again=True),)
        return (Request("DELETE", path, again=True),) if turn.over else ()

    def dump(self, memo: Memo) -> bytes:
        return _encode(memo)

    def load(self, data: bytes) -> Memo:
        return self._decoder.decode(data)

    # -------------------------------------------------------------------------------------------------- the other uses

    def sorry(self, text: str, language: str) -> Reply:
        return self._reply(rendering.sorry(text, language))

    def patience(self, message: Message) -> Reply:
        fields = self._fields(message)
        names = _OPENING_FIELDS if message.path[0] == "voice" else _EVENT_FIELDS
        kept = {name: fields[name] for name in names if name in fields}
        if message.path[0] == "voice" and not message.body:
            kept[_PROVEN] = "1"
        path = "/".join(quote(part, safe="") for part in message.path)
        query = f"?{_SEALED}={seal(self._key, kept, _place(message, fields))}" if kept else ""
        return self._reply(rendering.patience(f"{self._base}/telefonie/{path}{query}"))

    def text(self, to: str, text: str, sender: str) -> Request | None:
        body = {"to": to, "from": sender, "body": text}
        if self._base:
            body["status_callback"] = f"{self._base}/telefonie/events"
        return Request("POST", f"{self._config.sms_url}/messages", body)

    def dial(self, to: str, sender: str, flow: str, arguments: Mapping[str, Any], timeout: float) -> Request:
        query = f"?{urlencode({'arguments': msgspec.json.encode(arguments).decode()})}" if arguments else ""
        body = {
            "to": to,
            "from": sender,
            "url": f"{self._base}/telefonie/voice/{quote(flow, safe='')}{query}",
            # Of a GET, the signature covers the flow and its arguments as well.
            "method": "GET" if self._secrets else "POST",
            "status_callback": f"{self._base}/telefonie/status",
            "timeout": int(timeout),
        }
        return Request("POST", "/calls", body)

    def _reply(self, document: Sequence[Element]) -> Reply:
        return Reply(self._render(document), self._content_type)

    def _reply_text(self, document: str) -> Reply:
        return Reply(document or self._render([]), self._content_type)


def _missed(turn: Turn) -> bool:
    """Whether the turn follows a silence or a misfit: those throw away the keys that wait."""
    for entry in turn.entries:  # noqa: SIM110 - a generator takes three times as long, in every turn
        if entry.kind == "outcome" and entry.name in ("noinput", "nomatch"):
            return True
    return False


def _place(message: Message, fields: Mapping[str, str]) -> str:
    return "\0".join((*message.path, fields.get("call_id", "")))


def _digest(*parts: str) -> str:
    # Processors have SHA-256 built in: it takes half the time of BLAKE2.
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _key(message: Message, of: tuple[str, ...]) -> str:
    """The event's name: the same for a repeat, which has the same fields; but for its time, where it tells one. `of` is
    the turn, and what it is of it."""
    body = message.body
    if body and b"timestamp" not in body.lower():
        said = "\0".join((*of, message.target)).encode("utf-8", "surrogatepass")
        return hashlib.sha256(said + b"\0" + body).hexdigest()[:24]
    names = _telling(tuple(message.fields))
    return _digest(*of, *names, *map(message.fields.__getitem__, names))


@lru_cache(maxsize=256)
def _telling(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of fields that tell one event from another, in an order of their own."""
    return tuple(sorted(name for name in names if name.lower() != "timestamp"))


def _is_final(fields: Mapping[str, str]) -> bool:
    return vocabulary.status(fields.get("status", "")) in vocabulary.FINAL_STATUSES


def _event(memo: Memo, wait: Pending, fields: Mapping[str, str], at: float, what: str) -> Event | None:
    """What the result of a wait is in our words; None when it is none."""
    match wait:
        case Listen():
            return _heard(wait, fields, at)
        case Record():
            return _recorded(fields, at, what)
        case Dial():
            return _dialled(memo, wait, fields, at)
        case Conference():
            return _met(wait, fields, at)
        case Enqueue() | Fetch() | SendText():
            return None
        case _:
            assert_never(wait)


def _heard(wait: Listen, fields: Mapping[str, str], at: float) -> Event:
    speech = fields.get("speech", "")
    if speech:
        return Speech(at, speech)
    digits = vocabulary.digits(fields.get("digits"))
    ending = vocabulary.digits(fields.get("finished_on_key"))[:1]
    if ending:
        return Keys(at, digits + ending)
    if not digits:
        return HungUp(at) if _is_final(fields) else Silence(at)
    wanted = rendering.keys_wanted(wait)
    return Keys(at, digits, final=wanted is None or len(digits) < wanted)


def _recorded(fields: Mapping[str, str], at: float, what: str) -> Event:
    if what == "empty" or not fields.get("recording_url"):
        return Recorded(at, None, 0, left=_is_final(fields))
    left = fields.get("digits") == "hangup" or _is_final(fields)
    text = fields.get("transcription_text") or None
    return Recorded(at, fields["recording_url"], vocabulary.seconds(fields.get("recording_duration")), text, left)


def _dialled(memo: Memo, wait: Dial, fields: Mapping[str, str], at: float) -> Event:
    outcome = _DIAL_OUTCOMES.get(vocabulary.status(fields.get("dial_call_status", "")), "failed")
    bridged = fields.get("dial_bridged", "").lower()
    if outcome == "completed" and bridged == "false":
        outcome = "noanswer"
    if outcome == "noanswer" and wait.screen and memo.screened == "asked":
        outcome = "declined"
    left = _is_final(fields)
    if left and outcome != "completed":
        return HungUp(at)
    return Dialled(at, outcome, vocabulary.seconds(fields.get("dial_call_duration")), left)


def _met(wait: Conference, fields: Mapping[str, str], at: float) -> Event:
    result = fields.get("conference_result", "")
    if result == "hangup" or _is_final(fields):
        return HungUp(at)
    if result == "full":
        return ConferenceLeft(at, "full")
    if result == "left" and "*" in wait.presses:
        return Keys(at, "*")
    failed = vocabulary.status(fields.get("dial_call_status", "")) == "failed"
    return ConferenceLeft(at, "failed" if failed else "ended")
