"""Plays a script over a line, and tells the first thing that is not as the script has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowengine.core.graph import Program
from flowengine.core.journal import MASK, Asked
from flowengine.core.run import Run
from flowengine.diagnostics import Span
from flowengine.expressions.evaluate import MISSING, Compiled, ExpressionError
from flowengine.simulator.line import CannotError, Line, finished
from flowengine.simulator.phone import Phone
from flowengine.simulator.script import (
    Case,
    ExpectEnd,
    ExpectThat,
    ExpectVerb,
    Give,
    HangUp,
    Hear,
    Leave,
    Peer,
    Press,
    Speak,
    Step,
    Unheard,
    Wait,
    same,
)
from flowengine.simulator.transcript import Request, Transcript
from flowengine.simulator.world import NoAnswerGivenError
from flowengine.verbs import all_verbs
from flowengine.verbs.base import Verb

_PRIVATE = frozenset({"data", "json", "form", "headers"})
"""Options whose values may hold what a sensitive gather took: a report names them without the value."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a script did not pass.

    `expected` and `instead` are for people; `instead` has a line a thing that was heard or asked. `note` tells more.
    """

    span: Span
    expected: str
    instead: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a script. `conversation` is the whole of it, up to the failure."""

    case: Case
    failure: Failure | None
    conversation: Transcript

    @property
    def passed(self) -> bool:
        return self.failure is None


