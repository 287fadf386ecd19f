"""FE205: `run`, or a number, names a flow that the project does not have."""

from __future__ import annotations

from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Span
from flowengine.diagnostics.suggest import closest
from flowengine.language import tree


def _run(checked: Checked) -> Found:
    if checked.lost:
        return  # the flow may be in a file that did not parse
    for flow in checked.files.values():
        for statement in checked.statements(flow):
            if isinstance(statement, tree.Run) and statement.flow.text not in checked.flows:
                steps = {step.name.text for step in flow.steps}
                hint = None
                if statement.flow.text in steps:
                    hint = f"`{statement.flow.text}` is a step of this flow: `-> {statement.flow.text}` goes there"
                yield _unknown(checked, statement.flow.text, statement.flow.span, hint)
    for number, target in checked.config.numbers.items():
        if target.flow not in checked.flows:
            inline = checked.config.has_place("numbers", number, "flow")
            path = ("numbers", number, "flow") if inline else ("numbers", number)
            yield _unknown(checked, target.flow, checked.config.value_span(*path))


def _unknown(checked: Checked, word: str, span: Span, hint: str | None = None) -> Diagnostic:
    near = closest(word, checked.flows)
    return error("FE205", f"there is no flow `{word}`", span, f"did you mean `{near}`?" if near else hint)


CHECK = Check(("FE205",), _run)
