"""FE455: a prompt that tells the caller to press a key which its menu does not take; FE456: a key that no prompt names.

Read in English only, and only where it is certain: a recorded prompt, or a text that is worked out in the call, may say
anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flowengine.compiler.analysis.choices import choices
from flowengine.compiler.analysis.header_keys import header_keys
from flowengine.compiler.analysis.spoken_keys import leaves_open, named_keys, spoken_keys, words_of
from flowengine.compiler.analysis.words import key_of
from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Found, each_flow, warning
from flowengine.compiler.model import Checked
from flowengine.core.words import find, words
from flowengine.diagnostics import Diagnostic, Label
from flowengine.expressions.tree import Literal, Range, Template
from flowengine.language import tree


@dataclass(slots=True)
class Prompts:
    """What a caller hears of a menu. `certain`: nothing of it is recorded or worked out in the call."""

    texts: list[Template] = field(default_factory=list)
    certain: bool = True


@dataclass(slots=True)
class Keys:
    """The keys that a menu takes."""

    texts: set[str] = field(default_factory=set)
    ranges: list[Range] = field(default_factory=list)

    def take(self, key: str) -> bool:
        """Whether `key` is a choice or begins one."""
        if any(text.startswith(key) for text in self.texts):
            return True
        return any(str(number).startswith(key) for of in self.ranges for number in range(of.low, of.high + 1))


def _run(checked: Checked, flow: tree.Flow) -> Found:
    wide = header_keys(checked, flow.name.text)
    for block in _blocks(flow):
        for number, statement in enumerate(block):
            bound = checked.bound.get(id(statement))
            if bound is not None and bound.verb.choices:
                yield from _menu(checked, bound, block[:number], wide)


def _wide(checked: Checked, flow: tree.Flow) -> frozenset[str]:
    return header_keys(checked, flow.name.text)


def _menu(checked: Checked, menu: Bound, before: tree.Block, wide: frozenset[str]) -> Iterator[Diagnostic]:
    offered = [choice.when for choice in choices(menu.content)]
    keys = Keys(set(wide))
    for when in offered:
        for value in when.values:
            key = key_of(value)
            if isinstance(value, Range):
                keys.ranges.append(value)
            elif key is not None:
                keys.texts.add(key)
    own, heard = Prompts(), Prompts()
    _collect(checked, menu.content, own)
    _collect(checked, menu.content, heard)
    for handler in menu.handlers:
        _collect(checked, handler.body, heard)
    for statement in reversed(before):
        bound = checked.bound.get(id(statement))
        if bound is None or not bound.verb.prompt:
            break
        _collect(checked, (statement,), heard)
    if not offered:
        return
    told = wrong = False
    for text in own.texts:
        for spoken in spoken_keys(text, checked.lines(text.span.file)):
            told = told or keys.take(spoken.key)
            if not spoken.later and not keys.take(spoken.key):
                wrong = True
                message = f"the prompt says to press {spoken.key}, and the menu does not take it"
                label = Label(menu.statement.name.span, "this menu")
                yield warning("FE455", message, spoken.span, f"add `when {_written(spoken.key)}`", label)
    if told and heard.certain and not wrong:
        yield from _unnamed(offered, heard, keys.ranges)


def _unnamed(offered: list[tree.When], heard: Prompts, ranges: list[Range]) -> Iterator[Diagnostic]:
    named = {key for text in heard.texts for key in named_keys(text)}
    named |= {str(number) for of in ranges for number in range(max(of.low, 0), min(of.high, 9) + 1)}
    said = words(" ".join(words_of(text) for text in heard.texts))
    for when in offered:
        if any(isinstance(value, Range) for value in when.values):
            continue
        keys = {key: value for value in when.values if (key := key_of(value)) is not None}
        if any(len(key) > 1 or key in named for key in keys):
            continue  # a longer sequence is often meant to be known to a few
        texts = [value.value for value in when.values if isinstance(value, Literal) and key_of(value) is None]
        if any(find(words(text), said) >= 0 for text in texts if isinstance(text, str)):
            continue
        for key, value in list(keys.items())[:1]:
            yield warning("FE456", f"no prompt of this menu tells that the key {key} does something", value.span)


def _collect(checked: Checked, content: tree.Block, into: Prompts) -> None:
    """The texts among these statements, also those under conditions; not those of the choices' own blocks."""
    for statement in content:
        bound = checked.bound.get(id(statement))
        if bound is not None:
            value = bound.args.get("text")
            if bound.verb.name == "say" and value is not None and isinstance(value.expr, Template):
                into.texts.append(value.expr)
                into.certain = into.certain and not leaves_open(value.expr)
            elif bound.verb.name != "pause":
                into.certain = False
        elif isinstance(statement, tree.If | tree.Match):
            bodies = [branch.body for branch in statement.branches] if isinstance(statement, tree.If) else []
            if isinstance(statement, tree.Match):
                bodies = [case.body or () for case in statement.cases]
            for body in (*bodies, statement.otherwise or ()):
                _collect(checked, body, into)


def _blocks(flow: tree.Flow) -> Iterator[tree.Block]:
    """Every block of a flow."""
    stack = [handler.body for handler in flow.handlers] + [step.body for step in flow.steps]
    while stack:
        block = stack.pop()
        yield block
        for statement in block:
            stack.extend(tree.blocks(statement))


def _written(key: str) -> str:
    return key if key.isdecimal() else f'"{key}"'


CHECK = each_flow(("FE455", "FE456"), _run, _wide)
