"""FE406: one key, range or phrase that two choices of a menu claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowengine.compiler.analysis.choices import Choice, choices, menus
from flowengine.compiler.analysis.words import key_of
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.core.words import words
from flowengine.diagnostics import Diagnostic, Label
from flowengine.expressions.tree import Expr, Literal, Range
from flowengine.language import tree


@dataclass(frozen=True, slots=True)
class Claim:
    """A value of a `when`: numbers from `low` to `high` as typed without leading zeros, or a text of its own."""

    choice: Choice
    value: Expr
    text: str
    low: int = 0
    high: int = -1

    def shared(self, other: Claim) -> str | None:
        """What both claim, in words; None where they differ."""
        if self.low <= self.high and other.low <= other.high:
            low, high = max(self.low, other.low), min(self.high, other.high)
            if low > high:
                return None
            return f"key {low}" if low == high else f"keys {low} to {high}"
        return self.text if self.text and self.text == other.text else None


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for menu in menus(checked, flow):
        yield from _compare([claim for choice in choices(menu.content) for claim in _claims(choice, spoken=True)])
    for statement in checked.statements(flow):
        if isinstance(statement, tree.Match):
            yield from _compare([claim for case in statement.cases for claim in _claims(Choice(case), spoken=False)])


def _claims(choice: Choice, *, spoken: bool) -> Iterator[Claim]:
    """What a `when` claims. Spoken words are the same without case and punctuation, the texts of a `match` are not."""
    for value in choice.when.values:
        if isinstance(value, Range):
            if 0 <= value.low <= value.high:
                yield Claim(choice, value, "", value.low, value.high)
            continue
        key = key_of(value)
        if key is not None and key.isdecimal() and key == str(int(key)):
            yield Claim(choice, value, f"key {key}", int(key), int(key))
        elif key is not None:
            yield Claim(choice, value, f"key {key}")
        elif isinstance(value, Literal) and isinstance(value.value, str):
            text = " ".join(words(value.value)) if spoken else value.value
            yield Claim(choice, value, f'"{text}"')


def _compare(claims: list[Claim]) -> Iterator[Diagnostic]:
    """Each claim against those before it, texts only against equal ones: a thousand keys are quick."""
    ranges: list[Claim] = []
    texts: dict[str, list[Claim]] = {}
    for claim in claims:
        same = texts.get(claim.text, ()) if claim.text else (other for found in texts.values() for other in found)
        for rival in (*same, *ranges):
            shared = claim.shared(rival)
            if shared is not None and not claim.choice.excludes(rival.choice):
                label = Label(rival.value.span, "first here")
                yield error("FE406", f"{shared} is there twice: only the first counts", claim.value.span, None, label)
                break
        if claim.text:
            texts.setdefault(claim.text, []).append(claim)
        else:
            ranges.append(claim)


CHECK = each_flow(("FE406",), _run)
