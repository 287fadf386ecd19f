"""Parts of a flow in the words of a message."""

from __future__ import annotations

from flowengine.compiler.model import Checked
from flowengine.diagnostics import Span
from flowengine.expressions.tree import Expr, Literal, Range, Template
from flowengine.language import tree
from flowengine.verbs.menu import keys_of

_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times"}


def times(count: int) -> str:
    """How often, in words."""
    return _TIMES.get(count, f"{count} times")


def as_written(checked: Checked, span: Span, longest: int = 40) -> str | None:
    """The text at a span of one line, or None where it is longer than a message should quote."""
    lines = checked.lines(span.file)
    if span.line != span.end_line or not 0 < span.line <= len(lines):
        return None
    text = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return text if 0 < len(text) <= longest else None


def shown(checked: Checked, expr: Expr) -> str:
    """An expression as it is written, in backquotes."""
    text = as_written(checked, expr.span)
    return "the condition" if text is None else f"`{text}`"


def key_of(value: Expr) -> str | None:
    """The keys that a value of a `when` is, where it is one sequence."""
    keys = None if isinstance(value, Range) else keys_of(value)
    return keys[0] if keys else None


def choosing(when: tree.When) -> str:
    """What a caller does to choose this."""
    for value in when.values:
        key = key_of(value)
        if key is not None:
            return f"press {key}"
        if isinstance(value, Range):
            return f"press {value.low}"
        if isinstance(value, Literal) and isinstance(value.value, str):
            return f'say "{value.value}"'
    return "choose"


def event_of(trigger: tree.Trigger) -> str:
    """What a trigger waits for: `failed`, `press 0`; `noinput` is `noinput 1`, and the key 1 is the key "1"."""
    name = trigger.name.text
    match trigger.argument:
        case None:
            return f"{name} 1" if name in ("noinput", "nomatch") else name
        case Literal(value=str(value)):
            return f"{name} {value}"
        case Literal(text=text):
            return f"{name} {text}"
        case Template() as template:
            return f"{name} {template.constant}"
    return name


def head(statement: tree.Statement) -> Span:
    """The place to underline for a statement: its first word or its own line, never its whole block."""
    span = statement.span
    match statement:
        case tree.Verb(name=name):
            return name.span
        case tree.Run(flow=flow):
            return flow.span
        case tree.If(branches=branches):
            return _first_line(span, branches[0].test.span)
        case tree.Match(value=value):
            return _first_line(span, value.span)
        case _:
            return (
                span if span.line == span.end_line else Span(span.file, span.line, span.column, span.line, span.column)
            )


def _first_line(span: Span, last: Span) -> Span:
    return Span(span.file, span.line, span.column, last.end_line, last.end_column)
