"""Which argument is which: a verb as written against the verb as declared.

Gives the findings that only this comparison can: FE201 to FE203 (names), FE301 to FE309 (values and shape). What it
binds is used by every other check and by the lowering, so nothing is decided twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flowengine.diagnostics import Diagnostic, Label, Severity, Span
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.evaluate import MISSING, Compiled, ExpressionError, compile_template, compile_value
from flowengine.expressions.tree import DictOf, Expr, Hole, ListOf, Literal, Name, Template, Text
from flowengine.language import tree
from flowengine.language.builder import RESERVED as WORDS
from flowengine.verbs.base import REQUIRED, Argument, Handler, Outcome, Value, Verb
from flowengine.verbs.kinds import CONDITION, KEY, Kind
from flowengine.verbs.say import escape_ssml, is_ssml


@dataclass(slots=True)
class Bound:
    """One use of a verb: its declaration, and what was written where.

    `args` lacks what was missing or wrong.
    """

    verb: Verb
    statement: tree.Verb
    name: tree.Word | None = None
    args: dict[str, Value] = field(default_factory=dict)
    exprs: dict[str, Expr] = field(default_factory=dict)
    handlers: list[Handler] = field(default_factory=list)
    content: tree.Block = ()


def bind(flow: tree.Flow, verbs: Mapping[str, Verb]) -> tuple[dict[int, Bound], list[Diagnostic]]:
    """Bind every verb of a flow; the keys are the identities of the statements."""
    binder = _Binder(verbs)
    for handler in flow.handlers:
        binder.block(handler.body)
    for step in flow.steps:
        binder.block(step.body)
    return binder.bound, binder.found


def compiled(expr: Expr) -> Compiled | None:
    """The expression, compiled; None where a name in it is unknown, which another check reports."""
    try:
        return compile_value(expr)
    except ExpressionError:
        return None


class _Binder:
    def __init__(self, verbs: Mapping[str, Verb]) -> None:
        self.verbs = verbs
        self.bound: dict[int, Bound] = {}
        self.found: list[Diagnostic] = []

    def _error(self, code: str, message: str, span: Span, hint: str | None = None, *labels: Label) -> None:
        self.found.append(Diagnostic(code, Severity.ERROR, message, span, hint, labels))

    # -------------------------------------------------------------------------------------------------------- blocks

    def block(self, block: tree.Block) -> None:
        """A block where any statement may stand."""
        for statement in block:
            self.statement(statement)

    def statement(self, statement: tree.Statement) -> None:
        match statement:
            case tree.Verb():
                self.verb(statement)
            case tree.If(branches=branches, otherwise=otherwise):
                for branch in branches:
                    self.block(branch.body)
                self.block(otherwise or ())
            case tree.Match(cases=cases, otherwise=otherwise):
                for case in cases:
                    self.block(case.body or ())
                self.block(otherwise or ())
            case tree.Run():
                self._run(statement)
            case tree.When():
                self._error("FE309", "`when` stands only in a `menu` or a `match`", statement.span)
                self.block(statement.body or ())
            case tree.On():
                self._error("FE309", "`on` stands in the block of a verb or in the flow's header", statement.span)
                self.block(statement.body)
            case tree.Goto() | tree.Set() | tree.Return() | tree.Fail():
                pass

    def _run(self, statement: tree.Run) -> None:
        for inner in statement.body:
            if isinstance(inner, tree.On):
                for trigger in inner.triggers:
                    if trigger.name.text != "failed" or trigger.argument is not None:
                        hint = "`run` has one outcome to handle: `on failed`"
                        self._error("FE203", f"`run` has no outcome `{trigger.name.text}`", trigger.span, hint)
                self.block(inner.body)
            else:
                self._error("FE309", "the block of a `run` holds only `on failed`", _head(inner))
                self.statement(inner)

    def content(self, block: tree.Block, verb: Verb) -> None:
        """The prompts of a menu, gather, record or queue, and the `when`s of a menu."""
        for statement in block:
            match statement:
                case tree.Verb(name=name):
                    known = self.verbs.get(name.text)
                    if known is not None and not known.prompt:
                        hint = (
                            "say, play and pause are prompts; the rest goes before or after the verb, or into an `on`"
                        )
                        self._error(
                            "FE309", f"`{name.text}` cannot stand among the prompts of `{verb.name}`", name.span, hint
                        )
                    self.verb(statement)
                case tree.If(branches=branches, otherwise=otherwise):
                    for branch in branches:
                        self.content(branch.body, verb)
                    self.content(otherwise or (), verb)
                case tree.Match(cases=cases, otherwise=otherwise):
                    for case in cases:
                        self.content(case.body or (), verb)
                    self.content(otherwise or (), verb)
                case tree.When(body=body) if verb.choices:
                    self.block(body or ())
                case tree.When():
                    self._error(
                        "FE309", f"`{verb.name}` has no choices: `when` stands in a `menu` or a `match`", statement.span
                    )
                    self.block(statement.body or ())
                case tree.On():
                    self._error("FE309", f"`on` stands directly in the block of `{verb.name}`", statement.span)
                    self.block(statement.body)
                case _:
                    hint = "say, play and pause may stand here, and `if` and `match` around them"
                    self._error(
                        "FE309", f"this cannot stand among the prompts of `{verb.name}`", _head(statement), hint
                    )
                    self.statement(statement)

    # --------------------------------------------------------------------------------------------------------- verbs

    def verb(self, statement: tree.Verb) -> None:
        verb = self.verbs.get(statement.name.text)
        if verb is None:
            self._unknown_verb(statement)
            return
        bound = Bound(verb, statement)
        self.bound[id(statement)] = bound
        self._arguments(bound)
        self._body(bound)

    def _unknown_verb(self, statement: tree.Verb) -> None:
        word = statement.name.text
        if word in WORDS:
            return  # an `else` or `when` in the wrong place, which the parser has told
        near = closest(word, self.verbs)
        hint = f"did you mean `{near}`?" if near else None
        if word in ("goto", "jump", "go"):
            hint = "to go to a step, write `-> step`"
        elif word in ("call", "dial") and near is None:
            hint = "to connect the caller with somebody, write `transfer`; to use another flow, `run`"
        self._error("FE201", f"there is no verb `{word}`", statement.name.span, hint)
        for inner in statement.body or ():
            if isinstance(inner, tree.On | tree.When):
                self.block(inner.body or ())
            else:
                self.statement(inner)

    def _arguments(self, bound: Bound) -> None:
        verb, statement = bound.verb, bound.statement
        given = list(statement.args)
        if verb.binds is not None:
            first = given[0] if given else None
            if isinstance(first, Name):
                bound.name = tree.Word(first.name, first.span)
                given.pop(0)
            elif verb.binds.required:
                hint = f"write `{verb.name} NAME …`: NAME becomes {verb.binds.doc}"
                self._error("FE301", f"`{verb.name}` needs a name for what it yields", statement.name.span, hint)
        positional = verb.positional
        for argument, expr in zip(positional, given, strict=False):
            self._bind(bound, argument, expr)
        for extra in given[len(positional) :]:
            takes = "takes no value here" if not positional else f"takes {_count(len(positional))}"
            self._error("FE308", f"`{verb.name}` {takes}: this is one too many", extra.span)
        for argument in positional[len(given) :]:
            if argument.default is REQUIRED:
                hint = f"{argument.name}: {argument.doc[0].lower()}{argument.doc[1:]}"
                self._error("FE301", f"`{verb.name}` needs its {argument.name}", statement.name.span, hint)
        options = {argument.name: argument for argument in verb.options}
        for option in statement.options:
            wanted = options.get(option.name.text)
            if wanted is None:
                self._unknown_argument(verb, option, options)
            elif option.name.text not in bound.exprs:
                self._bind(bound, wanted, option.value)

    def _unknown_argument(self, verb: Verb, option: tree.Option, options: Mapping[str, Argument]) -> None:
        word = option.name.text
        near = closest(word, options)
        if near:
            hint: str | None = f"did you mean `{near}`?"
        elif word in {argument.name for argument in verb.positional}:
            hint = f"the {word} of `{verb.name}` is written without its name"
        else:
            hint = f"it takes {', '.join(f'`{name}=`' for name in options)}" if options else "it takes none"
        self._error("FE202", f"`{verb.name}` has no argument `{word}`", option.name.span, hint)

    def _bind(self, bound: Bound, argument: Argument, expr: Expr) -> None:
        kind = argument.kind
        bound.exprs[argument.name] = expr
        label = f"{argument.name} of `{bound.verb.name}`"
        wrong = kind.literal(expr)
        if wrong is not None:
            self._error("FE307", f"{label}: {wrong}", expr.span)
            return
        try:
            code = self._compiled(kind, expr, label)
        except ExpressionError:
            return  # an unknown filter, function or test: reported where names are checked
        if kind is CONDITION or code.constant is MISSING:
            bound.args[argument.name] = Value(label, kind, compiled=code, expr=expr)
            return
        try:
            value = kind.accept(code.constant)
        except ValueError as error:
            self._error(_code(kind, code.constant), f"{label} must be {error}", _blamed(expr, kind))
            return
        bound.args[argument.name] = Value(label, kind, constant=value, expr=expr)

    def _compiled(self, kind: Kind, expr: Expr, label: str) -> Compiled:
        """The argument's code.

        What a template puts into a URL is percent-encoded, into SSML escaped.
        """
        if isinstance(expr, Template):
            if kind.name == "url" or (kind.name == "source" and _begins_as_url(expr)):
                return _url(expr)
            if label == "text of `say`" and is_ssml(Value(label, kind, expr=expr)):
                return compile_template(expr, escape=escape_ssml)
        return compile_value(expr)

    # ------------------------------------------------------------------------------------------------------ the block

    def _body(self, bound: Bound) -> None:
        verb, statement = bound.verb, bound.statement
        if statement.body is None:
            return
        if not verb.blocked:
            self._error(
                "FE309",
                f"`{verb.name}` has no block",
                statement.name.span,
                "remove the colon and what is indented below it",
            )
            self.block(statement.body)
            return
        content: list[tree.Statement] = []
        for inner in statement.body:
            if isinstance(inner, tree.On):
                self._handlers(bound, inner)
            else:
                content.append(inner)
        bound.content = tuple(content)
        if content and not verb.prompts:
            self._error("FE309", f"the block of `{verb.name}` holds only `on …`", _head(content[0]))
            self.block(bound.content)
        else:
            self.content(bound.content, verb)

    def _handlers(self, bound: Bound, on: tree.On) -> None:
        for trigger in on.triggers:
            handler = self._trigger(bound.verb, trigger, on.body)
            if handler is not None:
                bound.handlers.append(handler)
        self.block(on.body)

    def _trigger(self, verb: Verb, trigger: tree.Trigger, body: tree.Block) -> Handler | None:
        word = trigger.name.text
        if verb.coded and word.isascii() and word.isdigit() and len(word) == 3:
            return Handler(word, None, body, trigger.span)
        outcome = verb.outcome(word)
        if outcome is None:
            self._unknown_outcome(verb, trigger)
            return None
        argument: Any = None
        if trigger.argument is not None:
            argument = self._trigger_argument(outcome, trigger.argument)
            if argument is None:
                return None
        elif outcome.keyed:
            self._error("FE313", "`on press` needs its key: `on press 1`", trigger.span)
            return None
        return Handler(word, argument, body, trigger.span)

    def _trigger_argument(self, outcome: Outcome, expr: Expr) -> Any:
        value = expr.value if isinstance(expr, Literal) else expr.constant if isinstance(expr, Template) else None
        if outcome.keyed:
            try:
                return KEY.accept(expr.text if isinstance(expr, Literal) and isinstance(value, int) else value)
            except ValueError as error:
                self._error("FE302", f"`on press` takes {error}", expr.span)
                return None
        if outcome.counted:
            if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100:
                return value
            self._error("FE302", f"`on {outcome.name}` takes which one it is: `on {outcome.name} 2`", expr.span)
            return None
        self._error("FE308", f"`on {outcome.name}` takes nothing more", expr.span)
        return None

    def _unknown_outcome(self, verb: Verb, trigger: tree.Trigger) -> None:
        word = trigger.name.text
        names = [outcome.name for outcome in verb.outcomes]
        near = closest(word, names)
        listed = ", ".join(f"`{name}`" for name in names)
        hint = f"did you mean `{near}`?" if near else f"it ends in {listed}" if names else None
        if word in ("error", "hangup") or (word == "press" and not near):
            hint = f"`on {word}` stands in the flow's header"
        self._error("FE203", f"`{verb.name}` has no outcome `{word}`", trigger.name.span, hint)


def _code(kind: Kind, value: Any) -> str:
    """The finding that a refused constant is."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if kind.name in ("duration", "number") and numeric and (kind.name == "duration" or isinstance(value, int)):
        return "FE303"
    if kind.name == "digits" and numeric:
        return "FE303"
    if kind.name in ("phone", "targets"):
        return "FE304" if isinstance(value, str | list) else "FE302"
    if kind.name == "url" or (kind.name == "source" and isinstance(value, str) and "://" in value):
        return "FE305"
    return "FE302"


