"""FE314: an expression without a variable that cannot be worked out, so that every call that comes to it fails."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.reads import flow_expressions
from flowengine.compiler.checks.check import Found, each_flow, error
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
    Range,
    SetPart,
    Template,
    Test,
    Text,
    children,
    walk,
)
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for expr in flow_expressions(checked, flow):
        yield from _closed(expr)


def _closed(node: Expr | Part) -> Iterator[Diagnostic]:
    """The findings in the largest parts that read nothing."""
    if isinstance(node, Template | Hole | IfPart | ForPart | SetPart | Text) or _depends(node):
        for child in children(node):
            yield from _closed(child)
    elif not isinstance(node, Literal | Range):
        try:
            compile_expression(node)(Scope({}))
        except ExpressionError as reason:
            yield error("FE314", f"this always fails: {reason.message}", reason.span or node.span)


def _depends(node: Expr) -> bool:
    """Whether a name or a call decides what becomes of the expression, or another check tells what is wrong with it."""
    for inner in walk(node):
        if isinstance(inner, Name | Call | Template):
            return True
        if isinstance(inner, Filter | Test):
            signature = (FILTERS if isinstance(inner, Filter) else TESTS).get(inner.name)
            keywords = tuple(keyword.name for keyword in inner.keywords)
            if signature is None or signature.refuses(len(inner.args), keywords) is not None:
                return True
    return False


CHECK = each_flow(("FE314",), _run)
