"""FE253: a flow that no `run`, no number and no call script names."""

from __future__ import annotations

from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.model import Checked


def _run(checked: Checked) -> Found:
    if checked.lost or checked.config.broken:
        return  # what names the flow may be where nobody can read it
    named = {target.flow for target in checked.config.numbers.values()} | checked.named_by_scripts
    for flow in checked.flows.values():
        named |= {run.flow.text for run in checked.runs(flow) if run.flow.text != flow.name.text}
    unused = [flow for name, flow in checked.flows.items() if name not in named]
    if not checked.config.numbers and len(unused) == 1:
        return  # a project without numbers: this is the one flow that calls begin with
    for flow in unused:
        message = f"nothing uses the flow `{flow.name.text}`"
        yield warning("FE253", message, flow.name.span, "let a number, a `run` or a call script name it, or remove it")


CHECK = Check(("FE253",), _run)
