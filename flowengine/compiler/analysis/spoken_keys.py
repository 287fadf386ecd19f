"""Which keys an English prompt names: "press 3", "press star", "1, 2 or 3"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowengine.diagnostics import Span
from flowengine.expressions.tree import ForPart, Hole, IfPart, Part, SetPart, Template, Text

_WORDS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "star": "*",
    "asterisk": "*",
    "pound": "#",
    "hash": "#",
}
_KEY = r"(?:[0-9]+|[*#]|" + "|".join(_WORDS) + r")(?!\w|\.\d)"
_FILLER = r"(?:the\s+)?(?:(?:number|key|digit|button)\s+)?"
_AND = r"(?:\s*,\s*(?:or\s+|and\s+)?|\s+or\s+|\s+and\s+)"
_PRESS = re.compile(
    rf"\b(?:press|push|hit)(?:ing)?\s+{_FILLER}({_KEY}(?:{_AND}{_FILLER}{_KEY})*)"
    rf"(?:\s*(?:to|through|thru|-)\s*({_KEY}))?",
    re.IGNORECASE,
)
_ONE_KEY = re.compile(_KEY, re.IGNORECASE)
_OPEN = re.compile(r"\b(?:press|push|hit|dial|enter|say)\b[^.!?]*\0", re.IGNORECASE)
_LATER = re.compile(r"\b(?:then|when|once|after|afterwards|finish|finished|done|end)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A key that a prompt tells the caller to press, and where. `later`: not now, but when something else is done."""

    key: str
    span: Span
    later: bool


def spoken_keys(template: Template, lines: list[str]) -> Iterator[Spoken]:
    """The keys that a text tells the caller to press. `lines` are those of its file."""
    for text in _texts(template.parts):
        for found in _PRESS.finditer(text.value):
            sentence = _sentence(text.value, found.start())
            later = _LATER.search(sentence) is not None
            first = ""
            for one in _ONE_KEY.finditer(text.value, found.start(1), found.end(1)):
                first = _key(one[0])
                yield Spoken(first, _place(text, one.start(), one.end(), lines), later)
            last = _key(found[2]) if found[2] else ""
            if len(first) == len(last) == 1 and first.isdecimal() and last.isdecimal():
                for number in range(int(first) + 1, int(last) + 1):
                    yield Spoken(str(number), _place(text, found.start(2), found.end(2), lines), later)


def named_keys(template: Template) -> set[str]:
    """Every key that a text names in any way: "1 for sales", "zero"."""
    named: set[str] = set()
    for text in _texts(template.parts):
        named |= {_key(one[0]) for one in _ONE_KEY.finditer(text.value)}
        for low, high in re.findall(r"\b([0-9])\s*(?:to|through|thru|-)\s*([0-9])\b", text.value):
            named |= {str(number) for number in range(int(low), int(high) + 1)}
    return named


def words_of(template: Template) -> str:
    """The fixed text of a template."""
    return " ".join(text.value for text in _texts(template.parts))


def leaves_open(template: Template) -> bool:
    """Whether what is worked out in the call may name keys: `press {{ key }}`, or a text that is nothing else."""
    flat = "".join(_flat(template.parts))
    return _OPEN.search(flat) is not None or not re.search(r"\w", flat)


def _key(text: str) -> str:
    return _WORDS.get(text.lower(), text)


def _sentence(text: str, at: int) -> str:
    start = max(text.rfind(mark, 0, at) for mark in ".!?") + 1
    ends = [end for mark in ".!?" if (end := text.find(mark, at)) >= 0]
    return text[start : min(ends, default=len(text))]


def _place(text: Text, start: int, end: int, lines: list[str]) -> Span:
    """The place of a part of a text; that of the whole where escapes or line ends stand in between."""
    span = text.span
    if span.line != span.end_line or not 0 < span.line <= len(lines):
        return span
    written = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    before = written.find(text.value)  # a text without `{{ }}` has its quotes around it
    if before < 0:
        return span
    return Span(span.file, span.line, span.column + before + start, span.line, span.column + before + end)


def _texts(parts: Iterable[Part]) -> Iterator[Text]:
    for part in parts:
        match part:
            case Text():
                yield part
            case IfPart(branches=branches, otherwise=otherwise):
                for _, body in branches:
                    yield from _texts(body)
                yield from _texts(otherwise)
            case ForPart(body=body, otherwise=otherwise):
                yield from _texts(body)
                yield from _texts(otherwise)
            case Hole() | SetPart():
                pass


def _flat(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        match part:
            case Text(value=value):
                yield value
            case Hole():
                yield "\0"
            case IfPart(branches=branches, otherwise=otherwise):
                for _, body in branches:
                    yield from _flat(body)
                yield from _flat(otherwise)
            case ForPart(body=body, otherwise=otherwise):
                yield from _flat(body)
                yield from _flat(otherwise)
            case SetPart():
                pass
