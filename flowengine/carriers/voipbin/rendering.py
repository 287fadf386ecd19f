"""From a turn to a list of actions: each wait with the fetch that brings its result.

Keys are copied and their buffer emptied just before the fetch, so that what is typed while the request is under way
waits for the next input and is not lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never
from urllib.parse import quote

import msgspec

from flowengine.carriers.needs import missing, refusal
from flowengine.carriers.voipbin.actions import DIGITS, Sheet, make_id, milliseconds
from flowengine.carriers.voipbin.capabilities import CAPABILITIES
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.prompts import Piece, pieces, write, write_interruptible
from flowengine.carriers.voipbin.screening import FAR, is_screened, room_of
from flowengine.core.commands import (
    Command,
    Conference,
    Dial,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Listen,
    Record,
    Redirect,
    Reject,
    SendText,
    Wait,
)

TYPED = "flowengine.keys"
"""Our variable with the keys of the input that is over."""

_LONGEST_INPUT = 30.0
_LONGEST_CHUNK = 12.0
_SINGLY = 4
_ROOM_SECONDS = 1.0
_BESIDE_KEYS = frozenset({"menu: words", "gather.speech"})
_REJECTED = {"busy": "busy", "rejected": "noanswer"}


class Links:
    """Where a `turn` of a `call` is: its URLs as they stand in its actions, and `ours`, our own number in the call."""

    __slots__ = ("call", "here", "media", "ours", "turn")

    def __init__(self, base: str, token: str, call: str, turn: int, ours: str = "") -> None:
        self.call, self.turn, self.ours = call, turn, ours
        self.here = f"{base}/voipbin/turn/{token}/{quote(call, safe='')}/{turn}"
        self.media = f"{base}/media/"

    def to(self, what: str, keys: str = "") -> str:
        """The URL of something beside the turn's own result; `keys` is the variable whose value goes with it.

        The carrier puts values in without encoding them: a `#` begins a fragment, which no request carries. Then the
        mark at the end is lost, too, and so tells of it.
        """
        return f"{self.here}/{what}" + (f"?d=${{{keys}}}&e=1" if keys else "")


def actions(
    sheet: Sheet,
    commands: Sequence[Command],
    wait: Wait,
    links: Links,
    config: VoipbinConfig,
    *,
    racing: bool = False,
    cut: str = "",
) -> None:
    """Write the actions of a turn.

    `racing`: the last input had keys, and more of them may have come since. `cut`: it is known up to this `#` only.
    """
    heard = pieces(commands, links.media)
    if isinstance(wait, Listen):
        _listen(sheet, heard, wait, links, config, racing=racing, cut=cut)
        return
    write(sheet, heard, config.provider)
    match wait:
        case Record():
            _record(sheet, wait, links)
        case Dial():
            _dial(sheet, wait, links, room_of(links.call, links.turn) if is_screened(wait) else "")
        case Conference():
            _conference(sheet, wait, links, config)
        case Enqueue():
            sheet.add("queue_join", queue_id=config.queues[wait.name])
            sheet.clear_keys()
            sheet.fetch(links.to("result"))
        case Fetch() | SendText():
            if not heard:
                # Nothing to hear means that the answer takes long: look again in a second.
                sheet.sleep(1)
            sheet.fetch(links.to("poll"))
        case Hangup():
            sheet.add("hangup")
        case Reject(reason=reason):
            sheet.add("hangup", reason=_REJECTED.get(reason, "noanswer"))
        case Redirect() | Gone():
            sheet.add("hangup")
        case _:
            assert_never(wait)


def unable(wait: Wait, config: VoipbinConfig) -> str:
    """Why the carrier cannot do this, by the name under which it is declared; empty when it can.

    Of an input that speech could end as well as keys, the keys are left.
    """
    left = isinstance(wait, Listen) and bool(wait.keys or wait.longest is not None or wait.finish or wait.presses)
    for name in missing(CAPABILITIES, wait):
        if not (left and name in _BESIDE_KEYS):
            return refusal("voipbin", CAPABILITIES, name)
    if isinstance(wait, Enqueue) and wait.name not in config.queues:
        return f"the queue {wait.name} is not among [carriers.voipbin.queues]"
    return ""


# ----------------------------------------------------------------------------------------------------------- listening


def keys_wanted(wait: Listen) -> int | None:
    """How many keys the carrier is to collect; None for as many as come.

    Of a menu these are the fewest that can decide it: the choices 1 and 12 need a look after the first key.
    """
    typed = wait.typed
    if wait.keys:
        left = [len(key) - len(typed) for key in wait.keys if key.startswith(typed) and len(key) > len(typed)]
        if wait.presses and not typed:
            left.append(1)
        return min(left, default=1)
    return None if wait.longest is None else max(1, wait.longest - len(typed))


def _listen(
    sheet: Sheet, heard: Sequence[Piece], wait: Listen, links: Links, config: VoipbinConfig, *, racing: bool, cut: str
) -> None:
    late = sheet.new_id() if cut and wait.bargein else ""
    if late:
        sheet.only_if(cut, late, variable=TYPED)
    collect(sheet, heard, wait, keys_wanted(wait), config.provider, racing=racing)
    sheet.fetch(links.to("keys", TYPED))
    if late:
        # What the last URL could not carry comes in a body: that of a webhook, which nothing waits for.
        body = f'{{"d":"${{{TYPED}}}"}}'
        sheet.add(
            "webhook_send",
            at=late,
            sync=False,
            uri=links.to("late"),
            method="POST",
            data_type="application/json",
            data=body,
        )
        sheet.sleep(1)
        sheet.fetch(links.to("rest"))


def collect(
    sheet: Sheet,
    heard: Sequence[Piece],
    wait: Listen,
    wanted: int | None,
    provider: str = "",
    *,
    racing: bool,
    begun: Sequence[str] = (),
) -> None:
    """Write the prompts and what collects `wanted` keys; they end up in the variable `TYPED`.

    With `begun`, one key is enough unless it is one of those.
    """
    listening, done = sheet.new_id(), sheet.new_id()
    if wait.bargein:
        write_interruptible(sheet, heard, listening, provider, guard=racing and bool(heard))
    else:
        write(sheet, heard, provider)
        sheet.clear_keys()
    # A flow-wide key interrupts a gather at once, so it ends the input as the finish key does.
    ending = "".join(dict.fromkeys((*wait.finish, *(() if wait.keys else wait.presses))))
    first = wait.interdigit if wait.typed else wait.timeout
    sheet.add("digits_receive", at=listening, duration=milliseconds(first), key="", length=1)
    if wanted != 1:
        # One duration is for all keys of a `digits_receive`: silence is found out by the first key alone.
        sheet.unless("", done)
        more = sheet.new_id()
        for key in begun:
            sheet.unless(key, more, then=done if key == begun[-1] else "")
        _go_on_listening(sheet, wait, wanted, ending, done, at=more)
    sheet.add("variable_set", at=done, key=TYPED, value=f"${{{DIGITS}}}")
    sheet.clear_keys()


def _go_on_listening(sheet: Sheet, wait: Listen, wanted: int | None, ending: str, done: str, *, at: str) -> None:
    """Write what collects the keys after the first; each that may be the last is waited for by itself, if they are few
    enough for the call's actions."""
    enough = max(1, wait.shortest - len(wait.typed))
    most = wanted if wanted is not None and not wait.keys and wanted - enough <= _SINGLY else None
    first = most and min(most, max(2, enough))
    together = _LONGEST_INPUT if wanted is None else wait.interdigit * ((first or wanted) - 1)
    limit = milliseconds(min(max(together, wait.interdigit), _LONGEST_INPUT))
    sheet.add("digits_receive", at=at, duration=limit, key=ending, length=first or wanted or 0)
    for count in range(first or 0, most or 0):
        sheet.unless_shorter(count, done)
        sheet.add("digits_receive", duration=milliseconds(wait.interdigit), key=ending, length=count + 1)


