"""FE316: a flow that answers a number, where a parameter has no default: nobody could give it."""

from __future__ import annotations

from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Label


def _run(checked: Checked) -> Found:
    answered: dict[str, str] = {}
    for number, target in checked.config.numbers.items():
        answered.setdefault(target.flow, number)
    for name, number in answered.items():
        flow = checked.flows.get(name)
        for parameter in flow.parameters if flow is not None else ():
            if parameter.default is None:
                label = Label(checked.config.key_span("numbers", number), f"`{name}` answers this number")
                hint = f"give it a default: `{parameter.name.text}=none`"
                message = f"parameter `{parameter.name.text}` needs a default, because `{name}` answers a number"
                yield error("FE316", message, parameter.span, hint, label)


CHECK = Check(("FE316",), _run)
