"""Trees without their places: what two texts must have in common to mean the same."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from flowengine.diagnostics import Span
from flowengine.language.calls import parse_calls
from flowengine.language.parser import parse_flow
from flowengine.language.tree import Comment


def shape(node: Any) -> Any:
    """A tree as nested tuples, without spans. Of comments only the texts count: one may come onto a line of its own."""
    if isinstance(node, Span):
        return None
    if isinstance(node, Struct):
        if isinstance(node, Comment):
            return node.text
        inner = (getattr(node, field) for field in node.__struct_fields__)
        return (type(node).__name__, *map(shape, inner))
    if isinstance(node, tuple | list):
        return tuple(map(shape, node))
    return node


def shape_of_flow(text: str) -> Any:
    """The shape of a flow that has no finding."""
    result = parse_flow(text, "a.flow")
    assert result.diagnostics == ()
    return shape(result.flow)


def shape_of_calls(text: str) -> Any:
    """The shape of scripts that have no finding."""
    result = parse_calls(text, "a.call")
    assert result.diagnostics == ()
    return shape(result.scripts)
