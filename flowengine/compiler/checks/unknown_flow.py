"""FE205: `run`, or a number, names a flow that the project does not have."""

from __future__ import annotations

from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Span
from flowengine.diagnostics.suggest import closest


def _run(checked: Checked) -> Found:
    if checked.lost:
        return  # the flow may be in a file that did not parse
    for flow in checked.files.values():
        for run in checked.runs(flow):
            name = run.flow.text
            if name not in checked.flows:
                is_step = any(step.name.text == name for step in flow.steps)
                hint = f"`{name}` is a step of this flow: `-> {name}` goes there" if is_step else None
                yield _unknown(checked, name, run.flow.span, hint)
    for number, target in checked.config.numbers.items():
        if target.flow not in checked.flows:
            inline = checked.config.has_place("numbers", number, "flow")
            path = ("numbers", number, "flow") if inline else ("numbers", number)
            yield _unknown(checked, target.flow, checked.config.value_span(*path))


def _unknown(checked: Checked, word: str, span: Span, hint: str | None = None) -> Diagnostic:
    near = closest(word, checked.flows)
    return error("FE205", f"there is no flow `{word}`", span, f"did you mean `{near}`?" if near else hint)


CHECK = Check(("FE205",), _run)
