"""What a flow expects of a value that comes from outside: the keys that it reads, and what it does with them.

From this are made the bodies of a `fetch`, and the arguments of a flow that needs some.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flowengine.expressions import tree as expr
from flowengine.expressions.evaluate import MISSING, ExpressionError, compile_expression
from flowengine.expressions.tree import Expr, Part
from flowengine.language import tree
from flowengine.simulator.explore.expressions import expressions, statements

TEXT = "sample"
MOMENT = "2026-11-24T10:15"
DIGITS = "123456789012345678901234567890"

_NUMBERS = frozenset({"abs", "int", "float", "round", "money", "number", "ordinal", "plural"})
_MOMENTS = frozenset({"date", "time", "datetime", "hour", "weekday", "day"})
_LISTS = frozenset({"length", "count", "first", "last", "join", "sort", "sum", "min", "max", "unique", "reverse"})
_SAME = frozenset({"abs", "int", "float", "round", "default", "d", "string", "trim", "lower", "upper"})


@dataclass(eq=False, slots=True)
class Shape:
    """What is known of one value.

    `values` are those that it is compared with, `digits` the length of an input that it is compared with, `lengths`
    those of a list that its own is compared with.
    """

    keys: dict[str, Shape] = field(default_factory=dict)
    item: Shape | None = None
    number: bool = False
    moment: bool = False
    truth: bool = False
    digits: int = 0
    values: list[Any] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    least: int = 1

    def key(self, name: str) -> Shape:
        return self.keys.setdefault(name, Shape())

    def items(self, least: int = 1) -> Shape:
        if self.item is None:
            self.item = Shape()
        self.least = max(self.least, least)
        return self.item


def sample(shape: Shape, *, truth: bool = True) -> Any:
    """The plainest value of a shape; `truth` is that of what is only asked whether it is true."""
    if shape.keys:
        return {name: sample(inner, truth=truth) for name, inner in shape.keys.items()}
    if shape.item is not None:
        return [sample(shape.item, truth=truth) for _ in range(max(2, shape.least))]
    if shape.moment:
        return MOMENT
    if shape.digits:
        return DIGITS[: shape.digits]
    if shape.number:
        return next((value for value in shape.values if _is_number(value)), 10)
    known = [value for value in shape.values if value is not None]
    if shape.truth and not known:
        return truth
    return known[0] if known else TEXT


def samples(shape: Shape, most: int = 400) -> list[Any]:
    """Values of a shape: the plainest, those that differ from it in one place, then in two."""
    bases = [sample(shape)]
    other = sample(shape, truth=False)
    if other != bases[0]:
        bases.append(other)
    once = [value for base in bases for value in _changed(shape, base)]
    twice = (other for value in once for other in _changed(shape, value))
    return [*bases, *once, *islice(twice, most)]


def _changed(shape: Shape, value: Any) -> Iterator[Any]:
    """`value` with something else in one place."""
    if None in shape.values and value is not None:
        yield None
    if shape.keys and isinstance(value, dict):
        for name, inner in shape.keys.items():
            for other in _changed(inner, value.get(name)):
                yield {**value, name: other}
        return
    if shape.item is not None and isinstance(value, list):
        for length in sorted({0, 1, 2, 3, *shape.lengths}):
            if length != len(value):
                yield [sample(shape.item) for _ in range(length)]
        for other in _changed(shape.item, value[0] if value else sample(shape.item)):
            yield [other, *value[1:]]
        return
    for other in _others(shape):
        if other != value or type(other) is not type(value):
            yield other


def _others(shape: Shape) -> Iterator[Any]:
    if shape.truth:
        yield from (True, False)
    for value in shape.values:
        yield value
        if _is_number(value):
            yield from (value - 1, value + 1)
    if shape.number:
        yield from (0, 10, -10)
    if shape.digits:
        yield DIGITS[: shape.digits][::-1]
    if any(isinstance(value, str) for value in shape.values):
        yield TEXT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Shapes:
    """Infers the shape of a name of a flow from everything that is done with it, here and where it goes on."""

    def __init__(self, flows: Mapping[str, tree.Flow]) -> None:
        self.flows = flows
        self._gathers: dict[str, dict[str, int]] = {name: dict(_gathers(flow)) for name, flow in flows.items()}
        self._known: dict[tuple[str, str], Shape] = {}
        self._callers: dict[str, list[tuple[str, str]]] = {}
        for name, flow in flows.items():
            for statement in statements(flow):
                if isinstance(statement, tree.Run) and statement.result is not None:
                    self._callers.setdefault(statement.flow.text, []).append((name, statement.result.text))

    def of(self, flow: str, name: str) -> Shape:
        """The shape of a variable of a flow."""
        known = self._known.get((flow, name))
        if known is None:
            known = self._known[flow, name] = Shape()
            self._follow(flow, {name: known}, depth=4)
        return known

    def _follow(self, flow: str, env: dict[str, Shape], depth: int) -> None:
        if not depth or flow not in self.flows:
            return
        walker = _Walker(env, self._gathers[flow])
        # Twice: a name may be set further down than where it is read.
        for _ in range(2):
            for statement in statements(self.flows[flow]):
                for one in expressions(statement):
                    walker.walk(one)
                match statement:
                    case tree.If(branches=branches):
                        for branch in branches:
                            walker.decides(branch.test)
                    case tree.Match(value=value, cases=cases):
                        walker.matches(value, cases)
                    case tree.Set(name=word, path=(), value=value):
                        shape = walker.walk(value)
                        if shape is not None:
                            env.setdefault(word.text, shape)
        for statement in statements(self.flows[flow]):
            self._leave(flow, statement, walker, depth)

    def _leave(self, flow: str, statement: tree.Statement, walker: _Walker, depth: int) -> None:
        """Follow values into the flows that are run, and back into those that ran this one."""
        match statement:
            case tree.Run(flow=called, args=args, options=options) if called.text in self.flows:
                names = [parameter.name.text for parameter in self.flows[called.text].parameters]
                given = dict(zip(names, args, strict=False)) | {o.name.text: o.value for o in options}
                inner = {key: shape for key, value in given.items() if (shape := walker.walk(value)) is not None}
                if inner:
                    self._follow(called.text, inner, depth - 1)
            case tree.Return(value=value) if value is not None:
                shape = walker.walk(value)
                if shape is not None:
                    for caller, result in self._callers.get(flow, []):
                        self._follow(caller, {result: shape}, depth - 1)


class _Walker:
    """Reads expressions: `walk` gives the shape that an expression denotes, if it is one of those known."""

    def __init__(self, env: dict[str, Shape], gathers: Mapping[str, int]) -> None:
        self.env = env
        self.gathers = gathers

    def walk(self, node: Expr | Part) -> Shape | None:
        match node:
            case expr.Name(name=name):
                return self.env.get(name)
            case expr.Attribute(of=of, key=key):
                shape = self.walk(of)
                return None if shape is None else shape.key(key)
            case expr.Item(of=of, index=index):
                self.walk(index)
                return self._item(self.walk(of), index)
            case expr.Filter():
                return self._filter(node)
            case expr.Compare(first=first, rest=rest):
                left: Expr = first
                for operator, right in rest:
                    self._compare(left, operator, right)
                    left = right
                return None
            case expr.Test(of=of, name=name):
                shape = self.walk(of)
                if shape is not None and name == "none":
                    _add(shape, None)
                return None
            case expr.Binary(operator=operator, left=left, right=right):
                for side in (left, right):
                    shape = self.walk(side)
                    if shape is not None and operator in ("+", "-", "*", "/", "//", "%"):
                        shape.number = True
                return None
            case expr.Conditional(then=then, test=test, otherwise=otherwise):
                self.decides(test)
                self.walk(test)
                shape = self.walk(then)
                return (shape or self.walk(otherwise)) if otherwise is not None else shape
            case expr.ForPart(names=names, of=of, body=body, otherwise=parts):
                self._loop(self.walk(of), names, body)
                for part in parts:
                    self.walk(part)
                return None
            case expr.IfPart(branches=branches):
                for test, _ in branches:
                    self.decides(test)
        for child in expr.children(node):
            self.walk(child)
        return None

    def decides(self, test: Expr) -> None:
        """`test` is a condition: a value that stands there alone is true or false."""
        match test:
            case expr.Unary(operator="not", operand=operand):
                self.decides(operand)
            case expr.Binary(operator="and" | "or", left=left, right=right):
                self.decides(left)
                self.decides(right)
            case expr.Name() | expr.Attribute() | expr.Item():
                shape = self.walk(test)
                if shape is not None and not shape.keys and shape.item is None:
                    shape.truth = True

    def matches(self, value: Expr, cases: tuple[tree.When, ...]) -> None:
        """`value` is compared with each of the cases."""
        shape = self.walk(value)
        for case in cases:
            for one in case.values:
                if shape is not None:
                    known = one.low if isinstance(one, expr.Range) else _constant(one)
                    if known is not MISSING:
                        _add(shape, known)

    def _item(self, shape: Shape | None, index: Expr) -> Shape | None:
        if shape is None:
            return None
        known = _constant(index)
        if isinstance(known, str):
            return shape.key(known)
        return shape.items(known + 1 if isinstance(known, int) and known >= 0 else 1)

    def _filter(self, node: expr.Filter) -> Shape | None:
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.walk(argument)
        shape = self.walk(node.of)
        if shape is None:
            return None
        if node.name in _NUMBERS:
            shape.number = True
        elif node.name in _MOMENTS:
            shape.moment = True
        elif node.name in _LISTS:
            inner = shape.items()
            return inner if node.name in ("first", "last") else None
        return shape if node.name in _SAME else None

    def _compare(self, left: Expr, operator: str, right: Expr) -> None:
        for side, other in ((left, right), (right, left)):
            shape = self.walk(side)
            known = _constant(other)
            if shape is None:
                self._length(side, known)
                continue
            if isinstance(other, expr.Name) and other.name in self.gathers:
                shape.digits = self.gathers[other.name]
            if known is MISSING:
                continue
            for value in known if isinstance(known, list) and "in" in operator else [known]:
                _add(shape, value)
                shape.number = shape.number or _is_number(value)

    def _length(self, side: Expr, known: Any) -> None:
        """`… | length > 2` tells how long lists should be."""
        if isinstance(side, expr.Filter) and side.name in ("length", "count") and isinstance(known, int):
            shape = self.walk(side.of)
            if shape is not None:
                shape.lengths += [length for length in (known - 1, known, known + 1) if 0 <= length <= 50]

    def _loop(self, shape: Shape | None, names: tuple[expr.Name, ...], body: tuple[Part, ...]) -> None:
        inner = dict(self.env)
        if shape is not None and len(names) == 1:
            self.env[names[0].name] = shape.items()
        for part in body:
            self.walk(part)
        self.env.clear()
        self.env.update(inner)


def _add(shape: Shape, value: Any) -> None:
    if not any(known == value and type(known) is type(value) for known in shape.values):
        shape.values.append(value)


def _constant(node: Expr) -> Any:
    """What an expression is in every call; MISSING where calls differ."""
    try:
        return compile_expression(node).constant
    except ExpressionError:
        return MISSING


def _gathers(flow: tree.Flow) -> Iterator[tuple[str, int]]:
    """The names that a flow gathers, with the least number of digits of each."""
    for statement in statements(flow):
        if not isinstance(statement, tree.Verb) or statement.name.text != "gather" or not statement.args:
            continue
        name = statement.args[0]
        digits = next((option.value for option in statement.options if option.name.text == "digits"), None)
        if isinstance(name, expr.Name):
            match digits:
                case expr.Range(low=low):
                    yield name.name, max(1, low)
                case expr.Literal(value=int(count)):
                    yield name.name, count
                case _:
                    yield name.name, 4
