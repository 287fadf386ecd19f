"""FE314: an expression without a variable that cannot be worked out, so that every call that comes to it fails."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.reads import flow_expressions
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic
from flowengine.expressions.catalogue import FILTERS, TESTS
from flowengine.expressions.evaluate import ExpressionError, compile_expression
from flowengine.expressions.scope import Scope
from flowengine.expressions.tree import (
    Call,
    Expr,
    Filter,
    ForPart,
    Hole,
    IfPart,
    Literal,
    Name,
    Part,
    SetPart,
    Template,
    Test,
    Text,
    children,
    walk,
)


def _run(checked: Checked) -> Found:
    for flow in checked.files.values():
        for expr in flow_expressions(checked, flow):
            yield from _closed(expr)


def _closed(node: Expr | Part) -> Iterator[Diagnostic]:
    """The findings in the largest parts that read nothing."""
    if isinstance(node, Template | Hole | IfPart | ForPart | SetPart | Text) or _depends(node):
        for child in children(node):
            yield from _closed(child)
    elif not isinstance(node, Literal):
        try:
            compile_expression(node)(Scope({}))
        except ExpressionError as reason:
            yield error("FE314", f"this always fails: {reason.message}", reason.span or node.span)


def _depends(node: Expr) -> bool:
    """Whether a call, or a name that another check tells of, decides what becomes of the expression."""
    for inner in walk(node):
        if isinstance(inner, Name | Call | Template):
            return True
        if isinstance(inner, Filter) and inner.name not in FILTERS:
            return True
        if isinstance(inner, Test) and inner.name not in TESTS:
            return True
    return False


CHECK = Check(("FE314",), _run)
