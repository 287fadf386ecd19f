"""FE306: arguments that a filter, a test or a function does not take."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS, TESTS
from flowengine.expressions.tree import Call, Filter, Test
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for node in nodes(checked, flow):
        match node:
            case Filter(name=name, name_span=span):
                signature = FILTERS.get(name)
            case Test(name=name, name_span=span):
                signature = TESTS.get(name)
            case Call(function=function):
                signature, span = FUNCTIONS.get(function.name), function.span
            case _:
                continue
        if signature is None:
            continue  # it does not exist: another check tells
        wrong = signature.refuses(len(node.args), tuple(keyword.name for keyword in node.keywords))
        if wrong is not None:
            takes = f"{signature.name}({', '.join(signature.keywords)})" if signature.keywords else None
            yield error("FE306", wrong, span, takes and f"its arguments: `{takes}`")


CHECK = each_flow(("FE306",), _run)
