"""A flow as a chart: a node for each step, each handler of the header and each flow that it runs; an edge for each way
from one to another, with what leads there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flowengine.diagnostics import Span
from flowengine.expressions.tree import Expr, Hole, Literal, Name, Range, Template, Text
from flowengine.language import tree
from flowengine.verbs import all_verbs

STEP, HANDLER, SUBFLOW = "step", "handler", "subflow"
GOTO, RUN = "goto", "run"
OTHERWISE = "otherwise"

_SILENT = frozenset({"answer", "pause", "log", "menu", "say", "play", "hangup", "reject", "redirect"})
_MOST_OF_A_CONDITION = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A line in a node. `kind` is `prompt`, `verb`, `again` (a way back into the same step) or `end`."""

    kind: str
    text: str
    span: Span


@dataclass(slots=True)
class Node:
    """A step, a handler of the header, or a flow that is run. `listens` tells of a menu or gather in it."""

    id: str
    kind: str
    title: str
    span: Span
    rows: list[Row] = field(default_factory=list)
    start: bool = False
    listens: bool = False


@dataclass(slots=True)
class Edge:
    """A way from one node to another.

    `labels` say what leads there: keys and words, outcomes, conditions; none for a way that is simply gone on, which
    beside others reads `otherwise`.
    """

    source: str
    target: str
    kind: str
    span: Span
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Chart:
    """The whole flow. Between two nodes there is at most one edge of each kind."""

    flow: str
    file: str
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def chart_of(flow: tree.Flow, text: str, file: str) -> Chart:
    """The chart of a flow. `text` is its source: conditions are shown as they are written."""
    return _Charter(flow, text, file).chart


