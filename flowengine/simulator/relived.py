"""A call that is over, as a script: what was done and heard, from its journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowengine.compiler.build import Build
from flowengine.core.commands import Conference, Enqueue, Fetch, Hangup, Listen, Prompt, Reject, SendText, Wait
from flowengine.core.ending import CALLER as GONE
from flowengine.core.ending import is_talk_left
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    Fetched,
    HungUp,
    Keys,
    QueueLeft,
    Recorded,
    Silence,
    Speech,
    Texted,
    TimeUp,
    Waiting,
)
from flowengine.core.graph import Program
from flowengine.core.journal import MASK
from flowengine.core.machine import Turn
from flowengine.core.policy import is_number, is_sip
from flowengine.core.replay import Record, replay
from flowengine.core.session import Facts
from flowengine.diagnostics.sources import Sources
from flowengine.language.calls import parse_calls
from flowengine.simulator.binding import CALLER, bind_script
from flowengine.simulator.explore.beginnings import lines_of
from flowengine.simulator.line import Setup
from flowengine.simulator.recorder import Recorder, quoted
from flowengine.simulator.runner import simulate
from flowengine.simulator.transcript import Transcript
from flowengine.simulator.typed import literal
from flowengine.simulator.values import WITHHELD

_FILE = "relived.call"
_TYPED = frozenset({"keys", "press", "misfit"})
_HEARD = frozenset({"said", "played", "paused"})
_SHORTEST_TALK = 1.0
_ROUND = "wait 20s"
"""One round of a queue's prompts, as the simulated phone has them."""


@dataclass(frozen=True, slots=True)
class Relived:
    """The script. `problem` tells why it does not pass as it is, empty where it does."""

    text: str
    problem: str


@dataclass(slots=True)
class _Stretch:
    """What somebody did, what the world answered to what came of it, and the turns that it led to."""

    line: str = ""
    given: list[str] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


def relive(
    name: str,
    program: Program,
    flow: str,
    facts: Facts,
    records: Sequence[Record],
    arguments: Mapping[str, Any],
    build: Build,
) -> Relived:
    """Write a call down as a script.

    Args:
        name: the words after `call`.
        program: the version that the call began with.
        flow: where it began.
        facts: who called whom, when.
        records: its journal.
        arguments: what its flow was given.
        build: the project as it is now, in which the script is to pass.

    Raises:
        KeyError, ArgumentsError: the program cannot have had this call.
    """
    caller = facts.caller if is_number(facts.caller) or is_sip(facts.caller) or facts.caller == WITHHELD else CALLER
    began = facts.started + facts.ahead
    setup = Setup(flow, caller, facts.called, began, dict(arguments), facts.direction, facts.answered_by)
    recorder = Recorder(name, lines_of(setup, build))
    transcript = Transcript()
    said: set[str] = set()
    last: Turn | None = None
    for stretch in _stretches(program, flow, facts, records, arguments):
        for line in stretch.given:
            if line in said:
                continue
            said.add(line)
            if last is None:
                recorder.gave(line)
            else:
                recorder.did(line, transcript)
        if stretch.line:
            recorder.did(stretch.line, transcript)
        for last in stretch.turns:
            transcript.take(last)
    ended = last is not None and isinstance(last.wait, Hangup | Reject)
    text = recorder.text(transcript, "flow" if ended else None)
    if last is None or not last.over:
        text += "    hangup\n"
    return Relived(text, _problem(text, build))


def _problem(text: str, build: Build) -> str:
    """Why the script does not pass; empty where it does."""
    if MASK in text:
        return "the flow takes an input as sensitive, so it is not kept: write one in its place"
    if build.program is None:
        return "the project has errors"
    parsed = parse_calls(text, _FILE)
    problems = list(parsed.diagnostics)
    for script in parsed.scripts:
        case, wrong = bind_script(script, build, Sources({_FILE: text}))
        problems += wrong
        failure = None if case is None else simulate(case, build.program).failure
        if failure is not None:
            return f"line {failure.span.line}: expected {failure.expected}; instead: {'; '.join(failure.instead)}"
    return next((f"line {found.span.line}: {found.message}" for found in problems if found.is_error), "")


