"""FE207: a filter that does not exist."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS
from flowengine.expressions.tree import Filter


def _run(checked: Checked) -> Found:
    for flow in checked.files.values():
        for node in nodes(checked, flow):
            if isinstance(node, Filter) and node.name not in FILTERS:
                near = closest(node.name, FILTERS)
                hint = f"did you mean `{near}`?" if near else None
                if near is None and node.name in FUNCTIONS:
                    hint = f"`{node.name}` is a function: `{node.name}(…)`"
                yield error("FE207", f"there is no filter `{node.name}`", node.name_span, hint)


CHECK = Check(("FE207",), _run)
