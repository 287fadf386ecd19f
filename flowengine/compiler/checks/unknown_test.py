"""FE215: a test of `is` that does not exist."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.catalogue import TESTS
from flowengine.expressions.tree import Test
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for node in nodes(checked, flow):
        if isinstance(node, Test) and node.name not in TESTS:
            near = closest(node.name, (name for name in TESTS if name.isidentifier()))
            hint = f"did you mean `{near}`?" if near else "to compare with a value, write `==`"
            yield error("FE215", f"there is no test `{node.name}`", node.name_span, hint)


CHECK = each_flow(("FE215",), _run)
