"""What flows into an expression: the names it reads, and those whose value its result carries on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flowengine.expressions import tree
from flowengine.expressions.tree import Expr, Part

Names = frozenset[str]
_NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Flow:
    """`reads`: the root names that are read. `taints`: those that the result carries on, otherwise than as the outcome
    of a comparison, a test or a `not`."""

    reads: Names = _NONE
    taints: Names = _NONE

    def __or__(self, other: Flow) -> Flow:
        # Most of what a text is made of reads nothing.
        if other is _NOTHING:
            return self
        if self is _NOTHING:
            return other
        return Flow(self.reads | other.reads, self.taints | other.taints)

    @property
    def compared(self) -> Flow:
        """The same where only the outcome of a comparison goes on."""
        return Flow(self.reads)


_NOTHING = Flow()
_Locals = Mapping[str, Flow]
"""The names that a template gives itself, each with what flows into it (its reads are counted where it is set)."""


def flow_of(node: Expr) -> Flow:
    """The names of an expression or template, without those that it sets itself."""
    return _expression(node, {})


def _all(flows: Iterable[Flow]) -> Flow:
    total = _NOTHING
    for flow in flows:
        total |= flow
    return total


def _expression(node: Expr, known: _Locals) -> Flow:
    match node:
        case tree.Literal():
            return _NOTHING
        case tree.Name(name=name):
            return known[name] if name in known else Flow(frozenset({name}), frozenset({name}))
        case tree.Compare() | tree.Test() | tree.Unary(operator="not"):
            return _below(node, known).compared
        case tree.Conditional(then=then, test=test, otherwise=otherwise):
            last = _NOTHING if otherwise is None else _expression(otherwise, known)
            return _expression(test, known).compared | _expression(then, known) | last
        case tree.Call(args=args, keywords=keywords):
            return _all(_expression(arg, known) for arg in (*args, *(keyword.value for keyword in keywords)))
        case tree.Template(parts=parts):
            return _parts(parts, dict(known))
    return _below(node, known)


def _below(node: Expr, known: _Locals) -> Flow:
    # The children of an expression that is no template are expressions.
    return _all(_expression(child, known) for child in tree.children(node))  # type: ignore[arg-type]


def _parts(parts: Sequence[Part], known: dict[str, Flow]) -> Flow:
    """The flow of parts; what they set is added to `known`."""
    return _all([_part(part, known) for part in parts])


def _part(part: Part, known: dict[str, Flow]) -> Flow:
    match part:
        case tree.Text():
            return _NOTHING
        case tree.Hole(value=value):
            return _expression(value, known)
        case tree.SetPart(name=name, value=value):
            found = _expression(value, known)
            known[name.name] = Flow(_NONE, found.taints)
            return found.compared
        case tree.IfPart(branches=branches, otherwise=otherwise):
            return _branches(branches, otherwise, known)
        case tree.ForPart(names=names, of=of, body=body, otherwise=otherwise):
            source = _expression(of, known)
            item = Flow(_NONE, source.taints)
            inner = {**known, **{name.name: item for name in names}, "loop": item}
            # Also the number of rounds tells of the value. What an earlier round set is read by none.
            return source | _parts(body, inner) | _parts(otherwise, dict(known))


def _branches(
    branches: Sequence[tuple[Expr, tuple[Part, ...]]], otherwise: Sequence[Part], known: dict[str, Flow]
) -> Flow:
    total = _NOTHING
    before = dict(known)
    after: list[dict[str, Flow]] = []
    for test, body in branches:
        inner = dict(before)
        total |= _expression(test, before).compared | _parts(body, inner)
        after.append(inner)
    inner = dict(before)
    total |= _parts(otherwise, inner)
    after.append(inner)
    for name in set().union(*after):
        # A name that one branch sets may afterwards still be the one from outside.
        outside = Flow(frozenset({name}), frozenset({name}))
        known[name] = _all(branch.get(name, outside) for branch in after)
    return total
