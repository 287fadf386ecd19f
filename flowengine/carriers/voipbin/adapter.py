"""The adapter: fetches of actions to events, turns to actions, webhooks to what is known of a call.

path below /voipbin/                  what it is
voice/TOKEN, voice/TOKEN/FLOW         the first fetch of a call
turn/TOKEN/CALL/TURN/keys?d=KEYS&e=1  what was typed, up to the first `#`; then without the mark
turn/TOKEN/CALL/TURN/late             a webhook of the flow: what was typed, and could not be told by a query
turn/TOKEN/CALL/TURN/rest             has that webhook come?
turn/TOKEN/CALL/TURN/poll             is the data there, or has the recording ended?
turn/TOKEN/CALL/TURN/result           a recording, transfer, room or queue is over
turn/TOKEN/CALL/TURN/far, screened    what a called party does before being connected
turn/TOKEN/CALL/TURN/refused          the carrier cannot do what the flow asked for
events                                webhooks, about this call, its far ends and its recordings
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from msgspec.structs import replace

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
from flowengine.carriers.voipbin import rendering, results, screening, webhooks
from flowengine.carriers.voipbin.actions import CONTENT_TYPE, Sheet, longest_path
from flowengine.carriers.voipbin.capabilities import CAPABILITIES, MOST_ACTIONS
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.memo import Memo, Pending
from flowengine.carriers.voipbin.rendering import Links, address
from flowengine.carriers.voipbin.signature import HEADER, problem
from flowengine.core.commands import Conference, Dial, Enqueue, Fetch, Gone, Listen, Record, SendText
from flowengine.core.data import decode
from flowengine.core.events import Event, Failed
from flowengine.core.keys import KEYS
from flowengine.core.machine import Turn
from flowengine.core.session import Facts

GRACE = 3.0
"""Seconds that the news of a recording may come after the news that the call is over."""

RINGS = 60.0
"""Seconds after which the carrier gives up ringing by itself."""

_RESERVE = 6
_SPARE = 12
_RING = "ring "
_WITHHELD = frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "private"})
_NO_CONTENT = Reply(status=204)
_SPENT = f"VoIPBIN carries out about {MOST_ACTIONS} actions in a call, and they are used up"


class Voipbin:
    """The carrier, as `contract.Carrier` describes it.

    `base` is the public URL of this server: the carrier takes no relative URLs. `key` makes the tokens of the calls;
    the same in every worker, and kept.
    """

    name = "voipbin"

    def __init__(self, config: VoipbinConfig, key: bytes, base: str = "", grace: float = GRACE) -> None:
        self._config = config
        self._key = key
        self._base = base.rstrip("/")
        self._grace = grace
        self._decoder = msgspec.json.Decoder(Memo)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # ----------------------------------------------------------------------------------------- which call it is about

    def route(self, message: Message) -> Route:
        match message.path:
            case ("voice", token):
                return self._opening(message, token, None)
            case ("voice", token, flow):
                return self._opening(message, token, flow)
            case ("turn", _, call, turn, what) if turn.isascii() and turn.isdigit() and len(turn) < 10:
                said = (message.fields.get(name, "") for name in ("d", "e", "reference_id"))
                key = _digest(turn, what, *said)
                return About(call, key, wants_document=what != "late")
            case ("events",):
                return self._event(message)
        return Refused(404, "there is no such webhook")

    def _opening(self, message: Message, token: str, flow: str | None) -> Route:
        if not hmac.compare_digest(token.encode(), (self._config.token or "open").encode()):
            return Refused(403, "the token in the URL is wrong")
        call = message.fields.get("reference_id", "")
        if not call or len(call) > 200 or call == webhooks.NIL:
            return Refused(400, "the request names no call")
        query = _query(message.target)
        try:
            arguments = decode(query.get("arguments", "{}"))
        except ValueError as error:
            return Refused(400, f"the arguments cannot be taken: {error}")
        if not isinstance(arguments, dict):
            return Refused(400, "arguments is not a JSON object")
        caller = query.get("from", "").strip()
        facts = Facts(
            id=call,
            caller="anonymous" if caller.lower() in _WITHHELD else caller,
            called=query.get("to", "").strip(),
            direction="outbound" if query.get("direction") == "outgoing" else "inbound",
            carrier=self.name,
            started=message.at,
        )
        return Opening(facts, _digest("/".join(message.path), query.get("arguments", "")), flow, arguments)

    def _event(self, message: Message) -> Route:
        config = self._config
        found = problem(message.headers.get(HEADER), message.body, config.secrets, config.checks)
        if found is not None:
            return Refused(403, found)
        notice = webhooks.read(webhooks.signed(message))
        if notice is None:
            return Refused(400, "the webhook has no type or no data")
        return About(notice.call, wants_document=False) if notice.call else Ignored()

    def open(self, opening: Opening) -> Memo:
        facts = opening.facts
        token = hmac.new(self._key, facts.id.encode(), hashlib.sha256).hexdigest()[:24]
        # One action has been executed: the fetch that opened the call.
        return Memo(facts.id, token, facts.called if facts.direction == "inbound" else facts.caller, spent=1)

    # ------------------------------------------------------------------------------------- carrier words to our words

    def receive(self, memo: Memo, message: Message) -> Step:
        match message.path:
            case ("turn", token, _, turn, what):
                if not hmac.compare_digest(token.encode(), memo.token.encode()):
                    return Step(memo, (Reply(status=403),))
                return self._asked(memo, message, int(turn), what)
            case ("events",):
                return self._told(memo, message)
            case ("timer", name) if name.startswith(_RING):
                return Step(memo, self._stop_ringing(memo) if name == f"{_RING}{memo.turn}" else ())
            case ("timer", _):
                return Step(memo, (), results.left(memo, message.at) if memo.over else None)
        return self._present(memo)

    def _present(self, memo: Memo) -> Step:
        """The actions of the present turn, once more."""
        return Step(replace(memo, spent=memo.spent + memo.cost), (_reply_text(memo.document or "[]"),))

    def _asked(self, memo: Memo, message: Message, turn: int, what: str) -> Step:
        wait, at = memo.wait, message.at
        if what in (screening.FAR, screening.SCREENED):
            return self._called(memo, message, turn, what)
        if turn != memo.turn or wait is None:
            return self._present(memo)
        if what == "refused" and memo.refused:
            return Step(memo, (), Failed(at, memo.refused))
        event: Event | None = None
        match wait:
            case Listen() if what == "keys":
                typed = _typed(message)
                cut = typed if typed.endswith("#") else ""
                return Step(replace(memo, typed=bool(typed), cut=cut), (), results.heard(wait, typed, at))
            case Listen() if what == "late":
                return Step(
                    replace(memo, rest=keys(message.fields.get("d", "")).removeprefix(memo.cut)), (_NO_CONTENT,)
                )
            case Listen() if what == "rest":
                if not memo.rest and memo.rounds < results.ROUNDS:
                    return self._again(memo, turn, what)
                return Step(replace(memo, typed=True, cut="", rest=""), (), results.heard(wait, memo.rest, at))
            case Record():
                return self._recording(memo, wait, message, what)
            case Dial() if what == "result":
                event = results.dialled(memo, wait, at)
            case Conference() if what == "result":
                event = results.met(at)
            case Enqueue() if what == "result":
                event = results.queued(memo, at)
        if event is not None:
            return Step(memo, (), event)
        if what == "result":
            return self._again(memo, turn, what)
        return self._present(memo)

    def _called(self, memo: Memo, message: Message, turn: int, what: str) -> Step:
        """A called party asks what to do."""
        typed = _typed(message) if what == screening.SCREENED else ""
        after, sheet = screening.answer(memo, message, turn, what, self._links(memo, turn), typed)
        losers = screening.others(after) if after.accepted and not memo.accepted else ()
        return Step(after, (_reply(sheet), *map(_hang_up, losers)))

    def _recording(self, memo: Memo, wait: Record, message: Message, what: str) -> Step:
        event = results.recorded(memo, wait, self._config.base_url, what, message.at)
        if event is not None:
            return Step(memo, (), event)
        if what == "result":
            return self._again(memo, memo.turn, what)
        rounds = memo.rounds + 1
        elapsed = memo.elapsed or rendering.chunk(0, wait)
        sheet = Sheet(memo.call, memo.turn, rounds)
        typed = _typed(message)
        if elapsed > wait.longest or any(key in wait.finish for key in typed):
            rendering.stop_recording(sheet, self._links(memo, memo.turn))
        else:
            sparing = memo.spent > MOST_ACTIONS - _RESERVE - _SPARE
            rendering.go_on_recording(sheet, wait, self._links(memo, memo.turn), elapsed, sparing=sparing)
            elapsed += rendering.chunk(elapsed, wait, sparing=sparing)
        return self._round(replace(memo, rounds=rounds, elapsed=elapsed), sheet)

    def _again(self, memo: Memo, turn: int, what: str) -> Step:
        """The webhook that tells the result is still on its way: ask again in a moment."""
        sheet = Sheet(memo.call, turn, memo.rounds + 1)
        sheet.sleep(1)
        sheet.fetch(self._links(memo, turn).to(what))
        return self._round(replace(memo, rounds=memo.rounds + 1), sheet)

    def _round(self, memo: Memo, sheet: Sheet) -> Step:
        cost = longest_path(sheet.actions) or 0
        return Step(replace(memo, spent=memo.spent + cost), (_reply(sheet),))

    def _told(self, memo: Memo, message: Message) -> Step:
        notice = webhooks.read(webhooks.signed(message))
        after = memo if notice is None else webhooks.learn(memo, notice, message.at)
        if after.over and not memo.over:
            if isinstance(after.wait, Record) and not (after.tape and after.tape.finished):
                # What was recorded until then is on its way.
                return Step(after, (_NO_CONTENT, Timer(self._grace, "left")))
            return Step(after, (_NO_CONTENT,), results.left(after, message.at, self._config.base_url))
        if after.over and isinstance(after.wait, Record) and after.tape is not None and after.tape.finished:
            return Step(after, (_NO_CONTENT,), results.left(after, message.at, self._config.base_url))
        after, requests = screening.release(after)
        return Step(after, (_NO_CONTENT, *requests))

    def _stop_ringing(self, memo: Memo) -> tuple[Output, ...]:
        """The transfer's own timeout is over: what still rings is hung up."""
        if not isinstance(memo.wait, Dial):
            return ()
        if any(far.answered for far in memo.far) and not screening.is_screened(memo.wait):
            return ()
        return tuple(_hang_up(far.id) for far in memo.far if not (far.ended or far.answered))

    # ------------------------------------------------------------------------------------- our words to carrier words

    def perform(self, memo: Memo, turn: Turn, *, asked: bool) -> Step:
        wait = turn.wait
        links = self._links(memo, turn.number)
        sheet = Sheet(memo.call, turn.number, 0)
        # What was typed after an input waits for the next one; a misfit throws it away.
        cut = memo.cut if isinstance(wait, Listen | Fetch | SendText) and not _misfit(turn) else ""
        refused = rendering.unable(wait, self._config)
        if not refused:
            rendering.actions(sheet, turn.commands, wait, links, self._config, racing=memo.typed, cut=cut)
            if not turn.over and memo.spent + (longest_path(sheet.actions) or 0) > MOST_ACTIONS - _RESERVE:
                refused = _SPENT
        exhausted = memo.exhausted
        if refused:
            # The flow is told, and says its own last words; a second time there is nothing left to say them with.
            sheet = Sheet(memo.call, turn.number, 0)
            if exhausted:
                sheet.add("hangup")
            else:
                sheet.fetch(links.to("refused"))
            exhausted = exhausted or refused == _SPENT
        cost = longest_path(sheet.actions) or 0
        after = Memo(
            memo.call,
            memo.token,
            memo.ours,
            turn.number,
            sheet.text(),
            wait if isinstance(wait, Pending) else None,
            cost,
            memo.spent + cost if asked else memo.spent,
            cut=cut,
            muted=not refused and isinstance(wait, Conference) and wait.muted,
            refused=refused,
            exhausted=exhausted,
            over=memo.over,
        )
        outputs = self._beside(memo, turn, refused)
        if asked:
            return Step(after, (_reply_text(after.document), *outputs))
        if turn.over and not memo.over and not isinstance(wait, Gone):
            return Step(after, (*outputs, _hang_up(memo.call)))
        return Step(after, outputs)

    def _beside(self, memo: Memo, turn: Turn, refused: str) -> tuple[Output, ...]:
        """What the API has to be asked beside the actions."""
        outputs: list[Output] = []
        wait = turn.wait
        if screening.is_screened(memo.wait) and not memo.refused:
            outputs.append(Request("DELETE", f"/conferences/{screening.room_of(memo.call, memo.turn)}", again=True))
        mute = f"/calls/{quote(memo.call, safe='')}/mute"
        if memo.muted and not memo.over:
            outputs.append(Request("DELETE", mute, {"direction": "in"}))
        if refused:
            return tuple(outputs)
        if isinstance(wait, Dial) and wait.timeout < RINGS:
            outputs.append(Timer(wait.timeout, f"{_RING}{turn.number}"))
        if screening.is_screened(wait):
            outputs.append(screening.make_room(screening.room_of(memo.call, turn.number)))
        if isinstance(wait, Conference):
            if wait.room not in self._config.conferences:
                outputs.append(screening.make_room(rendering.room_id(self._config, wait.room), wait.room))
            if wait.muted:
                outputs.append(Request("POST", mute, {"direction": "in"}, again=True))
        return tuple(outputs)

    def _links(self, memo: Memo, turn: int) -> Links:
        return Links(self._base, memo.token, memo.call, turn, memo.ours)

    def dump(self, memo: Memo) -> bytes:
        return msgspec.json.encode(memo)

    def load(self, data: bytes) -> Memo:
        return self._decoder.decode(data)

    # -------------------------------------------------------------------------------------------------- the other uses

    def sorry(self, text: str, language: str) -> Reply:
        sheet = Sheet("sorry", text, language)
        rendering.sorry(sheet, text, language)
        return _reply(sheet)

    def patience(self, message: Message) -> Reply:
        sheet = Sheet("patience", message.target, message.at)
        sheet.sleep(1)
        sheet.fetch(f"{self._base}{message.target.replace('$', '%24')}")
        return _reply(sheet)

    def text(self, to: str, text: str, sender: str) -> Request | None:
        body = {"source": address(sender), "destinations": [address(to)], "text": text}
        return Request("POST", "/messages", body)

    def dial(self, to: str, sender: str, flow: str, arguments: Mapping[str, Any], timeout: float) -> Request:
        body = {
            "source": address(sender),
            "destinations": [address(to)],
            "actions": [self.entry(flow, arguments)],
        }
        return Request("POST", "/calls", body)

    def entry(self, flow: str | None = None, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The action that begins a call with us: of an outbound call, or of the VoIPBIN flow of a number of ours."""
        where = f"{self._base}/voipbin/voice/{quote(self._config.token or 'open', safe='')}"
        if flow is not None:
            where += f"/{quote(flow, safe='')}"
        given = f"arguments={quote(msgspec.json.encode(arguments).decode(), safe='')}&" if arguments else ""
        facts = "direction=${voipbin.call.direction}&to=${voipbin.call.destination.target}"
        # Last, what the caller can choose: whatever it holds, it says nothing about the rest.
        url = f"{where}?{given}{facts}&from=${{voipbin.call.source.target}}"
        sheet = Sheet("entry", url)
        sheet.fetch(url)
        return msgspec.to_builtins(sheet.actions[0])  # type: ignore[no-any-return]


def keys(text: str) -> str:
    """The keys among what was sent, and nothing else."""
    return "".join(key for key in text if key in KEYS)


def _misfit(turn: Turn) -> bool:
    return any(entry.kind == "outcome" and entry.name in ("nomatch", "noinput") for entry in turn.entries)


def _typed(message: Message) -> str:
    """The keys that came in a query, with the `#` that cut the rest off."""
    return keys(message.fields.get("d", "")) + ("" if "e" in message.fields else "#")


def _query(target: str) -> dict[str, str]:
    """The query as the carrier writes it: values are not encoded, and a plus is a plus."""
    query = target.partition("?")[2]
    ours, _, caller = query.partition("from=")
    found: dict[str, str] = {}
    for pair in ours.split("&"):
        name, _, value = pair.partition("=")
        found.setdefault(name, unquote(value))
    return {**found, "from": unquote(caller)}


def _hang_up(call: str) -> Request:
    return Request("POST", f"/calls/{quote(call, safe='')}/hangup", again=True)


def _reply(sheet: Sheet) -> Reply:
    return _reply_text(sheet.text())


def _reply_text(text: str) -> Reply:
    return Reply(text, CONTENT_TYPE)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