# ----------------------------------------------------------------------------------------------------------- recording


def chunk(elapsed: float, wait: Record, *, sparing: bool = False) -> float:
    """Seconds until we are asked next whether the recording has ended: the carrier tells nobody in the call.

    Each is longer than the one before, so that long recordings do not use up the call's actions; but nobody is to
    listen to silence for long. `sparing`: there are hardly any actions left, so we are asked at the very end.
    """
    if sparing:
        return max(1.0, wait.longest + 1 - elapsed)
    step = wait.silence + 1 if elapsed == 0 else min(max(2.0, 0.75 * elapsed), _LONGEST_CHUNK)
    return max(1.0, min(step, wait.longest + 1 - elapsed))


def _record(sheet: Sheet, wait: Record, links: Links) -> None:
    sheet.clear_keys()
    single = wait.finish if wait.finish in ("*", "#") else "none"
    sheet.add(
        "recording_start",
        format="wav",
        end_of_silence=max(1, round(wait.silence)),
        end_of_key=single,
        duration=max(1, round(wait.longest)),
        beep_start=wait.beep,
    )
    go_on_recording(sheet, wait, links, 0)


def go_on_recording(sheet: Sheet, wait: Record, links: Links, elapsed: float, *, sparing: bool = False) -> None:
    """Write the next stretch of a recording under way."""
    ended = sheet.new_id()
    sheet.add("digits_receive", duration=milliseconds(chunk(elapsed, wait, sparing=sparing)), key=wait.finish, length=0)
    for key in wait.finish:
        sheet.unless(key, ended)
    sheet.fetch(links.to("poll", DIGITS))
    if wait.finish:
        sheet.add("recording_stop", at=ended)
        sheet.clear_keys()
        sheet.fetch(links.to("result"))


