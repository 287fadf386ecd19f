"""FE251: a parameter that its flow never reads."""

from __future__ import annotations

from flowengine.compiler.analysis.variables import read_names
from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.model import Checked


def _run(checked: Checked) -> Found:
    for flow in checked.files.values():
        if not flow.complete or not flow.parameters:
            continue
        read = read_names(checked, flow)
        for parameter in flow.parameters:
            name = parameter.name.text
            if name not in read and not name.startswith("_"):
                message = f"flow `{flow.name.text}` never uses its parameter `{name}`"
                yield warning("FE251", message, parameter.name.span, f"remove it, or call it `_{name}`")


CHECK = Check(("FE251",), _run)
