"""One turn in the making: what a node may do while the machine runs it.

A `Run` lives for one step. It works on a copy of the session, collects the turn's commands, effects and journal
entries, and knows how outcomes, failures and errors find their handlers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import compress
from typing import Any

import msgspec

from flowengine.core.caller import Caller
from flowengine.core.commands import (
    Answer,
    Command,
    Effect,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Log,
    Prompt,
    Say,
    SendText,
    Wait,
)
from flowengine.core.graph import END, WAIT, FlowGraph, Node, Program
from flowengine.core.journal import MASK, Asked, Entry
from flowengine.core.languages import in_language
from flowengine.core.reading import Globals
from flowengine.core.session import Frame, Session
from flowengine.expressions.evaluate import BudgetExceeded, Compiled, ExpressionError, Scope

MOST_VALUE = 256 * 1024
"""The largest value of a variable, in bytes of JSON: what a `fetch` may bring."""


class LimitReachedError(Exception):
    """A limit of `[limits]` was reached; `limit` is its name there."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class Run:
    """The turn under way.

    Attributes are the session's copy, the program, the settings in force, and what the turn has gathered so far.
    """

    __slots__ = (
        "_scope",
        "at",
        "commands",
        "effects",
        "entries",
        "frame",
        "graph",
        "heard",
        "node",
        "program",
        "record",
        "session",
        "settings",
        "wait",
    )

    def __init__(self, program: Program, session: Session, at: float, record: list[Entry] | None = None) -> None:
        self.program = program
        self.session = session
        self.at = at
        self.commands: list[Command] = []
        self.effects: list[Effect] = []
        self.entries: list[Entry] = []
        self.heard: list[Any] = []
        self.wait: Wait | None = None
        self.record = record or []
        self.node: Node | None = None
        self._scope: Scope | None = None
        self.frame: Frame = session.frames[-1]
        self.graph: FlowGraph = program.flows[self.frame.flow]
        self.settings: Mapping[str, Any] = program.settings(self._chain())

    # ------------------------------------------------------------------------------------------------------- journal

    def note(self, kind: str, name: str = "", text: str = "", data: Any = None, *, heard: Any = None) -> None:
        """Write an entry of the journal.

        `heard` is the value as it was, for checks that are never written down.
        """
        node = self.node
        if node is None:
            entry = Entry(kind, self.at, self.frame.flow, "", 0, name, text, data)
        else:
            entry = Entry(kind, self.at, self.frame.flow, node.step, node.line, name, text, data, node.index)
        self.entries.append(entry)
        self.heard.append(heard)

    def asked(
        self, verb: str, args: tuple[Any, ...], options: dict[str, Any], *alternatives: Any, masked: str = ""
    ) -> None:
        """Write that the flow performed a verb, with the values it had; `masked` is its text for the journal."""
        text = masked or (args[0] if args and isinstance(args[0], str) else "")
        self.note("verb", verb, text, heard=Asked(verb, args, options, alternatives))

    def recorded(self, kind: str, *of: Compiled) -> Entry | None:
        """In a replay, the next entry of this kind in this step, where `of` looked at a sensitive value; else None.

        What was decided on such a value is in the journal; the value is not.
        """
        if not self.record:
            return None
        secret = self.owner.secret
        if not secret or self.node is None:
            return None
        if all(compiled.reads.isdisjoint(secret) for compiled in of):
            return None
        return self.next_recorded(kind)

    def next_recorded(self, kind: str) -> Entry | None:
        """In a replay, the next entry of this kind in this step; None in a call that is live."""
        for place, entry in enumerate(self.record):
            if entry.kind == kind and self.node is not None and entry.step == self.node.step:
                del self.record[: place + 1]
                return entry
        return None

    def recorded_input(self) -> tuple[str, str] | None:
        """In a replay, the next input that the journal has in this turn: how it came, and its text."""
        for place, entry in enumerate(self.record):
            if entry.kind == "input":
                del self.record[: place + 1]
                return entry.name, entry.text
        return None

    # --------------------------------------------------------------------------------------------------- expressions

    @property
    def now(self) -> float:
        """The time that the flow sees, in Unix seconds."""
        return self.at + self.session.call.ahead

    @property
    def owner(self) -> Frame:
        """The frame whose variables are in force: a handler uses those of its flow."""
        frame = self.frame
        return frame if frame.base is None else self.session.frames[frame.base]

    @property
    def variables(self) -> dict[str, Any]:
        return self.owner.variables

    @property
    def scope(self) -> Scope:
        """What an expression of the present flow can read."""
        scope = self._scope
        if scope is None:
            project = self.program.project
            scope = self._scope = Scope(
                variables=self.variables,
                globals=Globals(self),
                language=self.language,
                now=datetime.fromtimestamp(self.now, project.zone),
                zone=project.zone,
                calendars=project.calendars,
                text_limit=project.limits.text,
            )
        return scope

    def refresh(self) -> None:
        """Forget what was made for expressions: the frame, the language or the step has changed."""
        self._scope = None

    def eval(self, compiled: Compiled) -> Any:
        """The value of an expression or argument, now.

        Raises:
            ExpressionError: it cannot be computed; BudgetExceeded: it would be too large.
        """
        try:
            return compiled(self.scope)
        except BudgetExceeded:
            raise
        except ExpressionError as error:
            if compiled.reads.isdisjoint(self.owner.secret):
                raise
            # Its words may hold the value, and they are written down.
            raise ExpressionError("this cannot be worked out with a sensitive value", error.span) from None

    def tainted(self, compiled: Compiled) -> bool:
        """Whether the value carries something that a sensitive gather took."""
        secret = self.owner.secret
        return bool(secret) and not compiled.taints.isdisjoint(secret)

    def masked(self, compiled: Compiled) -> Any:
        """The value with sensitive parts masked: what may be logged, emitted and kept."""
        if not self.tainted(compiled):
            return self.eval(compiled)
        secret = self.owner.secret
        shown = {**self.variables, **dict.fromkeys(secret, MASK)}
        scope = self.scope
        try:
            return compiled(scope.with_variables(shown))
        except ExpressionError:
            return MASK

    def bind(self, name: str, value: Any, *, secret: bool = False) -> None:
        """Give a variable of the present flow its value. Raises BudgetExceeded for one that is too large to keep."""
        if isinstance(value, dict | list) and len(msgspec.json.encode(value)) > MOST_VALUE:
            raise BudgetExceeded(f"`{name}` would hold more than {MOST_VALUE} bytes")
        owner = self.owner
        owner.variables[name] = value
        if secret:
            if name not in owner.secret:
                owner.secret.append(name)
        elif name in owner.secret:
            owner.secret.remove(name)
        self.note("set", name, data=MASK if secret else value)

    # ------------------------------------------------------------------------------------------------------ settings

    def _chain(self) -> tuple[str, ...]:
        """The flows whose settings count here, from the outermost: a handler stands where its flow does."""
        frames = self.session.frames
        if len(frames) == 1:
            return (frames[0].flow,)
        chain: list[str] = []
        index = len(frames) - 1
        while index >= 0:
            frame = frames[index]
            if frame.base is not None:
                index = frame.base
                continue
            chain.append(frame.flow)
            index -= 1
        return tuple(reversed(chain))

    def setting(self, name: str) -> Any:
        """The value of a setting here: the flow's, else that of the flow that ran it, else the project's."""
        return self.settings[name]

    @property
    def language(self) -> str:
        """The call's language here: the one set for the call, else the flow's, else the project's."""
        return self.session.language or self.settings["language"]

    # ------------------------------------------------------------------------------------------------------- prompts

    def answer(self) -> None:
        """Answer the call unless it is."""
        if not self.session.answered:
            self.session.answered = True
            self.commands.append(Answer())

    def prompt(self, command: Prompt) -> None:
        """Let the caller hear it, answering first."""
        if not self.session.answered:
            self.answer()
        self.commands.append(command)

    def drop_prompts(self) -> None:
        """A key that was typed ahead interrupts every prompt of this turn: nobody hears them."""
        self.commands = [command for command in self.commands if not isinstance(command, Prompt)]
        stays = [entry.kind not in ("said", "played", "paused") for entry in self.entries]
        self.entries = list(compress(self.entries, stays))
        self.heard = list(compress(self.heard, stays))

    # ------------------------------------------------------------------------------------------------------- leaving

    def wait_for(self, wait: Wait) -> int:
        """End the turn with this wait; what is no data takes a caller out of a queue."""
        if self.session.queue is not None and not isinstance(wait, (Enqueue, Fetch, SendText)):
            self.session.queue = None
        self.wait = wait
        return WAIT

    def hang_up(self, reason: str = "flow") -> int:
        """End the call: hang up, or, when the caller has left, run `on hangup` and be over."""
        if self.session.gone:
            return self.caller_left()
        self.note("hangup", reason)
        self.wait = Hangup(reason)
        return END

    def caller_left(self) -> int:
        """The caller is gone and the flow has come to something that needs him: run the `on hangup` of all flows."""
        session = self.session
        session.gone = True
        if any(frame.handler == "hangup" for frame in session.frames):
            # A statement that needs the caller inside `on hangup` ends this handler; `check` refuses it.
            return self.end_hangup_handler()
        self.note("hangup", "caller")
        return self._hangup_handler(len(session.frames) - 1)

    def end_hangup_handler(self) -> int:
        """Leave the `on hangup` under way, with the flows that it runs, for the next one further out."""
        while self.frame.handler != "hangup":
            self.pop()
        return self.leave_handler()

    def _hangup_handler(self, top: int) -> int:
        """The innermost `on hangup` at or below frame `top`, as the node to go to; END when there is none left."""
        session = self.session
        while top >= 0:
            frame = session.frames[top]
            if frame.base is None:
                entry = self.program.flows[frame.flow].on.get("hangup")
                if entry is not None:
                    del session.frames[top + 1 :]
                    self.push(Frame(frame.flow, entry, base=top, after=END, handler="hangup"))
                    return entry
            top -= 1
        self.wait = Gone()
        return END

    def leave_handler(self) -> int:
        """The end of a flow-wide handler that did not leave."""
        frame = self.frame
        if frame.base is None or frame.after is None:
            raise TypeError("not in a flow-wide handler")
        if frame.handler == "hangup":
            return self._hangup_handler(frame.base - 1)
        self.pop()
        if frame.after == END:
            return self.hang_up("error" if frame.handler == "error" else "flow")
        return frame.after

    # -------------------------------------------------------------------------------------------------------- frames

    def push(self, frame: Frame) -> None:
        """Enter a flow or a handler.

        Raises LimitReachedError("depth").
        """
        frames = self.session.frames
        if len(frames) >= self.program.project.limits.depth:
            raise LimitReachedError("depth")
        frames.append(frame)
        self._top(frame)

    def pop(self) -> None:
        """Leave the innermost frame."""
        self.session.frames.pop()
        self._top(self.session.frames[-1])

    def cut(self, size: int) -> None:
        """Leave every frame from `size` on."""
        del self.session.frames[size:]
        self._top(self.session.frames[-1])

    def _top(self, frame: Frame) -> None:
        self.frame = frame
        self.graph = self.program.flows[frame.flow]
        self._scope = None
        self.settings = self.program.settings(self._chain())

    def settle(self) -> Frame:
        """Leave the handlers on top of the present flow, as a jump, a return or a failure does; gives the flow's
        frame."""
        base = self.frame.base
        if base is not None:
            self.cut(base + 1)
            if self.frame.base is not None:
                return self.settle()
        return self.frame

    @property
    def in_hangup(self) -> bool:
        """Whether the statement under way stands in an `on hangup` block itself, not in a flow that one runs."""
        frame = self.frame
        while frame.base is not None:
            if frame.handler == "hangup":
                return True
            frame = self.session.frames[frame.base]
        return False

    # ------------------------------------------------------------------------------------------------------ outcomes

    def outcome(self, node: Node, name: str, *, default: int | None = None, verb: str = "") -> int:
        """Take the exit for an outcome of `node`; without one, `default` (a node or an end).

        `default` None means that the outcome has no default: a flow-wide `on failed` is looked for, from the inside
        out.
        """
        self.note("outcome", name, verb or node.kind)
        target = node.exits.get(name)
        if target is not None:
            return target
        if default is not None:
            return self.hang_up() if default == END else default
        return self.failed(node)

    def failed(self, node: Node) -> int:
        """`failed`, which the verb at `node` does not handle itself: the flow's handler, else that of the `run` that
        called it."""
        if self.in_hangup:
            # Nobody is there to be told: write it down and go on after the verb.
            self.note("error", "failed", f"{node.kind} failed and `on hangup` does not handle it")
            self.effects.append(Log("error", f"{node.kind} failed after the caller left"))
            return node.exits["next"]
        frame = self.settle()
        entry = self.graph.on.get("failed")
        if entry is not None:
            index = len(self.session.frames) - 1
            self.push(Frame(frame.flow, entry, base=index, after=node.exits["next"], handler="failed"))
            return entry
        return self.fail("")

    def fail(self, reason: str) -> int:
        """Leave the present flow as failed.

        In the flow that the call began with it raises `error`.
        """
        if self.in_hangup:
            return self.leave_handler()
        self.settle()
        if len(self.session.frames) == 1:
            return self.error(reason or "`failed` is not handled")
        self.note("return", "failed", reason)
        return self.leave_flow().came_back_failed(self, reason)

    def leave_flow(self) -> Caller:
        """Leave the present flow for the `run` that called it, and give that node."""
        self.pop()
        node = self.graph.nodes[self.frame.node]
        if not isinstance(node, Caller):
            raise TypeError(f"{self.frame.flow} was not called by a run but by a {node.kind}")
        self.node = node
        return node

    def error(self, message: str) -> int:
        """Raise `error`: the innermost `on error`, else the apology and the end of the call."""
        self.note("error", "error", message)
        session = self.session
        frames = session.frames
        self.effects.append(Log("error", message))
        if any(frame.handler == "hangup" for frame in frames):
            return self.end_hangup_handler()
        if not any(frame.handler == "error" for frame in frames):
            for index in range(len(frames) - 1, -1, -1):
                frame = frames[index]
                if frame.base is not None:
                    continue
                entry = self.program.flows[frame.flow].on.get("error")
                if entry is not None:
                    self.cut(index + 1)
                    self.push(Frame(frame.flow, entry, base=index, after=END, handler="error"))
                    return entry
        return self.apologize("error")

    def limit(self, name: str) -> int:
        """A limit was reached: say so, write it down under its own code, and end the call."""
        message = f"limit-{name}: the call reached [limits] {name}"
        self.note("limit", name, message)
        self.effects.append(Log("error", message))
        return self.apologize(f"limit-{name}")

    def apologize(self, reason: str) -> int:
        """Say the project's apology and hang up; `on error` does not run any more."""
        if self.session.gone:
            return self.caller_left()
        text = in_language(self.language, self.program.project.apologies) or str(self.setting("apology"))
        self.prompt(Say(text, self.language))
        self.note("said", text=text, heard=text)
        return self.hang_up(reason)
