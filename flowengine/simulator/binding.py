"""From the lines of a script to steps that can be run: names are looked up, values checked, before any call begins.

Gives the findings FE280 to FE285 (names) and FE380 to FE385 (values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowengine.compiler.build import Build
from flowengine.compiler.config import Config
from flowengine.diagnostics import Diagnostic, Severity, Span
from flowengine.diagnostics.sources import Sources
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.evaluate import Compiled, ExpressionError, compile_expression
from flowengine.expressions.tree import Call, Expr, Name
from flowengine.language import call_tree
from flowengine.language.tree import Flow
from flowengine.simulator import values
from flowengine.simulator.line import Setup
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
)
from flowengine.simulator.values import UnfitError
from flowengine.simulator.world import Answer, Outcome, Variable
from flowengine.verbs import all_verbs

CALLER = "+12025550143"
"""Who calls where a script does not say (a number kept for stories)."""

OWN = "+12025550100"
"""Our number where neither the script nor `[numbers]` says."""

START = "2026-01-05T12:00"
"""When a call begins where a script does not say: a Monday, noon, in the project's zone."""


def number_of(config: Config, flow: str) -> str:
    """The number that the flow answers."""
    return next((number for number, target in config.numbers.items() if target.flow == flow), OWN)


LINES = {
    "flow": "`flow NAME` or `flow NAME(args)`",
    "from": '`from "+15557650001"`',
    "to": '`to "+15551230000"`',
    "at": '`at "2026-11-21T20:00"`',
    "direction": '`direction "outbound"`',
    "answered_by": '`answered_by "machine"`',
    "given": "`given fetch URL …`, `given NAME = value`, `given sms TO fails`, …",
    "hear": "`hear TEXT`",
    "unheard": "`unheard TEXT`",
    "press": "`press KEYS`",
    "speak": "`speak TEXT`",
    "wait": "`wait` or `wait 4s`",
    "leave": "`leave 5s TEXT`",
    "peer": "`peer busy` or `peer answered 30s`",
    "expect": "`expect VERB …` or `expect NAME == value`",
    "hangup": "`hangup`",
}
"""The lines of a script by their first word, with how they are written."""

OUTCOMES = ("busy", "noanswer", "declined", "failed", "answered")
"""What the other side of a transfer, or an agent of a queue, may do."""

GIVEN_OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "sms": ("fails",),
    "conference": ("full", "ended", "failed"),
    "queue": ("full", "failed"),
}
"""What may be given of a verb."""


def bind_script(script: call_tree.Script, build: Build, sources: Sources) -> tuple[Case | None, list[Diagnostic]]:
    """A script, ready to run, or None with what is wrong in it."""
    binder = _Binder(build, sources)
    for line in script.lines:
        binder.line(line)
    case = binder.case(script)
    return (None if any(found.is_error for found in binder.found) else case), binder.found


