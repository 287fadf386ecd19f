"""What an argument is known to be before any call: a literal, a variable of the project, or one set to a literal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowengine.compiler.analysis.variables import Origin, definitions
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Span
from flowengine.expressions.tree import (
    Attribute,
    Conditional,
    Expr,
    Item,
    ListOf,
    Literal,
    Name,
    Template,
    Text,
)
from flowengine.language import tree


@dataclass(frozen=True, slots=True)
class Known:
    """A text that an argument can be. Where it is not `whole` it is only known to begin so.

    `span` is the argument's part that it comes from, `set_at` the place that gave a variable this value.
    """

    text: str
    span: Span
    whole: bool = True
    set_at: Span | None = None


def known_texts(checked: Checked, flow: tree.Flow, expr: Expr) -> Iterator[Known]:
    """The texts that an argument can be, as far as that is certain."""
    match expr:
        case Literal(value=str(text)):
            yield Known(text, expr.span)
        case Template(parts=parts):
            constant = expr.constant
            if constant is not None:
                yield Known(constant, expr.span)
            elif isinstance(parts[0], Text):
                yield Known(parts[0].value, expr.span, whole=False)
        case ListOf(items=items):
            for item in items:
                yield from known_texts(checked, flow, item)
        case Conditional(then=then, otherwise=otherwise):
            yield from known_texts(checked, flow, then)
            if otherwise is not None:
                yield from known_texts(checked, flow, otherwise)
        case Name(name=name) if name in checked.config.variables:
            yield from _texts(checked.config.variables[name], expr.span, checked.config.value_span("vars", name))
        case Name(name=name):
            for definition in definitions(checked, flow):
                statement = definition.statement
                if definition.word.text == name and definition.origin is Origin.SET and isinstance(statement, tree.Set):
                    for known in _set_to(statement.value):
                        yield Known(known, expr.span, set_at=statement.value.span)
        case Attribute() | Item():
            path = _path(expr)
            if path is not None and path[0] in checked.config.variables:
                found: Any = checked.config.variables
                for part in path:
                    found = found.get(part) if isinstance(found, dict) else None
                yield from _texts(found, expr.span, checked.config.value_span("vars", *path))


def _set_to(value: Expr) -> Iterator[str]:
    """The literal texts of a `set`: its own, or those of a list."""
    match value:
        case Literal(value=str(text)):
            yield text
        case ListOf(items=items):
            for item in items:
                yield from _set_to(item)


def _texts(value: Any, span: Span, set_at: Span) -> Iterator[Known]:
    if isinstance(value, str):
        yield Known(value, span, set_at=set_at)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                yield Known(item, span, set_at=set_at)


def _path(expr: Expr) -> tuple[str, ...] | None:
    match expr:
        case Name(name=name):
            return (name,)
        case Attribute(of=of, key=key) | Item(of=of, index=Literal(value=str(key))):
            inner = _path(of)
            return None if inner is None else (*inner, key)
    return None
