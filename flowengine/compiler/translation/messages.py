"""The messages of a project: the texts that are heard or read in the language of the call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flowengine.compiler.binding import Bound, compiled
from flowengine.compiler.model import Checked
from flowengine.core.graph import DEFAULTS
from flowengine.expressions.tree import (
    Attribute,
    DictOf,
    Expr,
    Filter,
    Hole,
    ListOf,
    Literal,
    Name,
    Template,
    Text,
    walk,
)
from flowengine.language import tree
from flowengine.language.quotes import PIECE

_BEFORE_PLURAL = re.compile(r"(.*)\|\s*plural\s*\(", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Plural:
    """A message whose form follows a number: its id for more than one, and the number."""

    id: str
    number: Expr


@dataclass(frozen=True, slots=True)
class Message:
    """One text in one place.

    `id` is what a catalogue knows it by: the text as it is written. `language` is the one that it is written in,
    `step` where it is heard (empty in a header), `bound` the verb, `argument` its argument.
    """

    id: str
    plural: Plural | None
    template: Template
    language: str
    flow: str
    step: str
    bound: Bound
    argument: str


def messages(checked: Checked) -> list[Message]:
    """Every message of the project, in the order of the files."""
    known: list[Message] | None = checked.memo.get("messages")
    if known is None:
        known = checked.memo["messages"] = [
            message for flow in checked.files.values() for message in messages_of(checked, flow)
        ]
    return known


def messages_of(checked: Checked, flow: tree.Flow) -> Sequence[Message]:
    """Every message of a flow, in the order of the text."""
    return checked.recall(flow, _messages_of)


def _messages_of(checked: Checked, flow: tree.Flow) -> Sequence[Message]:
    return list(_of_flow(checked, flow))


def project_language(checked: Checked) -> str:
    """The language that the project is written in: that of `[settings]`."""
    return str(checked.config.settings.get("language", DEFAULTS["language"]))


def flow_language(checked: Checked, flow: tree.Flow) -> str:
    """The language that a flow is written in: its own setting, else the project's."""
    for setting in flow.settings:
        written = compiled(setting.value) if setting.name.text == "language" else None
        if written is not None and isinstance(written.constant, str):
            return written.constant
    return project_language(checked)


def _of_flow(checked: Checked, flow: tree.Flow) -> Iterator[Message]:
    language = flow_language(checked, flow)
    blocks = [("", handler.body) for handler in flow.handlers]
    blocks += [(step.name.text, step.body) for step in flow.steps]
    for step, block in blocks:
        for statement in tree.walk(block):
            bound = checked.bound.get(id(statement))
            if bound is None or stands_as_written(bound, checked.config.variables):
                continue
            for argument in bound.verb.arguments:
                expr = bound.exprs.get(argument.name)
                if argument.translated and isinstance(expr, Template) and _has_words(expr):
                    plural = plural_of(expr)
                    name, more = (expr.source, None) if plural is None else plural
                    yield Message(name, more, expr, language, flow.name.text, step, bound, argument.name)


def stands_as_written(bound: Bound, variables: Any) -> bool:
    """Whether a verb's texts are never translated: those with a language of their own, and text messages to a number
    that the project names, which are for its own people."""
    if bound.verb.name == "sms" and "to" in bound.exprs:
        return all(
            isinstance(node, Template | Text | Literal | Attribute | ListOf | DictOf)
            or (isinstance(node, Name) and node.name in variables)
            for node in walk(bound.exprs["to"])
        )
    return bound.verb.name == "say" and "language" in bound.exprs


def plural_of(template: Template) -> tuple[str, Plural] | None:
    """The message's id for one and for more, where the text has `{{ number | plural("one", "more") }}`.

    None without one, and where the forms of a text follow two numbers or stand inside `{% %}`: gettext's plurals
    follow one number, so a catalogue has such a text as it is written.
    """
    filters = [node for node in walk(template) if isinstance(node, Filter) and node.name == "plural"]
    pieces = list(PIECE.finditer(template.source))
    if not filters or any(piece["tag"] is not None for piece in pieces):
        return None
    holes = [part for part in template.parts if isinstance(part, Hole)]
    written = [piece for piece in pieces if piece["hole"] is not None]
    one = more = ""
    end, numbers = 0, set()
    for hole, piece in zip(holes, written, strict=True):
        forms = _forms(hole.value)
        if forms is None:
            continue
        filters.remove(forms[2])
        before = _BEFORE_PLURAL.match(piece[0].strip("{}-"))
        numbers.add("" if before is None else before[1].strip())
        between = template.source[end : piece.start()]
        one, more, end = f"{one}{between}{forms[0]}", f"{more}{between}{forms[1]}", piece.end()
        number = forms[2].of
    if filters or len(numbers) != 1:
        return None
    rest = template.source[end:]
    return one + rest, Plural(more + rest, number)


def _forms(value: Expr) -> tuple[str, str, Filter] | None:
    """The two forms of a `number | plural("one", "more")`, with the filter."""
    if not isinstance(value, Filter) or value.name != "plural" or len(value.args) != 2:
        return None
    texts = [arg.value for arg in value.args if isinstance(arg, Literal) and isinstance(arg.value, str)]
    return (texts[0], texts[1], value) if len(texts) == 2 else None


def _has_words(template: Template) -> bool:
    """Whether there is anything to translate: a text of values and signs alone is the same in every language."""
    return any(
        (isinstance(node, Text) and any(character.isalpha() for character in node.value))
        or (isinstance(node, Filter) and node.name == "plural")
        for node in walk(template)
    )
