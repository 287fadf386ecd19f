"""FE208: a function that does not exist."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS
from flowengine.expressions.tree import Call
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for node in nodes(checked, flow):
        if isinstance(node, Call) and node.function.name not in FUNCTIONS:
            name = node.function.name
            near = closest(name, FUNCTIONS)
            hint = f"did you mean `{near}`?" if near else f"there are {', '.join(f'`{f}`' for f in FUNCTIONS)}"
            if near is None and name in FILTERS:
                hint = f"`{name}` is a filter: `value | {name}`"
            elif near is None and name in checked.flows:
                hint = f"`{name}` is a flow: `run {name}(…) as result`"
            yield error("FE208", f"there is no function `{name}`", node.function.span, hint)


def _names(checked: Checked, _flow: tree.Flow) -> frozenset[str]:
    return frozenset(checked.flows)


CHECK = each_flow(("FE208",), _run, _names)
