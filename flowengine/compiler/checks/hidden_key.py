"""FE457: a key of a flow's header that nothing in the flow, or in those that it runs, can hear."""

from __future__ import annotations

from flowengine.compiler.analysis.choices import choices
from flowengine.compiler.analysis.header_keys import own_keys
from flowengine.compiler.analysis.words import key_of
from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Check, Found, warning
from flowengine.compiler.model import Checked
from flowengine.core.keys import KEYS
from flowengine.expressions.tree import Range
from flowengine.language import tree


def _run(checked: Checked) -> Found:
    if checked.lost:
        return  # what hears the key may be in the part that did not parse
    heard: dict[str, set[str]] | None = None
    for flow in checked.flows.values():
        for key, trigger in own_keys(checked, flow).items():
            heard = _heard(checked) if heard is None else heard
            if key not in heard[flow.name.text]:
                message = f"the key {key} is never heard: every menu here uses it, or none listens"
                hint = 'a menu hears every key of the header that it does not use; a gather hears "*" and "#"'
                yield warning("FE457", message, trigger.span, hint)


def _heard(checked: Checked) -> dict[str, set[str]]:
    """The keys that each flow hears while it listens, itself or in the flows that it runs."""
    heard: dict[str, set[str]] = {}
    callers: dict[str, set[str]] = {name: set() for name in checked.flows}
    for name, flow in checked.flows.items():
        heard[name] = set(checked.recall(flow, _heard_itself))
        for run in checked.runs(flow):
            if run.flow.text in callers:
                callers[run.flow.text].add(name)
    work = list(heard)
    while work:
        name = work.pop()
        for caller in callers[name]:
            if not heard[name] <= heard[caller]:
                heard[caller] |= heard[name]
                work.append(caller)
    return heard


def _heard_itself(checked: Checked, flow: tree.Flow) -> frozenset[str]:
    heard: set[str] = set()
    for bound in checked.uses(flow):
        if any(outcome.counted for outcome in bound.verb.outcomes):
            heard |= {key for key in KEYS - heard if _hears(bound, key)}
    return frozenset(heard)


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
