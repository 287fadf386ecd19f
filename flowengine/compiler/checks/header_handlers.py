"""What the handlers of a header wait for: FE217 nothing a header knows, FE302, FE308 and FE313 a wrong key."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.control_flow import HEADER_EVENTS
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.tree import Literal, Template
from flowengine.language import tree
from flowengine.verbs.kinds import KEY


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for handler in flow.handlers:
        for trigger in handler.triggers:
            yield from _trigger(checked, trigger)


def _trigger(checked: Checked, trigger: tree.Trigger) -> Iterator[Diagnostic]:
    word = trigger.name.text
    if word not in HEADER_EVENTS:
        near = closest(word, HEADER_EVENTS)
        verbs = [verb.name for verb in checked.verbs.values() if verb.outcome(word) is not None]
        hint = f"did you mean `{near}`?" if near else "a header handles `failed`, `error`, `hangup` and `press`"
        if near is None and verbs:
            hint = f"`on {word}` stands in the block of `{verbs[0]}`"
        yield error("FE217", f"a header does not handle `{word}`", trigger.name.span, hint)
    elif word != "press":
        if trigger.argument is not None:
            yield error("FE308", f"`on {word}` takes nothing more", trigger.argument.span)
    elif trigger.argument is None:
        yield error("FE313", "`on press` needs its key: `on press 0`", trigger.span)
    else:
        match trigger.argument:
            case Literal(value=int(), text=text):
                key: object = text
            case Literal(value=value):
                key = value
            case Template():
                key = trigger.argument.constant
            case _:
                key = None
        try:
            KEY.accept(key)
        except ValueError as reason:
            yield error("FE302", f"`on press` takes {reason}", trigger.argument.span)


CHECK = each_flow(("FE217", "FE302", "FE308", "FE313"), _run)
