"""FE207: a filter that does not exist."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS
from flowengine.expressions.tree import Filter
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for node in nodes(checked, flow):
        if isinstance(node, Filter) and node.name not in FILTERS:
            near = closest(node.name, FILTERS)
            hint = f"did you mean `{near}`?" if near else None
            if near is None and node.name in FUNCTIONS:
                hint = f"`{node.name}` is a function: `{node.name}(…)`"
            yield error("FE207", f"there is no filter `{node.name}`", node.name_span, hint)


CHECK = each_flow(("FE207",), _run)
