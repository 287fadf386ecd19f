"""FE407: a key that ends the input of a gather, and that is also part of a valid input."""

from __future__ import annotations

from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for bound in checked.uses(flow):
        finish = bound.args.get("finish")
        if bound.verb.name != "gather" or finish is None or not isinstance(finish.constant, str) or finish.expr is None:
            continue
        if finish.constant and finish.constant in "0123456789":
            message = f"the key {finish.constant} ends the input, so no caller can enter a number that holds it"
            yield error("FE407", message, finish.expr.span, 'take "#" or "*" as the key that ends the input')


CHECK = each_flow(("FE407",), _run)