class _Charter:
    def __init__(self, flow: tree.Flow, text: str, file: str) -> None:
        self.lines = text.removeprefix("\ufeff").split("\n")
        self.chart = Chart(flow.name.text, file)
        self.verbs = all_verbs()
        self.subflows: dict[str, Node] = {}
        self.steps = {step.name.text for step in flow.steps}
        for handler in flow.handlers:
            title = "on " + ", ".join(_outcome(trigger) for trigger in handler.triggers)
            node = Node(f"on:{title[3:]}", HANDLER, title, handler.span)
            self._node(node, handler.body)
        for index, step in enumerate(flow.steps):
            name = step.name.text
            self._node(Node(f"step:{name}", STEP, name, step.name.span, start=index == 0), step.body)
        self.chart.nodes += self.subflows.values()
        for edge in self.chart.edges:
            # A way that is simply gone on needs a word only beside others.
            edge.labels = [label or OTHERWISE for label in edge.labels] if len(edge.labels) > 1 else edge.labels
            edge.labels = [label for label in edge.labels if label]

    def _node(self, node: Node, body: tree.Block) -> None:
        self.chart.nodes.append(node)
        self._block(node, body, ())

    def _block(self, node: Node, block: tree.Block, by: tuple[str, ...]) -> None:
        for statement in block:
            self._statement(node, statement, by)

    def _statement(self, node: Node, statement: tree.Statement, by: tuple[str, ...]) -> None:
        match statement:
            case tree.Goto(target=target, span=span):
                self._goto(node, target.text, span, by)
            case tree.If(branches=branches, otherwise=otherwise):
                for branch in branches:
                    self._block(node, branch.body, (*by, self._source(branch.test)))
                self._block(node, otherwise or (), (*by, "else"))
            case tree.Match(value=value, cases=cases, otherwise=otherwise):
                for case in cases:
                    shown = f"{self._source(value)} = {', '.join(self._choice(one) for one in case.values)}"
                    self._block(node, case.body or (), (*by, shown))
                self._block(node, otherwise or (), (*by, "else"))
            case tree.When(values=values, body=body):
                self._block(node, body or (), (*by, ", ".join(map(self._choice, values))))
            case tree.On(triggers=triggers, body=body):
                self._block(node, body, (*by, ", ".join(map(_outcome, triggers))))
            case tree.Run(flow=flow, body=body, span=span):
                subflow = self.subflows.setdefault(flow.text, Node(f"flow:{flow.text}", SUBFLOW, flow.text, flow.span))
                self._edge(node.id, subflow.id, RUN, span, _label(by))
                self._block(node, body, (*by, f"{flow.text} failed"))
            case tree.Return(span=span):
                self._row(node, "end", "return", span, by)
            case tree.Fail(span=span):
                self._row(node, "end", "fail", span, by)
            case tree.Verb():
                self._verb(node, statement, by)

    def _goto(self, node: Node, target: str, span: Span, by: tuple[str, ...]) -> None:
        if target not in self.steps:
            return
        if node.id == f"step:{target}":
            self._row(node, "again", _label(by), span, ())
        else:
            self._edge(node.id, f"step:{target}", GOTO, span, _label(by))

    def _edge(self, source: str, target: str, kind: str, span: Span, label: str) -> None:
        for edge in self.chart.edges:
            if (edge.source, edge.target, edge.kind) == (source, target, kind):
                if label not in edge.labels:
                    edge.labels.append(label)
                return
        self.chart.edges.append(Edge(source, target, kind, span, [label]))

    def _verb(self, node: Node, statement: tree.Verb, by: tuple[str, ...]) -> None:
        name = statement.name.text
        verb = self.verbs.get(name)
        node.listens = node.listens or name in ("menu", "gather")
        if name in ("say", "play") and not _misses(by):
            what = next(iter(statement.args), None)
            prompt = self._prompt(what) if what is not None else ""
            self._row(node, "prompt", f"“{prompt}”" if name == "say" else f"plays {prompt}", statement.span, by[-1:])
        elif verb is not None and verb.leaves:
            self._row(node, "end", self._shown(statement), statement.span, by)
        elif name not in _SILENT or (node.kind == HANDLER and name == "log"):
            self._row(node, "verb", self._shown(statement), statement.span, by[-1:])
        self._block(node, statement.body or (), by)

    def _row(self, node: Node, kind: str, text: str, span: Span, by: tuple[str, ...]) -> None:
        label = _label(by)
        node.rows.append(Row(kind, f"{label}: {text}" if label else text, span))

    def _shown(self, statement: tree.Verb) -> str:
        return " ".join([statement.name.text, *map(self._argument, statement.args)])

    # ---------------------------------------------------------------------------------------------------- how it reads

    def _argument(self, value: Expr) -> str:
        return self._prompt(value) if isinstance(value, Template) else self._source(value)

    def _prompt(self, value: Expr) -> str:
        """A text as it is said, with the names of what is put in: `Welcome to {company}.`"""
        if not isinstance(value, Template):
            return self._source(value)
        parts = []
        for part in value.parts:
            match part:
                case Text(value=text):
                    parts.append(text)
                case Hole(value=inner):
                    parts.append(f"{{{self._source(inner)}}}")
                case _:
                    parts.append("…")
        return " ".join("".join(parts).split())

    def _choice(self, value: Expr) -> str:
        match value:
            case Literal(value=str(text)):
                return text
            case Literal(text=text):
                return text
            case Range(low=low, high=high):
                return f"{low}..{high}"
            case Name(name=name):
                return name
        return self._source(value)

    def _source(self, value: Expr) -> str:
        """An expression as it is written."""
        span = value.span
        rows = self.lines[span.line - 1 : span.end_line]
        if rows:
            rows[-1] = rows[-1][: span.end_column - 1]
            rows[0] = rows[0][span.column - 1 :]
        return shortened(" ".join(" ".join(rows).split()), _MOST_OF_A_CONDITION)


def shortened(text: str, most: int) -> str:
    """The text with at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _outcome(trigger: tree.Trigger) -> str:
    argument = trigger.argument
    if argument is None:
        return trigger.name.text
    return f"{trigger.name.text} {argument.value if isinstance(argument, Literal) else '…'}"


def _label(by: Sequence[str]) -> str:
    """What leads somewhere: of blocks inside blocks, the two innermost."""
    return " · ".join(part for part in by[-2:] if part)


def _misses(by: Sequence[str]) -> bool:
    """Whether it is said only to callers who did not answer: a picture leaves that out."""
    return any(part.startswith(("noinput", "nomatch")) for part in by)
