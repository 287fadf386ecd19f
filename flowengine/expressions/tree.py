"""The tree of an expression: what the parser makes, the checks read and the evaluator compiles.

The language is Jinja2's expression language, cut to what section 2 of the language reference lists. Every node knows
its span, also inside a template, so that a misspelt filter in the middle of a prompt is underlined there.

Nodes of this and the other trees are msgspec's Structs: made in 0.1 µs where a frozen dataclass takes 0.9, and the
garbage collector need not look through them, since no node leads back to itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from flowengine.diagnostics import Span

Scalar = str | int | float | bool | None


class Literal(Struct, frozen=True, gc=False):
    """A plain string, a number, a boolean or none. `text` is how it was written."""

    value: Scalar
    span: Span
    text: str


class Duration(Struct, frozen=True, gc=False):
    """A time such as `500ms` or `2m`; `seconds` is its value."""

    seconds: int | float
    span: Span
    text: str


class Range(Struct, frozen=True, gc=False):
    """`4..8`: both ends are inclusive."""

    low: int
    high: int
    span: Span


class Name(Struct, frozen=True, gc=False):
    """A variable, `call`, `flow`, `now`, or a name under `[vars]`."""

    name: str
    span: Span


class Attribute(Struct, frozen=True, gc=False):
    """`of.key`: the key of a value that a dict holds, never a method. `span` covers the whole."""

    of: Expr
    key: str
    span: Span
    key_span: Span


class Item(Struct, frozen=True, gc=False):
    """`of[index]`."""

    of: Expr
    index: Expr
    span: Span


class Keyword(Struct, frozen=True, gc=False):
    """`name=value` in the arguments of a call, a filter or a test."""

    name: str
    value: Expr
    span: Span


class Call(Struct, frozen=True, gc=False):
    """A call of a function of section 5: `open("office")`. Only a name can be called."""

    function: Name
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    span: Span


class Filter(Struct, frozen=True, gc=False):
    """`of | name(args)`. `name_span` is the name's own place."""

    of: Expr
    name: str
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    span: Span
    name_span: Span


class Test(Struct, frozen=True, gc=False):
    """`of is name(args)`, or `of is not name` when `negated`."""

    of: Expr
    name: str
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    negated: bool
    span: Span
    name_span: Span


class Unary(Struct, frozen=True, gc=False):
    """`not x`, `-x` or `+x`."""

    operator: str
    operand: Expr
    span: Span


class Binary(Struct, frozen=True, gc=False):
    """`and`, `or`, `~`, `+`, `-`, `*`, `/`, `//` or `%`."""

    operator: str
    left: Expr
    right: Expr
    span: Span


class Compare(Struct, frozen=True, gc=False):
    """A chain of comparisons as Jinja2 has it: `1 < x <= 5`. Operators: `== != < <= > >= in "not in"`."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]
    span: Span


class Conditional(Struct, frozen=True, gc=False):
    """`then if test else otherwise`; without `else`, `otherwise` is None, and so is the value when test is false."""

    then: Expr
    test: Expr
    otherwise: Expr | None
    span: Span


class ListOf(Struct, frozen=True, gc=False):
    """`[1, 2]`."""

    items: tuple[Expr, ...]
    span: Span


class DictOf(Struct, frozen=True, gc=False):
    """`{"k": v}`."""

    items: tuple[tuple[Expr, Expr], ...]
    span: Span


class Text(Struct, frozen=True, gc=False):
    """A stretch of a template that is said as it stands. `value` has its escapes undone."""

    value: str
    span: Span


class Hole(Struct, frozen=True, gc=False):
    """`{{ expr }}` in a template."""

    value: Expr
    span: Span


class IfPart(Struct, frozen=True, gc=False):
    """`{% if %} … {% elif %} … {% else %} … {% endif %}`: the branches, and what else."""

    branches: tuple[tuple[Expr, tuple[Part, ...]], ...]
    otherwise: tuple[Part, ...]
    span: Span


class ForPart(Struct, frozen=True, gc=False):
    """`{% for name in of %} … {% else %} … {% endfor %}`; inside it live the names `loop` and `name` (`key, value`)."""

    names: tuple[Name, ...]
    of: Expr
    body: tuple[Part, ...]
    otherwise: tuple[Part, ...]
    span: Span


class SetPart(Struct, frozen=True, gc=False):
    """`{% set name = value %}`: a name of this template only."""

    name: Name
    value: Expr
    span: Span


Part = Text | Hole | IfPart | ForPart | SetPart


class Template(Struct, frozen=True, gc=False):
    """A string as an argument. `parts` is empty for the empty string; one `Text` for a constant.

    `source` is the string with its escapes undone and its `{{ }}` as they are written: what translators see.
    """

    parts: tuple[Part, ...]
    span: Span
    source: str = ""

    @property
    def constant(self) -> str | None:
        """The text when it holds no `{{ }}` and no `{% %}`, else None."""
        if all(isinstance(part, Text) for part in self.parts):
            return "".join(part.value for part in self.parts if isinstance(part, Text))
        return None


Expr = (
    Literal
    | Duration
    | Range
    | Name
    | Attribute
    | Item
    | Call
    | Filter
    | Test
    | Unary
    | Binary
    | Compare
    | Conditional
    | ListOf
    | DictOf
    | Template
)


def children(node: Expr | Part) -> Iterator[Expr | Part]:
    """The nodes directly below `node`, in the order of the text."""
    match node:
        case Attribute(of=of):
            yield of
        case Item(of=of, index=index):
            yield of
            yield index
        case Call(function=function, args=args, keywords=keywords):
            yield function
            yield from args
            yield from (keyword.value for keyword in keywords)
        case Filter(of=of, args=args, keywords=keywords) | Test(of=of, args=args, keywords=keywords):
            yield of
            yield from args
            yield from (keyword.value for keyword in keywords)
        case Unary(operand=operand):
            yield operand
        case Binary(left=left, right=right):
            yield left
            yield right
        case Compare(first=first, rest=rest):
            yield first
            yield from (right for _, right in rest)
        case Conditional(then=then, test=test, otherwise=otherwise):
            yield then
            yield test
            if otherwise is not None:
                yield otherwise
        case ListOf(items=items):
            yield from items
        case DictOf(items=pairs):
            for key, value in pairs:
                yield key
                yield value
        case Template(parts=parts):
            yield from parts
        case Hole(value=value):
            yield value
        case IfPart(branches=branches, otherwise=otherwise_parts):
            for test, body in branches:
                yield test
                yield from body
            yield from otherwise_parts
        case ForPart(of=of, body=body, otherwise=otherwise_parts):
            yield of
            yield from body
            yield from otherwise_parts
        case SetPart(value=value):
            yield value
        case Literal() | Duration() | Range() | Name() | Text():
            return


_LEAVES = frozenset({Literal, Duration, Range, Name, Text})
"""Most nodes: not to ask each for what is below it makes compiling a tenth quicker."""


def walk(node: Expr | Part) -> Iterator[Expr | Part]:
    """`node` and everything below it, parents first, without recursion (a deep expression must not end the walk)."""
    stack: list[Expr | Part] = [node]
    while stack:
        current = stack.pop()
        yield current
        if current.__class__ not in _LEAVES:
            stack.extend(reversed(list(children(current))))
