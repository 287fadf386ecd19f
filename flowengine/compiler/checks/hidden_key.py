"""FE457: a key of a flow's header that nothing in the flow, or in those that it runs, can hear."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.choices import choices
from flowengine.compiler.analysis.header_keys import own_keys
from flowengine.compiler.analysis.words import key_of
from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.model import Checked
from flowengine.expressions.tree import Range
from flowengine.language import tree


def _run(checked: Checked) -> Found:
    for flow in checked.flows.values():
        keys = own_keys(flow)
        if not keys or checked.lost:
            continue
        listening = list(_listening(checked, flow.name.text, set()))
        for key, trigger in keys.items():
            if not any(_hears(bound, key) for bound in listening):
                why = "nothing here listens to keys" if not listening else "every menu uses it, or a gather takes it"
                hint = 'a menu hears every key of the header that it does not use; a gather hears "*" and "#"'
                yield warning("FE457", f"the key {key} is never heard: {why}", trigger.span, hint)


def _listening(checked: Checked, name: str, seen: set[str]) -> Iterator[Bound]:
    """The menus and gathers of a flow and of those that it runs."""
    flow = checked.flows.get(name)
    if flow is None or name in seen:
        return
    seen.add(name)
    for statement in checked.statements(flow):
        if isinstance(statement, tree.Run):
            yield from _listening(checked, statement.flow.text, seen)
        bound = checked.bound.get(id(statement))
        if bound is not None and any(outcome.counted for outcome in bound.verb.outcomes):
            yield bound


def _hears(bound: Bound, key: str) -> bool:
    if not bound.verb.choices:
        finish = bound.args.get("finish")
        ends = "#" if finish is None else finish.constant
        return key in "*#" and ends != key
    values = [value for choice in choices(bound.content) for value in choice.when.values]
    if any(isinstance(value, Range) and value.low <= int(key) <= value.high for value in values if key.isdecimal()):
        return False
    return key not in {key_of(value) for value in values}


CHECK = Check(("FE457",), _run)
