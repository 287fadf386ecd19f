"""FE209: `open` or `next_open` of a calendar that `flowengine.toml` does not have."""

from __future__ import annotations

from flowengine.compiler.analysis.reads import nodes
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.tree import Call, Literal
from flowengine.language import tree

_TAKE_CALENDARS = frozenset({"open", "next_open"})


def _run(checked: Checked, flow: tree.Flow) -> Found:
    if checked.config.broken:
        return
    known = checked.config.calendar_tables
    for node in nodes(checked, flow):
        if not isinstance(node, Call) or node.function.name not in _TAKE_CALENDARS or not node.args:
            continue
        named = node.args[0]
        if isinstance(named, Literal) and isinstance(named.value, str) and named.value not in known:
            near = closest(named.value, known)
            section = f"flowengine.toml needs a section [calendars.{named.value}]"
            hint = f"did you mean `{near}`?" if near else section
            yield error("FE209", f"there is no calendar `{named.value}`", named.span, hint)


CHECK = each_flow(("FE209",), _run)
