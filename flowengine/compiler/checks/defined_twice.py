"""FE211: a name or a handler that is there twice, so that one of the two would never count."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from flowengine.compiler.analysis.words import event_of
from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label, Span
from flowengine.language import tree


def _run(checked: Checked) -> Found:
    yield from _twice((flow.name.text, f"flow `{flow.name.text}`", flow.name.span) for flow in checked.files.values())
    for flow in checked.files.values():
        yield from checked.recall(flow, _in_flow)


def _in_flow(checked: Checked, flow: tree.Flow) -> tuple[Diagnostic, ...]:
    return tuple(_twice_in_flow(checked, flow))


def _twice_in_flow(checked: Checked, flow: tree.Flow) -> Iterator[Diagnostic]:
    yield from _twice(_words("step", (step.name for step in flow.steps)))
    yield from _twice(_words("parameter", (parameter.name for parameter in flow.parameters)))
    yield from _twice(_words("setting", (setting.name for setting in flow.settings)))
    yield from _handlers(flow.handlers)
    for statement in checked.statements(flow):
        match statement:
            case tree.Verb(options=options, body=body):
                yield from _twice(_words("argument", (option.name for option in options)))
                yield from _handlers(inner for inner in body or () if isinstance(inner, tree.On))
            case tree.Run(options=options, body=body):
                yield from _twice(_words("argument", (option.name for option in options)))
                yield from _handlers(inner for inner in body if isinstance(inner, tree.On))
            case _:
                continue


def _words(what: str, words: Iterable[tree.Word]) -> Iterator[tuple[Hashable, str, Span]]:
    for word in words:
        yield word.text, f"{what} `{word.text}`", word.span


def _handlers(handlers: Iterable[tree.On]) -> Iterator[Diagnostic]:
    triggers = (trigger for handler in handlers for trigger in handler.triggers)
    yield from _twice((event_of(trigger), f"`on {event_of(trigger)}`", trigger.span) for trigger in triggers)


def _twice(items: Iterable[tuple[Hashable, str, Span]]) -> Iterator[Diagnostic]:
    first: dict[Hashable, Span] = {}
    for key, what, span in items:
        if key in first:
            yield error("FE211", f"{what} is there twice", span, None, Label(first[key], "first here"))
        else:
            first[key] = span


CHECK = Check(("FE211",), _run)
