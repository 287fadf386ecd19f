"""Arguments that do not stand beside each other as they should: each can be read, and nobody means it so."""

from __future__ import annotations

from flowengine.diagnostics import Span
from flowengine.expressions import tree as ex
from flowengine.language.mistakes import NUMBER, unit_of
from flowengine.language.tree import Option

RESERVED_NAME = "FE122"
SPACING = "FE127"

Argument = ex.Expr | Option
Problem = tuple[str, str, Span, str | None]
"""Code, message, place, hint."""


def beside_each_other(word: str, word_span: Span, before: Argument | None, argument: Argument) -> Problem | None:
    """What is wrong with the place of an argument; `before` is the one before it, or None for the first."""
    value = before.value if isinstance(before, Option) else before
    if isinstance(argument, ex.Name) and _is_number(value):
        unit = unit_of(argument.name)
        if unit is not None:
            assert isinstance(value, ex.Literal)
            span = value.span.to(argument.span)
            return NUMBER, "between a number and its unit stands no space", span, f"write `{value.text}{unit}`"
    last = word_span if before is None else before.span
    if (argument.span.line, argument.span.column) == (last.end_line, last.end_column):
        return _touching(word, value, argument)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, ex.Literal) and isinstance(value.value, int | float) and not isinstance(value.value, bool)


def _touching(word: str, value: ex.Expr | None, argument: Argument) -> Problem:
    """An argument that begins where the one before it, or the statement's word, ends."""
    span = argument.span
    at = Span(span.file, span.line, span.column, span.line, span.column + 1)
    if value is None:
        return SPACING, f"a space is missing after `{word}`", at, f"what `{word}` gets is not in parentheses"
    if isinstance(argument, ex.Literal | ex.Duration) and argument.text.startswith("-"):
        return _negative(value, argument)
    if isinstance(value, ex.Literal) and isinstance(value.value, str):
        return SPACING, "the text before this ends at its quote", at, 'a quote inside a text is written `\\"`'
    return SPACING, "a space is missing between two arguments", at, "values have no methods"


def _negative(value: ex.Expr, argument: ex.Literal | ex.Duration) -> Problem:
    """`4-8`, `message-1`."""
    span = value.span.to(argument.span)
    if isinstance(value, ex.Name):
        message = f"a name has no hyphen: `{value.name}{argument.text}`"
        return RESERVED_NAME, message, span, f"write `{value.name}_{argument.text[1:]}`"
    written = value.text if isinstance(value, ex.Literal) else "1"
    hint = f"a range is written `{written}..{argument.text[1:]}`"
    return NUMBER, f"`{written}{argument.text}` is no number", span, hint
