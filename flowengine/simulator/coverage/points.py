"""What there is to take in a flow: its lines, each way out of an `if` or `match`, each outcome of a verb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flowengine.core.control import IfNode, MatchNode, ReturnNode, RunNode
from flowengine.core.graph import FlowGraph, Program
from flowengine.core.words import words
from flowengine.diagnostics import Span
from flowengine.expressions.tree import Expr, Literal
from flowengine.language import tree
from flowengine.verbs import all_verbs
from flowengine.verbs.base import VerbNode
from flowengine.verbs.listening import ListenNode
from flowengine.verbs.menu import MenuNode, keys_of

Key = tuple[str, int, str]
"""What a point is known by: its flow, its node (of a line its number, of the header -1), and a name."""

HEADER = -1
"""The node of what stands in a flow's header."""

_UNSEEN = frozenset({"begin", "again", "when", "hold"})
"""Nodes of the machine's own: no line of the flow is theirs."""


class Kind(StrEnum):
    """What a point is."""

    LINE = "line"
    BRANCH = "branch"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Point:
    """Something that calls take or do not.

    `what` names it, as in `menu: key 1`; `verb` says how it is taken, as in "was never *pressed*".
    """

    kind: Kind
    key: Key
    span: Span
    what: str
    verb: str = "taken"

    @property
    def never(self) -> str:
        """The sentence for a point that no call has taken."""
        return f"{self.what} was never {self.verb}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a menu's `when`: keys, or words."""

    name: str
    keys: frozenset[str]
    words: tuple[str, ...]
    value: Expr


@dataclass(slots=True)
class Points:
    """The points of some flows, and what a journal is read with.

    `choices` has, for each menu, what each of its `when`s lists; `handled` the counts of `noinput` and `nomatch` that a
    listening node tells apart.
    """

    all: list[Point] = field(default_factory=list)
    keys: set[Key] = field(default_factory=set)
    choices: dict[tuple[str, int], list[list[Choice]]] = field(default_factory=dict)
    handled: dict[tuple[str, int, str], tuple[int, ...]] = field(default_factory=dict)

    def add(self, point: Point) -> None:
        if point.key not in self.keys:
            self.keys.add(point.key)
            self.all.append(point)


def points_of(program: Program, trees: Mapping[str, tree.Flow], flows: Iterator[str] | list[str]) -> Points:
    """Everything that calls can take in these flows."""
    points = Points()
    for name in flows:
        _Finder(program, program.flows[name], trees[name], points).find()
    points.all.sort(key=lambda point: (point.span, point.kind, point.key))
    return points