def stop_recording(sheet: Sheet, links: Links) -> None:
    """Write the end of a recording that did not end by itself."""
    sheet.add("recording_stop")
    sheet.clear_keys()
    sheet.fetch(links.to("result"))


# ------------------------------------------------------------------------------------------------- dials, rooms, queues


def address(target: str) -> dict[str, str]:
    """A number or SIP address as the carrier has it."""
    if target.startswith(("sip:", "sips:")):
        return {"type": "sip", "target": target.partition(":")[2]}
    return {"type": "tel", "target": target}


def start_tape(sheet: Sheet) -> None:
    """Record whatever is heard on the caller's leg, until it is told to stop."""
    sheet.add("recording_start", format="wav", end_of_silence=0, end_of_key="none", duration=0, beep_start=False)


def _dial(sheet: Sheet, wait: Dial, links: Links, room: str) -> None:
    source, destinations = address(wait.caller_id or links.ours), [address(target) for target in wait.targets]
    if wait.record:
        start_tape(sheet)
    if room:
        # It is being made at this moment.
        sheet.sleep(_ROOM_SECONDS)
        begin = Sheet(room, "far")
        begin.fetch(links.to(FAR))
        theirs = [msgspec.to_builtins(action) for action in begin.actions]
        sheet.add("call", source=source, destinations=destinations, actions=theirs, chained=True, early_execution=False)
        sheet.add("conference_join", conference_id=room)
    else:
        sheet.add("connect", source=source, destinations=destinations)
    if wait.record:
        sheet.add("recording_stop")
    sheet.clear_keys()
    sheet.fetch(links.to("result"))


def room_id(config: VoipbinConfig, room: str) -> str:
    """The id of a conference: as configured, else one made from its name, so that all callers meet in it."""
    return config.conferences.get(room) or make_id("conference", config.accesskey, config.username, room)


def _conference(sheet: Sheet, wait: Conference, links: Links, config: VoipbinConfig) -> None:
    if wait.room not in config.conferences:
        # It is being made at this moment; joining one that is not there would end the call.
        sheet.sleep(_ROOM_SECONDS)
    if wait.record:
        start_tape(sheet)
    sheet.add("conference_join", conference_id=room_id(config, wait.room))
    if wait.record:
        sheet.add("recording_stop")
    sheet.clear_keys()
    sheet.fetch(links.to("result"))


def sorry(sheet: Sheet, text: str, language: str) -> None:
    """Write the last words of a call."""
    sheet.add("answer")
    sheet.say(text, language)
    sheet.add("hangup")
