"""Flows that need no server: the whole of one as a list of actions that VoIPBIN keeps and carries out by itself.

The machine is asked for every turn that a caller can bring about. Each becomes a block of actions, and what the caller
does leads from block to block. Where that needs what only a server knows in the call, the reasons say so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from flowengine.carriers.voipbin.actions import Action, Sheet, longest_path
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.prompts import pieces, write
from flowengine.carriers.voipbin.rendering import TYPED, address, collect, room_id, start_tape, unable
from flowengine.carriers.voipbin.screening import is_screened
from flowengine.core.commands import (
    Conference,
    Dial,
    Emit,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Listen,
    Log,
    Play,
    Record,
    Redirect,
    Reject,
    SendText,
    Text,
)
from flowengine.core.events import ConferenceLeft, Dialled, Event, HungUp, Keys, QueueLeft, Silence, Started
from flowengine.core.graph import Program
from flowengine.core.keys import KEYS
from flowengine.core.machine import ArgumentsError, Turn, begin, step
from flowengine.core.session import Facts, Session
from flowengine.core.unknowns import unknown_in

MOST_BLOCKS = 500
"""Turns that a compiled flow may have: a loop that counts would have no end of them."""

_CALLER, _CALLED = "+999000000000001", "+999000000000002"
_SAMPLES = (
    Facts("call 1", _CALLER, _CALLED, "inbound", "voipbin", 0.0),
    Facts("call 2", "+999000000000003", "+999000000000004", "inbound", "voipbin", 1e9, "human", {"name": "value"}),
)
"""Two calls that have nothing in common: what is not the same in both is known only in the call."""

_VARIABLES = ("${voipbin.call.source.target}", "${voipbin.call.destination.target}")
_DIAL_OUTCOMES = ("completed", "busy", "noanswer", "declined", "failed")
_QUEUE_OUTCOMES = ("answered", "timeout", "failed")


class Reason(Struct, frozen=True):
    """Why a flow needs the server, at which line of which file."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Compiled(Struct, frozen=True):
    """A flow as VoIPBIN keeps it, or why it cannot be.

    Attributes:
        actions: The list, empty where there are `reasons`.
        rooms: Conferences that must be there, names by id.
        reasons: Why the flow needs the server.
        notes: What is lost without it.
        longest: Actions that a call executes at most; None where it can go round.
    """

    actions: tuple[Action, ...] = ()
    rooms: Mapping[str, str] = {}
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    longest: int | None = None

    def as_json(self) -> list[dict[str, Any]]:
        """The actions as the API takes them."""
        return [msgspec.to_builtins(action) for action in self.actions]


def compile_flow(
    program: Program, flow: str, config: VoipbinConfig, arguments: Mapping[str, Any] | None = None
) -> Compiled:
    """The flow as a list of actions, or the reasons why it needs the server.

    Raises:
        KeyError: the program has no such flow.
        ArgumentsError: a parameter has no value, or the flow has none of that name.
    """
    first, other = (_Compiler(program, flow, config, dict(arguments or {}), facts).run() for facts in _SAMPLES)
    if first.actions != other.actions:
        graph = program.flows[flow]
        return Compiled(reasons=(Reason(graph.file, 1, "what is said depends on who calls"),))
    return first


class _Block(Struct):
    """A turn and where it leads: by what is typed, and otherwise."""

    name: str
    session: Session
    turn: Turn
    by_keys: dict[str, str] = {}
    on_silence: str = ""
    on_misfit: str = ""
    after: str = ""