def _stretches(
    program: Program, flow: str, facts: Facts, records: Sequence[Record], arguments: Mapping[str, Any]
) -> list[_Stretch]:
    stretches = [_Stretch()]
    wait: Wait | None = None
    talked = False
    turns = replay(program, flow, facts, records, arguments)
    for record, (_, turn) in zip(records, turns, strict=False):
        given = None if wait is None else _given(wait, record.event)
        if given is not None:
            stretches[-1].given.append(given)
        elif wait is not None and (line := _action(wait, record)):
            stretches.append(_Stretch(line))
        talked = talked or is_talk_left(record.event)
        first, rest = _parted(turn) if talked else (turn, None)
        stretches[-1].turns.append(first)
        if rest is not None:
            # In a script, the other side ends the talk: the caller hangs up after what comes of that.
            stretches.append(_Stretch("hangup", turns=[rest]))
        wait = turn.wait
    return stretches


def _parted(turn: Turn) -> tuple[Turn, Turn | None]:
    """A turn up to where the flow comes to need the caller, and the rest; None where it never does."""
    kinds = [(entry.kind, entry.name) for entry in turn.entries]
    if ("hangup", GONE) not in kinds:
        return turn, None
    place = kinds.index(("hangup", GONE))
    prompts = tuple(command for command in turn.commands if isinstance(command, Prompt))
    heard = sum(kind in _HEARD for kind, _ in kinds[:place])
    first = Turn(turn.number, prompts[:heard], turn.wait, turn.effects, turn.entries[:place], turn.heard[:place])
    return first, Turn(turn.number, prompts[heard:], turn.wait, (), turn.entries[place:], turn.heard[place:])


def _given(wait: Wait, event: Event) -> str | None:
    """What the world answered, as a `given` line; None for what somebody did."""
    match wait, event:
        case Fetch(url=url), Fetched(error=str()):
            return f"given fetch {quoted(url)} fails"
        case Fetch(url=url), Fetched(status=status, body=body):
            code = f" status={status}" if status not in (None, 200) else ""
            return f"given fetch {quoted(url)}{code} {'text' if isinstance(body, str) else 'json'}={literal(body)}"
        case SendText(to=to), Texted(error=str()):
            return f"given sms {quoted(to)} fails"
        case Conference(room=room), ConferenceLeft(outcome=outcome, left=False):
            return f"given conference {quoted(room)} {outcome}" if outcome != "ended" else None
        case Enqueue(name=name), QueueLeft(outcome="full" | "failed" as outcome, left=False):
            return f"given queue {quoted(name)} {outcome}"
    return None


def _action(wait: Wait, record: Record) -> str:
    """What somebody did, as a line of a script; empty where nobody did anything."""
    match record.event:
        case Dialled(outcome="completed", duration=duration):
            return f"peer answered {max(duration, _SHORTEST_TALK):g}s"
        case QueueLeft(outcome="answered"):
            return f"peer answered {_SHORTEST_TALK:g}s"
        case HungUp() | Dialled(left=True) | ConferenceLeft(left=True) | QueueLeft(left=True):
            return "hangup"
        case Keys() if isinstance(wait, Listen):
            return _pressed(wait, record)
        case Keys(digits=digits):
            return f"press {quoted(digits)}" if digits else ""
        case Silence() if isinstance(wait, Listen):
            return _pressed(wait, record) or "wait"
        case Speech():
            said = next((entry.text for entry in record.entries if entry.kind == "input"), "")
            return f"speak {quoted(said)}" if said else ""
        case Recorded(url=url, duration=duration, text=text, left=left):
            if url is None or duration <= 0:
                return "hangup" if left else "wait"
            return f"leave {duration:g}s {quoted(text or '')}{' hangup' if left else ''}"
        case Dialled(outcome=outcome):
            return f"peer {outcome}"
        case Waiting():
            return _ROUND if isinstance(wait, Enqueue) and wait.joined else ""
        case ConferenceLeft() | QueueLeft() | TimeUp():
            return "wait"
    return ""


def _pressed(wait: Listen, record: Record) -> str:
    """The keys that menus and gathers took: the journal has them apart from the event."""
    inputs = [entry for entry in record.entries if entry.kind == "input" and entry.name in _TYPED]
    keys = "".join(entry.text for entry in inputs)
    if not keys:
        return ""
    if MASK not in keys and len(inputs) == 1 and not _is_whole(wait, keys):
        # The carrier ended the input, by the finish key or the time between two keys.
        return f"press {quoted(keys + wait.finish[0])}" if wait.finish else f"press {quoted(keys)}\n    wait"
    return f"press {quoted(keys)}"


def _is_whole(wait: Listen, keys: str) -> bool:
    """Whether nothing can come after these keys that still belongs to them."""
    if wait.keys:
        return not any(key != keys and key.startswith(keys) for key in (*wait.keys, *wait.presses))
    return keys in wait.presses or (wait.longest is not None and len(keys) >= wait.longest)
