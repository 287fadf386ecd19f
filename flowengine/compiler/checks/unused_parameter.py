"""FE251: a parameter that its flow never reads."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import flow_expressions, reads
from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.model import Checked


def _run(checked: Checked) -> Found:
    for flow in checked.files.values():
        if not flow.complete or not flow.parameters:
            continue
        read = set(checked.read_by_scripts)
        read |= {read.name.name for expr in flow_expressions(checked, flow) for read in reads(expr)}
        for parameter in flow.parameters:
            name = parameter.name.text
            if name not in read and not name.startswith("_"):
                message = f"flow `{flow.name.text}` never uses its parameter `{name}`"
                yield warning("FE251", message, parameter.name.span, f"remove it, or call it `_{name}`")


CHECK = Check(("FE251",), _run)
