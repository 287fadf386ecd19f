"""The keys that work everywhere in a flow: those of its header, and of the headers of the flows that run it."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine.compiler.analysis.words import event_of
from flowengine.compiler.model import Checked
from flowengine.language import tree


def own_keys(checked: Checked, flow: tree.Flow) -> Mapping[str, tree.Trigger]:
    """The keys of a flow's own header, with where they stand."""
    return checked.recall(flow, _own_keys)


def _own_keys(_checked: Checked, flow: tree.Flow) -> Mapping[str, tree.Trigger]:
    keys: dict[str, tree.Trigger] = {}
    for handler in flow.handlers:
        for trigger in handler.triggers:
            name, _, key = event_of(trigger).partition(" ")
            if name == "press" and len(key) == 1:
                keys.setdefault(key, trigger)
    return keys


def header_keys(checked: Checked, name: str) -> frozenset[str]:
    """The keys that any flow under way can have while the flow `name` listens."""
    known: dict[str, frozenset[str]] = checked.memo.get("header keys", {})
    if not known:
        known = checked.memo["header keys"] = _all(checked)
    return known.get(name, frozenset())


def _all(checked: Checked) -> dict[str, frozenset[str]]:
    keys = {name: frozenset(own_keys(checked, flow)) for name, flow in checked.flows.items()}
    runs = {
        name: {run.flow.text for run in checked.runs(flow) if run.flow.text in keys}
        for name, flow in checked.flows.items()
    }
    work = list(keys)
    while work:
        name = work.pop()
        for called in runs[name]:
            if not keys[name] <= keys[called]:
                keys[called] |= keys[name]
                work.append(called)
    return keys