class _Finder:
    def __init__(self, program: Program, graph: FlowGraph, flow: tree.Flow, points: Points) -> None:
        self.program = program
        self.graph = graph
        self.flow = flow
        self.points = points
        self.verbs = all_verbs()
        blocks = [*(handler.body for handler in flow.handlers), *(step.body for step in flow.steps)]
        self.statements: dict[Span, tree.Statement] = {
            (statement.name.span if isinstance(statement, tree.Verb) else statement.span): statement
            for block in blocks
            for statement in tree.walk(block)
        }

    def find(self) -> None:
        for node in self.graph.nodes:
            if node.kind in _UNSEEN:
                continue
            self._add(Kind.LINE, node.line, "line", _line(node.span), "the line", "reached")
            statement = self.statements.get(node.span)
            if isinstance(node, IfNode) and isinstance(statement, tree.If):
                self._if(node, statement)
            elif isinstance(node, MatchNode) and isinstance(statement, tree.Match):
                self._match(node, statement)
            elif isinstance(node, RunNode):
                self._run(node)
            elif isinstance(node, VerbNode) and isinstance(statement, tree.Verb):
                self._verb(node, statement)
        self._header()

    def _add(self, kind: Kind, node: int, name: str, span: Span, what: str, verb: str = "taken") -> None:
        self.points.add(Point(kind, (self.graph.name, node, name), span, what, verb))

    # -------------------------------------------------------------------------------------------------------- branches

    def _if(self, node: IfNode, statement: tree.If) -> None:
        for number, branch in enumerate(statement.branches):
            word = "if" if number == 0 else "elif"
            self._add(Kind.BRANCH, node.index, str(number), branch.span, f"{word}: the condition", "true")
        only = len(statement.branches) == 1 and not statement.otherwise
        what, verb = ("if: the condition", "false") if only else ("if: the `else`", "taken")
        span = statement.span if not statement.otherwise else statement.otherwise[0].span
        self._add(Kind.BRANCH, node.index, "else", span, what, verb)

    def _match(self, node: MatchNode, statement: tree.Match) -> None:
        for number, case in enumerate(statement.cases):
            shown = ", ".join(_shown(value) for value in case.values)
            self._add(Kind.BRANCH, node.index, str(number), case.span, f"match: `when {shown}`")
        span = statement.span if not statement.otherwise else statement.otherwise[0].span
        what = "match: `else`" if statement.otherwise is not None else "match: a value that no `when` lists"
        self._add(Kind.BRANCH, node.index, "else", span, what)

    def _run(self, node: RunNode) -> None:
        called = self.program.flows[node.flow]
        if any(isinstance(inner, ReturnNode) for inner in called.nodes):
            self._add(Kind.OUTCOME, node.index, "returned", node.span, f"run {node.flow}: its return", "seen")
        if "failed" in node.exits:
            self._add(Kind.OUTCOME, node.index, "failed", node.span, f"run {node.flow}: its failure", "seen")

    # --------------------------------------------------------------------------------------------------------- outcomes

    def _verb(self, node: VerbNode, statement: tree.Verb) -> None:
        if isinstance(node, ListenNode):
            self._listening(node, statement)
            return
        verb = self.verbs[node.kind]
        names = [outcome.name for outcome in verb.outcomes if not outcome.keyed and not outcome.counted]
        names += [name for name in node.exits if name.startswith("press ") or name.isdecimal()]
        for name in names:
            if self._can_happen(node, name):
                what = f"{node.kind}: {name.replace('press', 'key')}"
                self._add(Kind.OUTCOME, node.index, name, _trigger(statement, name) or node.span, what, "tried")

    def _can_happen(self, node: VerbNode, name: str) -> bool:
        if node.kind == "sms":
            return "failed" in node.exits  # without a handler nobody waits for what becomes of it
        return node.kind != "queue" or name != "timeout" or "timeout" in node.args

    def _listening(self, node: ListenNode, statement: tree.Verb) -> None:
        index, kind = node.index, node.kind
        if isinstance(node, MenuNode):
            table = self.points.choices[self.graph.name, index] = []
            for number, when in enumerate(whens(statement.body or ())):
                table.append([choice(value) for value in when.values])
                for one in table[-1]:
                    said = "said" if one.words else "pressed"
                    self._add(Kind.OUTCOME, index, f"when {number} {one.name}", when.span, f"{kind}: {one.name}", said)
        else:
            self._add(Kind.OUTCOME, index, "value", node.span, f"{kind}: an input that fits", "tried")
        for outcome, words_ in (("noinput", "silence"), ("nomatch", "a wrong input")):
            own = sorted(int(name.split()[1]) for name in node.exits if name.startswith(f"{outcome} "))
            self.points.handled[self.graph.name, index, outcome] = tuple(own)
            for count in sorted({1, *own}):
                span = _trigger(statement, outcome, count) or node.span
                what = f"{kind}: {words_}{_time(count)}"
                self._add(Kind.OUTCOME, index, f"{outcome} {count}", span, what, "tried")
        span = _trigger(statement, "failed") or node.span
        self._add(Kind.OUTCOME, index, "failed", span, f"{kind}: the end of all tries", "reached")

    def _header(self) -> None:
        for handler in self.flow.handlers:
            for trigger in handler.triggers:
                if trigger.name.text == "press" and trigger.argument is not None:
                    key = _shown(trigger.argument)
                    self._add(Kind.OUTCOME, HEADER, f"press {key}", trigger.span, f"on press {key}: the key", "pressed")
                elif trigger.name.text == "hangup":
                    self._add(Kind.OUTCOME, HEADER, "hangup", trigger.span, "on hangup: hanging up", "tried")


def whens(content: tree.Block) -> list[tree.When]:
    """The `when`s of a menu in the order of the text, those under a condition too; not those of a `match`."""
    found: list[tree.When] = []
    for statement in content:
        match statement:
            case tree.When():
                found.append(statement)
            case tree.If(branches=branches, otherwise=otherwise):
                for branch in branches:
                    found += whens(branch.body)
                found += whens(otherwise or ())
            case tree.Match(cases=cases, otherwise=otherwise):
                for case in cases:
                    found += whens(case.body or ())
                found += whens(otherwise or ())
    return found


def choice(value: Expr) -> Choice:
    """What a value of a menu's `when` offers."""
    keys = keys_of(value)
    if keys is not None:
        return Choice(f"key {_shown(value)}" if len(keys) == 1 else f"keys {_shown(value)}", frozenset(keys), (), value)
    text = value.value if isinstance(value, Literal) and isinstance(value.value, str) else ""
    return Choice(f'"{text}"', frozenset(), tuple(words(text)), value)


def _trigger(statement: tree.Verb, name: str, count: int = 1) -> Span | None:
    """Where the verb's block handles an outcome."""
    for inner in statement.body or ():
        if isinstance(inner, tree.On):
            for trigger in inner.triggers:
                wanted = _shown(trigger.argument) if trigger.argument is not None else ""
                if f"{trigger.name.text} {wanted}".strip() == name:
                    return trigger.span
                if trigger.name.text == name and (wanted or "1") == str(count):
                    return trigger.span
    return None


def _shown(value: Expr) -> str:
    match value:
        case Literal(value=str(text)):
            return text
        case Literal(text=text):
            return text
    low, high = getattr(value, "low", None), getattr(value, "high", None)
    return f"{low}..{high}" if low is not None else "…"


def _time(count: int) -> str:
    """`a second time`: which of several silences."""
    known = {1: "", 2: " a second time", 3: " a third time"}
    return known.get(count, f" for the {count}th time")


def _line(span: Span) -> Span:
    return Span(span.file, span.line, span.column, span.line, span.column)