class _Compiler:
    def __init__(
        self, program: Program, flow: str, config: VoipbinConfig, arguments: Mapping[str, Any], facts: Facts
    ) -> None:
        self.facts = facts
        self.at = facts.started
        self.program = program
        self.flow = flow
        self.config = config
        self.arguments = arguments
        self.blocks: dict[bytes, _Block] = {}
        self.queue: deque[_Block] = deque()
        self.reasons: dict[Reason, None] = {}
        self.notes: dict[str, None] = {}
        self.rooms: dict[str, str] = {}

    def run(self) -> Compiled:
        session = begin(self.program, self.flow, self.facts, self.arguments)
        self._look_at_nodes()
        if not self.reasons:
            self._reach(session, Started(self.at))
        while self.queue and not self.reasons:
            block = self.queue.popleft()
            self._expand(block)
            if len(self.blocks) > MOST_BLOCKS:
                self._refuse(
                    block.session, f"there are more than {MOST_BLOCKS} turns: it counts, or remembers too much"
                )
        if self.reasons:
            return Compiled(reasons=tuple(self.reasons))
        actions = self._write()
        return Compiled(tuple(actions), self.rooms, notes=tuple(self.notes), longest=longest_path(actions))

    # ------------------------------------------------------------------------------------------------------- reasons

    def _refuse(self, session: Session, text: str) -> None:
        frame = session.frames[-1]
        graph = self.program.flows[frame.flow]
        line = graph.nodes[frame.node].line if 0 <= frame.node < len(graph.nodes) else 1
        self.reasons[Reason(graph.file, line, text)] = None

    def _look_at_nodes(self) -> None:
        """What the flow, and each that it runs, reads of the call."""
        names, seen = [self.flow], {self.flow}
        while names:
            graph = self.program.flows[names.pop()]
            for node in graph.nodes:
                unknown = unknown_in(node)
                if unknown:
                    self.reasons[Reason(graph.file, node.line, unknown)] = None
                run = getattr(node, "flow", None)
                if isinstance(run, str) and run in self.program.flows and run not in seen:
                    seen.add(run)
                    names.append(run)

    def _judge(self, session: Session, turn: Turn) -> str:
        """Why a turn cannot be taken without the server; empty where it can."""
        for effect in turn.effects:
            if isinstance(effect, Emit):
                return "nobody is told of an `emit`"
            if isinstance(effect, Log):
                self.notes["what is logged is written down nowhere"] = None
        for entry in turn.entries:
            if entry.kind in ("error", "limit"):
                return f"it ends in an error: {entry.text or entry.name}"
        if any(isinstance(c, Play) and not c.source.startswith(("http://", "https://")) for c in turn.commands):
            return "the server gives out the project's audio files"
        refused = unable(turn.wait, self.config)
        if refused:
            return refused
        match turn.wait:
            case Dial() if is_screened(turn.wait):
                return "only the server knows who has accepted a call"
            case Conference(muted=True):
                return "the server mutes a caller"
            case Record():
                return "only the server finds out that silence has ended a recording, and where it is"
            case Fetch():
                return "the server makes the request of a `fetch`"
            case SendText():
                return "only the server knows whether a text was sent"
            case Listen(keys=()):
                return "only the server knows what was entered"
        return self._leaving(session)

    def _leaving(self, session: Session) -> str:
        """Whether something is to be done when the caller hangs up here."""
        _, turn = step(self.program, session, HungUp(self.at))
        if turn is not None and any(not isinstance(effect, Log) for effect in turn.effects):
            return "nobody does what is to be done when the caller has left"
        return ""

    # --------------------------------------------------------------------------------------------------------- turns

    def _reach(self, session: Session, event: Event) -> str:
        """The name of the block of the turn that an event leads to."""
        after, turn = step(self.program, session, event)
        if turn is None:
            self._refuse(session, "the server is needed here")
            return ""
        key = _key(after, turn)
        block = self.blocks.get(key)
        if block is None:
            block = self.blocks[key] = _Block(f"block {len(self.blocks)}", after, turn)
            reason = self._judge(after, turn)
            if reason:
                self._refuse(after, reason)
            elif not turn.over:
                self.queue.append(block)
        return block.name

    def _expand(self, block: _Block) -> None:
        session = block.session
        match block.turn.wait:
            case Listen() as wait:
                for keys in (*wait.presses, *wait.keys):
                    block.by_keys[keys] = self._reach(session, Keys(self.at, keys, final=True))
                block.on_silence = self._reach(session, Silence(self.at))
                misfit = next(
                    (key for key in sorted(KEYS) if not any(one.startswith(key) for one in block.by_keys)), ""
                )
                block.on_misfit = (
                    self._reach(session, Keys(self.at, misfit, final=True)) if misfit else block.on_silence
                )
            case Dial():
                block.after = self._same(
                    session, [Dialled(self.at, outcome) for outcome in _DIAL_OUTCOMES], "a transfer"
                )
            case Enqueue():
                block.after = self._same(
                    session, [QueueLeft(self.at, outcome) for outcome in _QUEUE_OUTCOMES], "a queue"
                )
            case Conference(room=room):
                self.rooms[room_id(self.config, room)] = room
                block.after = self._reach(session, ConferenceLeft(self.at, "ended"))

    def _same(self, session: Session, events: list[Event], what: str) -> str:
        """Where all of these events lead."""
        reached = {self._reach(session, event) for event in events}
        if len(reached) > 1:
            self._refuse(session, f"only the server knows what became of {what}")
        return reached.pop()

    # ------------------------------------------------------------------------------------------------------- actions

    def _write(self) -> list[Action]:
        """The blocks as one list: in each, the name of a block stands for the id of its first action."""
        written: list[Action] = []
        first: dict[str, str] = {}
        for number, block in enumerate(self.blocks.values()):
            sheet = Sheet("compiled", self.flow, number)
            self._block(sheet, block, racing=number > 0)
            first[block.name] = sheet.actions[0].id
            written += sheet.actions
        return [self._filled(_resolved(action, first)) for action in written]

    def _filled(self, action: Action) -> Action:
        """With the carrier's variables for the numbers of this call."""
        text = msgspec.json.encode(action).decode()
        for number, variable in zip((self.facts.caller, self.facts.called), _VARIABLES, strict=True):
            text = text.replace(number, variable)
        return msgspec.json.decode(text, type=Action)

    def _block(self, sheet: Sheet, block: _Block, *, racing: bool) -> None:
        turn, config = block.turn, self.config
        for effect in turn.effects:
            if isinstance(effect, Text):
                sheet.add(
                    "message_send",
                    source=address(effect.sender),
                    destinations=[address(effect.to)],
                    text=effect.text,
                )
        heard = pieces(turn.commands, "")
        if isinstance(turn.wait, Listen):
            self._listening(sheet, block, turn.wait, racing=racing)
            return
        write(sheet, heard, config.provider)
        taped = isinstance(turn.wait, Dial | Conference) and turn.wait.record
        if taped:
            start_tape(sheet)
        # What is recorded is stopped before it goes on.
        then = "" if taped else block.after
        match turn.wait:
            case Dial() as wait:
                source = address(wait.caller_id or self.facts.called)
                destinations = [address(target) for target in wait.targets]
                sheet.add("connect", source=source, destinations=destinations, then=then)
            case Conference(room=room):
                sheet.add("conference_join", conference_id=room_id(config, room), then=then)
            case Enqueue(name=name):
                sheet.add("queue_join", queue_id=config.queues[name], then=block.after)
            case Reject(reason=reason):
                sheet.add("hangup", reason="busy" if reason == "busy" else "noanswer")
            case Hangup() | Gone() | Redirect():
                sheet.add("hangup")
        if taped:
            sheet.add("recording_stop", then=block.after)

    def _listening(self, sheet: Sheet, block: _Block, wait: Listen, *, racing: bool) -> None:
        longest = max(map(len, block.by_keys), default=1)
        begun = sorted({keys[0] for keys in block.by_keys if len(keys) > 1})
        heard = pieces(block.turn.commands, "")
        collect(sheet, heard, wait, longest, self.config.provider, racing=racing, begun=begun)
        sheet.unless("", block.on_silence, variable=TYPED)
        sheet.add("branch", variable=TYPED, default_target_id=block.on_misfit, target_ids=dict(block.by_keys))


def _key(session: Session, turn: Turn) -> bytes:
    """What two turns have in common that need not be told apart: what is done, and all that may follow."""
    texts = [(effect.to, effect.text, effect.sender) for effect in turn.effects if isinstance(effect, Text)]
    done = (turn.commands, turn.wait, texts)
    if turn.over:
        return msgspec.msgpack.encode(done)
    frames = [
        (f.flow, f.node, f.variables, sorted(f.tries.items()), f.base, f.after, f.handler) for f in session.frames
    ]
    kept = (session.keys, session.dropped, session.answered, session.language, session.queue, session.notes)
    return msgspec.msgpack.encode((done, frames, kept))


def _resolved(action: Action, first: Mapping[str, str]) -> Action:
    option = {name: _target(value, first) for name, value in action.option.items() if name.endswith(("_id", "_ids"))}
    return replace(action, option={**action.option, **option}, next_id=first.get(action.next_id, action.next_id))


def _target(value: Any, first: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: first.get(target, target) for key, target in value.items()}
    return first.get(value, value)


__all__ = ["ArgumentsError", "Compiled", "Reason", "compile_flow"]
