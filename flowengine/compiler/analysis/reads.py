"""Which expressions a statement holds, and which names an expression reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowengine.compiler.model import Checked
from flowengine.expressions.tree import (
    Attribute,
    Call,
    Expr,
    ForPart,
    IfPart,
    Name,
    Part,
    SetPart,
    Template,
    children,
)
from flowengine.expressions.tree import walk as walk_expression
from flowengine.language import tree


def expressions(checked: Checked, statement: tree.Statement) -> tuple[Expr, ...]:
    """The expressions that stand directly in a statement, not those of the statements in its blocks.

    A NAME that a verb binds is no expression. Of a verb that is unknown every bare name may be one.
    """
    match statement:
        case tree.Set(value=value):
            return (value,)
        case tree.If(branches=branches):
            return tuple(branch.test for branch in branches)
        case tree.Match(value=value):
            return (value,)
        case tree.When(values=values):
            return values
        case tree.Run(args=args, options=options):
            return (*args, *(option.value for option in options))
        case tree.Return(value=result):
            return () if result is None else (result,)
        case tree.Fail(reason=reason):
            return () if reason is None else (reason,)
        case tree.Verb(args=args, options=options):
            bound = checked.bound.get(id(statement))
            if bound is None:
                args = tuple(arg for arg in args if not isinstance(arg, Name))
            elif bound.name is not None:
                args = args[1:]
            return (*args, *(option.value for option in options))
        case tree.On(triggers=triggers):
            return tuple(trigger.argument for trigger in triggers if trigger.argument is not None)
        case tree.Goto():
            return ()


def flow_expressions(checked: Checked, flow: tree.Flow) -> Iterator[Expr]:
    """Every expression of a flow, those of its header first."""
    for parameter in flow.parameters:
        if parameter.default is not None:
            yield parameter.default
    for statement in checked.statements(flow):
        yield from expressions(checked, statement)


def nodes(checked: Checked, flow: tree.Flow) -> Sequence[Expr | Part]:
    """Every node of every expression of a flow."""
    return checked.recall(flow, _nodes)


def _nodes(checked: Checked, flow: tree.Flow) -> Sequence[Expr | Part]:
    return [node for expr in flow_expressions(checked, flow) for node in walk_expression(expr)]


@dataclass(frozen=True, slots=True)
class Read:
    """A name that an expression reads. `attribute` is the key taken of it right there: `name.key`."""

    name: Name
    attribute: Attribute | None = None


def reads(expr: Expr) -> Iterator[Read]:
    """The names that an expression reads, without those that a template makes for itself."""
    yield from _reads(expr, set())


def _reads(node: Expr | Part, local: set[str]) -> Iterator[Read]:
    match node:
        case Name(name=name):
            if name not in local:
                yield Read(node)
        case Attribute(of=Name(name=name) as of):
            if name not in local:
                yield Read(of, node)
        case Call(args=args, keywords=keywords):
            for value in (*args, *(keyword.value for keyword in keywords)):
                yield from _reads(value, local)
        case Template(parts=parts):
            yield from _parts(parts, set(local))
        case _:
            for child in children(node):
                yield from _reads(child, local)


def _parts(parts: tuple[Part, ...], local: set[str]) -> Iterator[Read]:
    """The reads of a stretch of a template; names that it sets are added to `local`, as Jinja2 lets them be seen."""
    for part in parts:
        match part:
            case SetPart(name=name, value=value):
                yield from _reads(value, local)
                local.add(name.name)
            case IfPart(branches=branches, otherwise=otherwise):
                for test, body in branches:
                    yield from _reads(test, local)
                    yield from _parts(body, local)
                yield from _parts(otherwise, local)
            case ForPart(names=names, of=of, body=body, otherwise=otherwise):
                yield from _reads(of, local)
                yield from _parts(body, {*local, "loop", *(name.name for name in names)})
                yield from _parts(otherwise, set(local))
            case _:
                yield from _reads(part, local)