class _UnmetError(Exception):
    """The present line does not hold."""

    def __init__(self, expected: str, instead: tuple[str, ...] = (), note: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.instead = instead
        self.note = note


def simulate(case: Case, program: Program) -> Result:
    """Run a script on the simulated phone, in no time."""
    return finished(play(case, Phone(program, case.setup)))


async def play(case: Case, line: Line) -> Result:
    """Run a script over a line, which is closed afterwards."""
    player = _Player(line)
    step: Step | None = None
    try:
        for step in case.steps:
            await player.take(step)
        await player.begin()
        player.finish(step)
    except _UnmetError as unmet:
        span = case.span if step is None else step.span
        return Result(case, Failure(span, unmet.expected, unmet.instead, unmet.note), line.transcript)
    finally:
        await line.close()
    return Result(case, None, line.transcript)


class _Player:
    """A script under way.

    `heard` is the word after what the last `hear` found; `met` the item after what the last `hear` or `expect` found.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.begun = False
        self.heard = 0
        self.met = 0

    async def begin(self) -> None:
        """Start the call, unless it has: what is given before the first other line holds from the start."""
        if not self.begun:
            self.begun = True
            await self._do(self.line.start())

    async def take(self, step: Step) -> None:
        if isinstance(step, Give):
            self.line.give(step.given)
            return
        await self.begin()
        match step:
            case Hear():
                self._hear(step)
            case Unheard():
                self._unheard(step)
            case ExpectVerb():
                self._expect_verb(step)
            case ExpectEnd():
                self._expect_end()
            case ExpectThat():
                self._expect_that(step)
            case _:
                self.line.transcript.mark()
                await self._act(step)

    async def _act(self, step: Step) -> None:
        line = self.line
        match step:
            case Press(keys=keys):
                await self._do(line.press(keys))
            case Speak(text=text):
                await self._do(line.speak(text))
            case Wait(seconds=seconds):
                await self._do(line.wait(seconds))
            case Leave(seconds=seconds, text=text, hangup=hangup):
                await self._do(line.leave(seconds, text, hangup))
            case Peer(outcome=outcome, seconds=seconds):
                await self._do(line.peer(outcome, seconds))
            case HangUp():
                await self._do(line.hangup())

    async def _do(self, action: Any) -> None:
        try:
            await action
        except CannotError as error:
            raise _UnmetError("this line can be done", (str(error),)) from None
        except NoAnswerGivenError as error:
            hint = f'given fetch "{error.url}" json={{…}}'
            raise _UnmetError("every fetch has an answer", (str(error),), f"write, above this line: {hint}") from None

    def finish(self, last: Step | None) -> None:
        """The script is at its end."""
        if self.line.ended is None and not isinstance(last, HangUp | ExpectVerb | ExpectEnd | ExpectThat):
            raise _UnmetError(
                "the call is over, or the script ends in `hangup` or `expect …`",
                (f"the call goes on: {self.line.doing}",),
            )

    # -------------------------------------------------------------------------------------------------- hear, unheard

    def _hear(self, step: Hear) -> None:
        transcript = self.line.transcript
        found = transcript.find(step.text, max(self.heard, transcript.window[1]))
        if found is not None:
            self.heard, item = found
            self.met = max(self.met, item + 1)
            return
        note = ""
        if transcript.find(step.text, transcript.window[1]) is not None:
            note = "it was said, but before what the last `hear` found"
        elif transcript.find(step.text, 0) is not None:
            note = "it was said, but before the last line that did something"
        raise _UnmetError(f'to hear "{step.text}"', tuple(transcript.heard()) or ("nothing",), note)

    def _unheard(self, step: Unheard) -> None:
        transcript = self.line.transcript
        if transcript.find(step.text, transcript.window[1]) is not None:
            raise _UnmetError(f'not to hear "{step.text}"', tuple(transcript.heard()))

    # ---------------------------------------------------------------------------------------------------------- expect

    def _expect_verb(self, step: ExpectVerb) -> None:
        seen: list[str] = []
        note = ""
        for index, request in self.line.transcript.requests(self.met):
            seen.append(f"{request.asked.verb} {request.shown}".rstrip())
            if request.asked.verb != step.verb:
                continue
            difference = self._difference(step, request)
            if difference is None:
                self.met = index + 1
                return
            note = difference
        raise _UnmetError(step.shown, tuple(seen) or ("the flow asked for nothing more",), note)

    def _difference(self, step: ExpectVerb, request: Request) -> str | None:
        """What differs, in words; None when the verb was asked for as expected."""
        asked = request.asked
        verb = _verb(step.verb)
        args = list(asked.args)
        if step.binds and args:
            name = args.pop(0)
            if step.name is not None and step.name != name:
                return f"it is bound to `{name}`, not to `{step.name}`"
        elif step.name is not None:
            return f"it is bound to nothing, not to `{step.name}`"
        for place, wanted in enumerate(step.args):
            value = self._value(wanted)
            argument = verb.positional[place] if place < len(verb.positional) else None
            actual = args[place] if place < len(args) else None
            accepted = [actual, *(asked.alternatives if place == 0 else ())]
            if not any(_equal(value, one, argument.kind.accept if argument else None) for one in accepted):
                return f"its {argument.name if argument else 'argument'} is another"
        for name, wanted in step.options.items():
            option = next((argument for argument in verb.options if argument.name == name), None)
            value, actual = self._value(wanted), self._option(asked, name, verb)
            if not _equal(value, actual, option.kind.accept if option else None):
                return f"its {name} is another" if name in _PRIVATE else f"its {name} is {_shown(actual)}"
        return None

    def _option(self, asked: Asked, name: str, verb: Verb) -> Any:
        if name in asked.options:
            return asked.options[name]
        return next((argument.default for argument in verb.options if argument.name == name), None)

    def _expect_end(self) -> None:
        if self.line.ended != "flow":
            raise _UnmetError("the flow has ended the call", (self.line.doing,))

    def _expect_that(self, step: ExpectThat) -> None:
        try:
            holds = bool(self._value(step.condition))
        except ExpressionError as error:
            raise _UnmetError(step.shown, (error.message,), self._names()) from None
        if not holds:
            raise _UnmetError(step.shown, (f"it is {self._seen(step.subject)}",))

    def _run(self) -> Run:
        """The flow as it stands: what an expression of the script can read."""
        program, session = self.line.look()
        run = Run(program, session, self.line.now)
        run.node = run.graph.nodes[run.frame.node] if 0 <= run.frame.node < len(run.graph.nodes) else None
        return run

    def _value(self, compiled: Compiled) -> Any:
        return compiled.constant if compiled.constant is not MISSING else self._run().eval(compiled)

    def _seen(self, compiled: Compiled) -> str:
        run = self._run()
        if run.tainted(compiled):
            return MASK
        try:
            return _shown(run.eval(compiled))
        except ExpressionError as error:
            return error.message

    def _names(self) -> str:
        run = self._run()
        names = ", ".join(f"`{name}`" for name in sorted(run.variables))
        return f"the flow {run.graph.name} has {names or 'no variables'} now"


def _equal(wanted: Any, actual: Any, accept: Callable[[Any], Any] | None) -> bool:
    """Whether the flow has the value that the script gives, as written or in the form that the verb takes."""
    if same(wanted, actual):
        return True
    if accept is None:
        return False
    try:
        return same(accept(wanted), actual)
    except ValueError:
        return False


def _verb(name: str) -> Verb:
    return _verbs()[name]


_known: dict[str, Verb] = {}


def _verbs() -> dict[str, Verb]:
    if not _known:
        _known.update(all_verbs())
    return _known


def _shown(value: Any) -> str:
    """A value as a script has it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list() | tuple():
            return f"[{', '.join(map(_shown, value))}]"
        case dict():
            return "{" + ", ".join(f"{_shown(key)}: {_shown(item)}" for key, item in value.items()) + "}"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