def _blamed(expr: Expr, kind: Kind) -> Span:
    """The place of the mistake: in a list of numbers, the number that is wrong."""
    if isinstance(expr, ListOf) and kind.name == "targets":
        for item in expr.items:
            code = compiled(item)
            if code is not None and code.constant is not MISSING:
                try:
                    kind.accept([code.constant])
                except ValueError:
                    return item.span
    return expr.span


def _begins_as_url(expr: Template) -> bool:
    first = expr.parts[0] if expr.parts else None
    return isinstance(first, Text) and first.value.startswith(("http://", "https://"))


def _url(expr: Template) -> Compiled:
    """The code of a URL: every hole is percent-encoded but one at the very beginning, which is the base of the URL."""
    if not expr.parts or not isinstance(expr.parts[0], Hole):
        return compile_template(expr, escape=_percent)
    base = compile_template(Template(expr.parts[:1], expr.span))
    rest = compile_template(Template(expr.parts[1:], expr.span), escape=_percent)
    return Compiled(expr, lambda scope: f"{base(scope)}{rest(scope)}")


def _percent(text: str) -> str:
    return quote(text, safe="")


def _count(number: int) -> str:
    return "one value" if number == 1 else f"{number} values"


def _head(statement: tree.Statement) -> Span:
    """The place to underline: a statement's own line, not its whole block."""
    span = statement.span
    if isinstance(statement, tree.Verb):
        return statement.name.span
    if span.end_line > span.line:
        return Span(span.file, span.line, span.column, span.line, span.column + 1)
    return span


def walk_expr(expr: Expr) -> Iterator[Expr]:
    """The values of a list or dict argument, else the argument itself."""
    if isinstance(expr, ListOf):
        yield from expr.items
    elif isinstance(expr, DictOf):
        for _, value in expr.items:
            yield value
    else:
        yield expr
