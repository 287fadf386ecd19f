"""Every name in a project with its kind and place: what definitions, references and renaming are found in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flowengine.compiler.analysis.reads import expressions, reads
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Span
from flowengine.language import call_tree, tree


class Kind(StrEnum):
    """What a name names. Flows are the project's; steps and variables belong to one flow."""

    FLOW = "flow"
    STEP = "step"
    VARIABLE = "variable"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class Symbol:
    """One name in one place.

    `owner` is the flow that it belongs to, or "" for flows; `defines` tells that it gets its meaning here.
    """

    kind: Kind
    name: str
    owner: str
    span: Span
    defines: bool

    def same(self, other: Symbol) -> bool:
        """Whether both name the same thing: a parameter is a variable of its flow."""
        mine, theirs = (_VALUE.get(kind, kind) for kind in (self.kind, other.kind))
        return mine is theirs and self.name == other.name and self.owner == other.owner


_VALUE = {Kind.PARAMETER: Kind.VARIABLE}


def symbols(checked: Checked) -> Iterator[Symbol]:
    """Every name of every flow that could be read."""
    for flow in checked.files.values():
        yield from _of_flow(checked, flow)


def script_symbols(scripts: tuple[call_tree.Script, ...]) -> Iterator[Symbol]:
    """The flows that call scripts name."""
    for script in scripts:
        for line in script.lines:
            if isinstance(line, call_tree.Line) and line.word.text == "flow" and line.args:
                first = line.args[0]
                name = getattr(first, "function", first)
                if hasattr(name, "name"):
                    yield Symbol(Kind.FLOW, name.name, "", name.span, False)


def _of_flow(checked: Checked, flow: tree.Flow) -> Iterator[Symbol]:
    owner = flow.name.text
    parameters = {parameter.name.text for parameter in flow.parameters}
    yield Symbol(Kind.FLOW, owner, "", flow.name.span, True)
    for parameter in flow.parameters:
        yield Symbol(Kind.PARAMETER, parameter.name.text, owner, parameter.name.span, True)
    for step in flow.steps:
        yield Symbol(Kind.STEP, step.name.text, owner, step.name.span, True)

    def value(word: tree.Word, *, defines: bool) -> Symbol:
        kind = Kind.PARAMETER if word.text in parameters else Kind.VARIABLE
        return Symbol(kind, word.text, owner, word.span, defines)

    for statement in checked.statements(flow):
        match statement:
            case tree.Goto(target=target):
                yield Symbol(Kind.STEP, target.text, owner, target.span, False)
            case tree.Set(name=name) if name.text != "call":
                yield value(name, defines=True)
            case tree.Run(flow=called, result=result, options=options):
                yield Symbol(Kind.FLOW, called.text, "", called.span, False)
                for option in options:
                    yield Symbol(Kind.PARAMETER, option.name.text, called.text, option.name.span, False)
                if result is not None:
                    yield value(result, defines=True)
            case tree.Verb():
                bound = checked.bound.get(id(statement))
                if bound is not None and bound.name is not None:
                    yield value(bound.name, defines=True)
        for expr in expressions(checked, statement):
            for read in reads(expr):
                word = tree.Word(read.name.name, read.name.span)
                yield value(word, defines=False)
    for parameter in flow.parameters:
        if parameter.default is not None:
            for read in reads(parameter.default):
                yield value(tree.Word(read.name.name, read.name.span), defines=False)
