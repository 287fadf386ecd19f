"""FE204: `->` to a step that this flow does not have."""

from __future__ import annotations

from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    if not flow.complete:
        return  # the step may be in the part that did not parse
    steps = {step.name.text for step in flow.steps}
    for statement in checked.statements(flow):
        if isinstance(statement, tree.Goto) and statement.target.text not in steps:
            word = statement.target.text
            near = closest(word, steps)
            hint = f"did you mean `{near}`?" if near else None
            if near is None and word in checked.flows:
                hint = f"`{word}` is a flow: `run {word}()` uses it and comes back"
            yield error("FE204", f"flow `{flow.name.text}` has no step `{word}`", statement.target.span, hint)


def _names(checked: Checked, _flow: tree.Flow) -> frozenset[str]:
    return frozenset(checked.flows)


CHECK = each_flow(("FE204",), _run, _names)
