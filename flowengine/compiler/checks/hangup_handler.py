"""FE409: a statement in `on hangup` that needs the caller, who is gone."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.words import head
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label
from flowengine.language import tree

_ALLOWED = "`set`, `if`, `match`, `run`, `fetch`, `sms`, `log` and `emit`"


def _run(checked: Checked) -> Found:
    for flow in checked.files.values():
        for handler in flow.handlers:
            triggers = [trigger for trigger in handler.triggers if trigger.name.text == "hangup"]
            if triggers:
                label = Label(triggers[0].span, "the caller has left")
                yield from _block(checked, handler.body, label)


def _block(checked: Checked, block: tree.Block, label: Label) -> Iterator[Diagnostic]:
    for statement in block:
        match statement:
            case tree.Verb(name=name):
                bound = checked.bound.get(id(statement))
                if bound is not None and not bound.verb.alone:
                    yield _forbidden(f"`{name.text}` needs the caller", statement, label)
            case tree.Goto():
                yield _forbidden("no step can be gone to", statement, label)
            case tree.Return() | tree.Fail():
                yield _forbidden("there is nothing to leave", statement, label)
            case tree.Run(flow=flow):
                needed = _needs_caller(checked, flow.text, set())
                if needed is not None:
                    here = Label(needed.name.span, f"`{needed.name.text}` needs the caller")
                    message = f"flow `{flow.text}` needs the caller, and cannot run in `on hangup`"
                    yield error("FE409", message, flow.span, f"only {_ALLOWED} may be used", label, here)
            case _:
                pass
        for inner in tree.blocks(statement):
            yield from _block(checked, inner, label)


def _forbidden(why: str, statement: tree.Statement, label: Label) -> Diagnostic:
    return error("FE409", f"in `on hangup` {why}", head(statement), f"only {_ALLOWED} may be used", label)


def _needs_caller(checked: Checked, name: str, under_way: set[str]) -> tree.Verb | None:
    """The first verb of a flow, or of those that it runs, that needs the caller."""
    flow = checked.flows.get(name)
    if flow is None or name in under_way:
        return None
    under_way.add(name)
    for step in flow.steps:
        for statement in tree.walk(step.body):
            if isinstance(statement, tree.Verb):
                bound = checked.bound.get(id(statement))
                if bound is not None and not bound.verb.alone:
                    return statement
            elif isinstance(statement, tree.Run):
                found = _needs_caller(checked, statement.flow.text, under_way)
                if found is not None:
                    return found
    return None


CHECK = Check(("FE409",), _run)