class _Binder:
    def __init__(self, build: Build, sources: Sources) -> None:
        self.build = build
        self.zone = build.config.zone
        self.verbs = all_verbs()
        self.sources = sources
        self.found: list[Diagnostic] = []
        self.steps: list[Step] = []
        self.set: dict[str, Any] = {}
        self.begun = False

    def _error(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self.found.append(Diagnostic(code, Severity.ERROR, message, span, hint))

    def _unknown(self, code: str, what: str, word: str, known: Mapping[str, Any], span: Span) -> None:
        near = closest(word, known)
        if near is not None:
            hint: str | None = f"did you mean `{near}`?"
        else:
            hint = f"known are {', '.join(f'`{name}`' for name in sorted(known))}" if known else None
        self._error(code, f"there is no {what} `{word}`", span, hint)

    # ---------------------------------------------------------------------------------------------------- the set-up

    def case(self, script: call_tree.Script) -> Case | None:
        """The whole script, once all its lines were taken."""
        flow = self.set.get("flow")
        if flow is None:
            if "flow" not in self.set:
                self._error(
                    "FE380", "the script does not say in which flow the call begins", script.span, "write `flow NAME`"
                )
            return None
        direction = self.set.get("direction", "inbound")
        ours, other = number_of(self.build.config, flow), CALLER
        caller, called = (ours, other) if direction == "outbound" else (other, ours)
        begins = self.set.get("at")
        return Case(
            script.name,
            Setup(
                flow,
                self.set.get("from", caller),
                self.set.get("to", called),
                values.moment(START, self.zone) if begins is None else begins,
                self.set.get("arguments", {}),
                direction,
                self.set.get("answered_by"),
            ),
            tuple(self.steps),
            script.span,
        )

    def _set(self, line: call_tree.Line, read: Callable[[], Any]) -> None:
        """A line of the set-up: each once, and before the call begins."""
        name = line.word.text
        if self.begun:
            self._error("FE384", f"`{name}` comes before any line that hears or does something", line.span)
        elif name in self.set:
            self._error("FE384", f"`{name}` is set already", line.span)
        else:
            self.set[name] = None
            self.set[name] = read()

    def _flow(self, line: call_tree.Line) -> str | None:
        """The flow in which the call begins, with the values of its parameters."""
        expr = self._one(line)
        called = expr.function if isinstance(expr, Call) else expr
        if not isinstance(called, Name):
            raise UnfitError("FE382", "`flow` takes the name of a flow", expr.span)
        flow = self.build.flows.get(called.name)
        if flow is None:
            if all(tree.complete for tree in self.build.flows.values()):
                self._unknown("FE280", "flow", called.name, self.build.flows, called.span)
            return None
        self.set["arguments"] = self._arguments(flow, expr)
        return called.name

    def _arguments(self, flow: Flow, expr: Expr) -> dict[str, Any]:
        names = [parameter.name.text for parameter in flow.parameters]
        given: dict[str, Any] = {}
        before = len(self.found)
        for place, value in enumerate(expr.args if isinstance(expr, Call) else ()):
            if place < len(names):
                given[names[place]] = values.constant(value)
            else:
                self._error(
                    "FE281", f"`{flow.name.text}` takes {len(names)} arguments: this is one too many", value.span
                )
        for keyword in expr.keywords if isinstance(expr, Call) else ():
            if keyword.name not in names:
                what = f"parameter of `{flow.name.text}` named"
                self._unknown("FE281", what, keyword.name, dict.fromkeys(names), keyword.span)
            elif keyword.name in given:
                self._error("FE281", f"`{keyword.name}` has its value already", keyword.span)
            else:
                given[keyword.name] = values.constant(keyword.value)
        missing = [p.name.text for p in flow.parameters if p.default is None and p.name.text not in given]
        if missing and len(self.found) == before:  # a misspelt one is missing, too, and was told
            listed = ", ".join(f"`{name}`" for name in missing)
            self._error("FE380", f"the flow `{flow.name.text}` needs a value for {listed}", expr.span)
        return given

    # ------------------------------------------------------------------------------------------------------ the lines

    def line(self, line: call_tree.CallLine) -> None:
        """Take one line; what is wrong with it is found."""
        try:
            match line:
                case call_tree.GivenValue():
                    self._given_value(line)
                case call_tree.ExpectThat():
                    self._does(self._expect_that(line))
                case call_tree.ExpectVerb():
                    self._does(self._expect_verb(line))
                case call_tree.Line():
                    self._line(line)
        except UnfitError as unfit:
            self.found.append(unfit.diagnostic)

    def _does(self, step: Step | None) -> None:
        """A line in which something is heard or done: the call has begun."""
        self.begun = True
        if step is not None:
            self.steps.append(step)

    def _line(self, line: call_tree.Line) -> None:
        span = line.span
        match line.word.text:
            case "flow":
                self._set(line, lambda: self._flow(line))
            case "from" | "to" as name:
                self._set(line, lambda: values.number(self._one(line), name, withheld=name == "from"))
            case "at":
                self._set(line, lambda: values.time(self._one(line), self.zone))
            case "direction":
                self._set(line, lambda: values.one_of(self._one(line), "direction", "inbound", "outbound"))
            case "answered_by" as name:
                self._set(line, lambda: values.one_of(self._one(line), name, "human", "machine", "fax", "unknown"))
            case "given":
                self._given(line)
            case "hear":
                self._does(Hear(values.heard(self._one(line), "hear"), span))
            case "unheard":
                self._does(Unheard(values.heard(self._one(line), "unheard"), span))
            case "press":
                self._does(Press(values.keys(self._one(line)), span))
                self._warn_of_pound(line)
            case "speak":
                self._does(Speak(values.text(self._one(line), "`speak`"), span))
            case "wait":
                (expr,) = self._shape(line, 0, 1) or (None,)
                self._does(Wait(None if expr is None else values.seconds(expr, "wait"), span))
            case "leave":
                self._does(self._leave(line))
            case "peer":
                self._does(self._peer(line))
            case "hangup":
                self._shape(line, 0, 0)
                self._does(HangUp(span))
            case word:
                self._unknown("FE285", "line", word, dict.fromkeys(LINES), line.word.span)

    def _warn_of_pound(self, line: call_tree.Line) -> None:
        """`press 12#` is `press 12` and a comment."""
        end = line.span
        text = self.sources.line(end.file, end.end_line) or ""
        if text[end.end_column - 2 : end.end_column - 1].isdigit() and text[end.end_column - 1 :].startswith("#"):
            keys = text[line.args[0].span.column - 1 : end.end_column]
            self.found.append(
                Diagnostic("FE385", Severity.WARNING, "`#` begins a comment here", end, f'write `press "{keys}"`')
            )

    def _leave(self, line: call_tree.Line) -> Leave:
        args = self._shape(line, 1, 3)
        last = args[-1]
        hangup = len(args) > 1 and isinstance(last, Name) and last.name == "hangup"
        if hangup:
            args = args[:-1]
        if len(args) > 2:
            raise UnfitError("FE382", "after its text, `leave` takes `hangup` and nothing else", last.span)
        text = values.text(args[1], "`leave`") if len(args) > 1 else ""
        return Leave(values.seconds(args[0], "leave"), text, hangup, line.span)

    def _peer(self, line: call_tree.Line) -> Peer:
        args = self._shape(line, 1, 2)
        outcome = self._word(args[0], "peer", *OUTCOMES)
        if outcome != "answered":
            self._shape(line, 1, 1)
            return Peer(outcome, 0, line.span)
        if len(args) < 2:
            raise UnfitError("FE382", "`peer answered` takes how long they talk: `peer answered 30s`", line.span)
        return Peer(outcome, values.seconds(args[1], "peer answered"), line.span)

    # ---------------------------------------------------------------------------------------------------------- given

    def _given_value(self, line: call_tree.GivenValue) -> None:
        known = self.build.config.variables
        name = line.name.text
        if name not in known and not self.build.config.broken:
            self._unknown("FE284", "variable in `[vars]` named", name, known, line.name.span)
            return
        self.steps.append(Give(Variable(name, values.constant(line.value)), line.span))

    def _given(self, line: call_tree.Line) -> None:
        kind = self._word(line.args[0] if line.args else None, "given", "fetch", *GIVEN_OUTCOMES, span=line.span)
        if kind == "fetch":
            self.steps.append(Give(self._answer(line), line.span))
            return
        _, name, outcome = self._shape(line, 3, 3)
        given = Outcome(
            kind, values.text(name, f"`given {kind}`"), self._word(outcome, f"given {kind}", *GIVEN_OUTCOMES[kind])
        )
        self.steps.append(Give(given, line.span))

    def _answer(self, line: call_tree.Line) -> Answer:
        args = self._shape(line, 2, 3, options=("status", "json", "text", "delay"))
        options = {option.name.text: option.value for option in line.options}
        fails = len(args) > 2 and self._word(args[2], "given fetch", "fails") == "fails"
        if "json" in options and "text" in options:
            raise UnfitError("FE382", "an answer is `json=` or `text=`, not both", options["text"].span)
        if fails and options.keys() - {"delay"}:
            raise UnfitError("FE382", "a service that fails has no answer", args[2].span)
        status = values.constant(options["status"]) if "status" in options else 200
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            raise UnfitError("FE382", "`status` is a number from 100 to 599", options["status"].span)
        body: Any = ""
        if "json" in options:
            body = values.constant(options["json"])
        elif "text" in options:
            body = values.text(options["text"], "`text`")
        delay = values.seconds(options["delay"], "delay") if "delay" in options else 0.0
        return Answer(values.text(args[1], "`given fetch`"), status, body, delay, fails)

    # --------------------------------------------------------------------------------------------------------- expect

    def _expect_that(self, line: call_tree.ExpectThat) -> ExpectThat:
        return ExpectThat(
            self._compiled(line.test), self._compiled(line.test.first), self._source(line.span), line.span
        )

    def _expect_verb(self, line: call_tree.ExpectVerb) -> Step | None:
        word = line.verb.text
        if word == "hangup" and not line.args and not line.options:
            return ExpectEnd(line.span)
        verb = self.verbs.get(word)
        if verb is None:
            self._unknown("FE282", "verb", word, self.verbs, line.verb.span)
            return None
        args = list(line.args)
        name = None
        first = args[0] if args else None
        if verb.binds is not None and isinstance(first, Name):
            name = first.name
            del args[0]
        if len(args) > len(verb.positional):
            extra = args[len(verb.positional)]
            self._error(
                "FE283", f"`{word}` has {len(verb.positional)} values without a name: this is one too many", extra.span
            )
        options: dict[str, Compiled] = {}
        known = {argument.name: argument for argument in verb.options}
        for option in line.options:
            if option.name.text not in known:
                self._unknown("FE283", f"argument of `{word}` named", option.name.text, known, option.name.span)
            else:
                options[option.name.text] = self._compiled(option.value)
        compiled = tuple(self._compiled(expr) for expr in args[: len(verb.positional)])
        return ExpectVerb(word, name, compiled, options, verb.binds is not None, self._source(line.span), line.span)

    def _compiled(self, expr: Expr) -> Compiled:
        try:
            return compile_expression(expr)
        except ExpressionError as error:
            raise UnfitError("FE382", error.message, error.span or expr.span) from None

    def _source(self, span: Span) -> str:
        """The line as it was written."""
        row = self.sources.line(span.file, span.line) or ""
        end = span.end_column - 1 if span.end_line == span.line else len(row)
        return row[span.column - 1 : end].strip()

    # ------------------------------------------------------------------------------------------------ shapes of lines

    def _shape(self, line: call_tree.Line, least: int, most: int, options: tuple[str, ...] = ()) -> tuple[Expr, ...]:
        """The values of a line, as many as it takes. Raises UnfitError."""
        word = line.word.text
        for option in line.options:
            if option.name.text not in options:
                near = closest(option.name.text, options)
                hint = f"did you mean `{near}`?" if near else None
                raise UnfitError("FE382", f"`{word}` has no `{option.name.text}=`", option.name.span, hint)
        if len(line.args) < least:
            raise UnfitError("FE382", f"`{word}` needs something more: {LINES[word]}", line.span)
        if len(line.args) > most:
            raise UnfitError("FE382", f"this is too much: {LINES[word]}", line.args[most].span)
        return line.args

    def _one(self, line: call_tree.Line) -> Expr:
        (expr,) = self._shape(line, 1, 1)
        return expr

    def _word(self, expr: Expr | None, what: str, *known: str, span: Span | None = None) -> str:
        """A bare word of a few. Raises UnfitError."""
        word = expr.name if isinstance(expr, Name) else None
        if word in known:
            return word
        near = None if word is None else closest(word, known)
        hint = f"did you mean `{near}`?" if near else f"write {', '.join(f'`{what} {name}`' for name in known)}"
        where = expr.span if expr is not None else span
        assert where is not None, "a line without values has a span"
        raise UnfitError("FE382", f"`{what}` takes one of {', '.join(known)}", where, hint)
