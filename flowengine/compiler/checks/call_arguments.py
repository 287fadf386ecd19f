"""FE306: arguments that a filter, a test or a function does not take."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS, TESTS
from flowengine.expressions.tree import Call, Filter, Test


def _run(checked: Checked) -> Found:
    for flow in checked.files.values():
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


CHECK = Check(("FE306",), _run)
