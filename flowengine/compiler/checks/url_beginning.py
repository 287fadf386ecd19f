"""FE305: a URL that is worked out in the call, and whose fixed beginning is no web address."""

from __future__ import annotations

from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.expressions.tree import Template, Text
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for bound in checked.uses(flow):
        for name, expr in bound.exprs.items():
            value = bound.args.get(name)
            if value is None or not isinstance(expr, Template) or expr.constant is not None:
                continue
            first = expr.parts[0]
            if not isinstance(first, Text) or first.value.startswith(("http://", "https://")):
                continue
            if value.kind.name == "url" or (value.kind.name == "source" and "://" in first.value):
                message = f"{name} of `{bound.verb.name}` must be an http or https URL"
                yield error("FE305", message, expr.span)


CHECK = each_flow(("FE305",), _run)
