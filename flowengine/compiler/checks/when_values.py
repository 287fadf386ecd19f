"""FE311: a `when` that can never be chosen: neither keys nor words, or a range that is empty or too large."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.compiler.analysis.choices import choices, menus
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.core.words import words
from flowengine.diagnostics import Diagnostic
from flowengine.expressions.tree import Expr, Literal, Name, Range
from flowengine.language import tree
from flowengine.verbs.menu import keys_of

LARGEST_RANGE = 10_000


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for menu in menus(checked, flow):
        for choice in choices(menu.content):
            for value in choice.when.values:
                yield from _range(value) if isinstance(value, Range) else _choice(value)
    for statement in checked.statements(flow):
        if isinstance(statement, tree.Match):
            for case in statement.cases:
                for value in case.values:
                    if isinstance(value, Range):
                        yield from _range(value)


def _range(value: Range) -> Iterator[Diagnostic]:
    if value.high < value.low:
        hint = f"write `{value.high}..{value.low}`"
        yield error("FE311", "this range is empty: it runs from its smaller number to its larger one", value.span, hint)
    elif value.high - value.low >= LARGEST_RANGE:
        yield error("FE311", f"this range holds more than {LARGEST_RANGE:,} numbers", value.span)


def _choice(value: Expr) -> Iterator[Diagnostic]:
    if keys_of(value) is not None:
        return
    if isinstance(value, Literal) and isinstance(value.value, str) and words(value.value):
        return
    hint = 'keys are `1`, `12`, `"*"` or `1..9`; words are in quotes: `"sales"`'
    if isinstance(value, Name):
        hint = f'words are in quotes: `when "{value.name}"`'
    yield error("FE311", "a choice of a menu is keys or words", value.span, hint)


CHECK = each_flow(("FE311",), _run)
