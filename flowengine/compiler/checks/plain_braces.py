"""FE352: `{{` in a string of an expression, where it stays as it is written."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Found, each_flow, warning
from flowengine.compiler.model import Checked
from flowengine.expressions.tree import Literal
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for node in nodes(checked, flow):
        if isinstance(node, Literal) and isinstance(node.value, str) and "{{" in node.value:
            hint = 'join texts with `~`: `"Hello " ~ name`'
            message = "inside an expression a string is plain: `{{ }}` is not filled in"
            yield warning("FE352", message, node.span, hint)


CHECK = each_flow(("FE352",), _run)
