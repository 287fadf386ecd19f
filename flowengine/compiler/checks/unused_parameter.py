"""FE251: a parameter that its flow never reads."""

from __future__ import annotations

from flowengine.compiler.analysis.variables import read_names
from flowengine.compiler.checks.check import Found, each_flow, warning
from flowengine.compiler.model import Checked
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    if not flow.complete or not flow.parameters:
        return
    read = read_names(checked, flow)
    for parameter in flow.parameters:
        name = parameter.name.text
        if name not in read and not name.startswith("_"):
            message = f"flow `{flow.name.text}` never uses its parameter `{name}`"
            yield warning("FE251", message, parameter.name.span, f"remove it, or call it `_{name}`")


def _read_by_scripts(checked: Checked, _flow: tree.Flow) -> frozenset[str]:
    return checked.read_by_scripts


CHECK = each_flow(("FE251",), _run, _read_by_scripts)
