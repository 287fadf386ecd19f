"""Strings: their escapes, their templates, and where each part of them stands in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Token, UnexpectedInput, UnexpectedToken

from flowengine.diagnostics import Span
from flowengine.expressions import tree as ex
from flowengine.language.mistakes import Situation, accepted, explain
from flowengine.language.problems import SyntaxProblem
from flowengine.language.quotes import CLOSERS, PIECE
from flowengine.language.texts import TOO_MUCH

if TYPE_CHECKING:
    from flowengine.language.builder import Builder

ESCAPE = "FE121"
UNCLOSED_TEMPLATE = "FE105"
TAG = "FE129"
MISSING = "FE126"

MOST_PIECES = 1000
"""How many `{{ }}` and `{% %}` one text may have."""

MOST_OPEN = 20
"""How deep `{% if %}` and `{% for %}` may stand in one another."""

_LINE_END = re.compile("\n")
_ESCAPE = re.compile(r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SIMPLE = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "t": "\t"}
_ESCAPES = 'the escapes are `\\"` `\\\\` `\\n` `\\t` and `\\u263A`'


class Places:
    """From a place in a token's text to the place in the file."""

    def __init__(self, span: Span, text: str) -> None:
        self.span = span
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def at(self, start: int, end: int) -> Span:
        """The span of `text[start:end]`."""
        line, column = self._one(start)
        end_line, end_column = self._one(end)
        return Span(self.span.file, line, column, end_line, end_column)

    def _one(self, index: int) -> tuple[int, int]:
        row = bisect_right(self.starts, index) - 1
        column = index - self.starts[row]
        return self.span.line + row, column + (1 if row else self.span.column)


def plain(builder: Builder, token: Token) -> ex.Literal:
    """A string as it stands: escapes undone, nothing rendered. Its `text` is the source, for `template`."""
    raw = str(token)
    span = builder.span(token)
    quotes = 3 if raw.startswith('"""') else 1
    start, end = quotes, len(raw) - quotes
    if "\\" not in raw:
        inner = raw[start:end]
        return ex.Literal(_dedented(inner) if quotes == 3 else inner, span, raw)
    indent = _indent(raw[start:end]) if quotes == 3 else 0
    places = Places(span, raw)
    parts: list[str] = []
    for piece_start, piece_end, whole in _pieces(raw, start, end):
        piece = raw[piece_start:piece_end]
        parts.append(piece if whole else _unescaped(builder, piece, places, piece_start))
    inner = "".join(parts)
    if quotes == 3:
        # An escape makes no line and no indentation, so what they mean is looked at before they are undone.
        lines = [_unindented(row, indent) for row in raw[start:end].split("\n")[1:]]
        text = _trimmed("\n".join([raw[start:end].split("\n")[0], *lines]))
        inner = "".join(
            text[a:b] if whole else _ESCAPE.sub(_escaped, text[a:b]) for a, b, whole in _pieces(text, 0, len(text))
        )
    return ex.Literal(inner, span, raw)


def _pieces(raw: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """The stretches of a text: `{{ }}`, `{% %}` and `{# #}`, in which nothing is escaped, and those between them."""
    for match in PIECE.finditer(raw, start, end):
        yield start, match.start(), False
        yield match.start(), match.end(), True
        start = match.end()
    yield start, end, False


def template(builder: Builder, literal: ex.Literal) -> ex.Template:
    """The same string as an argument: a template. Its escapes were looked at by `plain`."""
    raw, span = literal.text, literal.span
    value = str(literal.value)
    if "{{" not in raw and "{%" not in raw and "{#" not in raw:
        return ex.Template((ex.Text(value, span),) if value else (), span, value)
    quotes = 3 if raw.startswith('"""') else 1
    return ex.Template(tuple(_Reader(builder, raw, span, quotes).read()), span, value)


def unquoted(builder: Builder, text: str, span: Span) -> ex.Template:
    """A template that stands in another file than a flow: nothing in it is escaped. `span` is where it begins."""
    parts = tuple(_Reader(builder, text, span, 0).read())
    for piece in (part for part in ex.walk(ex.Template(parts, span)) if isinstance(part, ex.Text)):
        for opener, closer in CLOSERS.items():
            if opener in piece.value:
                builder.problem(UNCLOSED_TEMPLATE, f"this `{opener}` is never closed with `{closer}`", piece.span)
    return ex.Template(parts, span, text)


def _escaped(match: re.Match[str]) -> str:
    """What an escape stands for; itself when there is no such escape."""
    escape = match[1]
    if len(escape) == 11:
        high, low = int(escape[1:5], 16), int(escape[7:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if len(escape) == 5:
        character = chr(int(escape[1:], 16))
        return match[0] if _REFUSED.match(character) else character
    return _SIMPLE.get(escape, match[0])


_REFUSED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no escape may make: control characters, which no carrier's document can hold, and half characters."""


def _unescaped(builder: Builder, text: str, places: Places, offset: int) -> str:
    """Undo the escapes; one that does not exist is a finding."""

    def one(match: re.Match[str]) -> str:
        made = _escaped(match)
        if made == match[0]:
            start = match.start() + offset
            span = places.at(start, start + (1 if match[1] == "\n" else len(match[0])))
            if match[1] == "\n":
                message = "a backslash at the end of a line does nothing"
            elif len(match[1]) == 5:
                message = f"`{match[0]}` is not a character that a text may hold"
            else:
                message = f"there is no escape `{match[0]}`"
            builder.problem(ESCAPE, message, span, _ESCAPES)
        return made

    return _ESCAPE.sub(one, text)


def _dedented(text: str) -> str:
    """The text of a `\"\"\"` without the indentation that its lines share, and without an empty first and last line."""
    first, *rest = text.split("\n")
    indent = _indent(text)
    return _trimmed("\n".join([first, *(_unindented(row, indent) for row in rest)]))


def _unindented(row: str, indent: int) -> str:
    return row[indent:] if not row[:indent].strip(" ") else row.lstrip(" ")


def _indent(text: str) -> int:
    rest = [line for line in text.split("\n")[1:] if line.strip()]
    return min((len(line) - len(line.lstrip(" ")) for line in rest), default=0)


def _trimmed(text: str) -> str:
    first, newline, rest = text.partition("\n")
    if newline and not first.strip():
        text = rest
    head, newline, last = text.rpartition("\n")
    return head if newline and not last.strip() else text


@dataclass(slots=True)
class _Open:
    """A `{% if %}` or `{% for %}` that is not closed yet: what was read of it so far."""

    kind: str
    span: Span
    value: Any
    branches: list[tuple[Any, tuple[ex.Part, ...]]]
    parts: list[ex.Part]
    otherwise: bool = False


class _Reader:
    """Reads the parts of one template."""

    def __init__(self, builder: Builder, raw: str, span: Span, quotes: int) -> None:
        self.builder = builder
        self.raw = raw
        self.places = Places(span, raw)
        self.quotes = quotes
        self.indent = _indent(raw[quotes:-quotes]) if quotes == 3 else 0
        self.open: list[_Open] = [_Open("", span, None, [], [])]
        self.strip_next = False

    def read(self) -> list[ex.Part]:
        index, end = self.quotes, len(self.raw) - self.quotes
        for number, match in enumerate(PIECE.finditer(self.raw, index, end)):
            if number == MOST_PIECES:
                message = f"a text has more than {MOST_PIECES} `{{{{ }}}}` and `{{% %}}`"
                self.builder.problem(TOO_MUCH, message, self.places.at(match.start(), match.end()))
                return []
            self._text(index, match.start(), before=match)
            self._piece(match)
            index = match.end()
        self._text(index, end, before=None)
        for left in self.open[1:]:
            hint = f"close it with `{{% end{left.kind} %}}`"
            message = f"this `{{% {left.kind} %}}` is never closed"
            self.builder.problem(UNCLOSED_TEMPLATE, message, left.span, hint)
        return self.open[0].parts

    @property
    def parts(self) -> list[ex.Part]:
        return self.open[-1].parts

    def _text(self, start: int, stop: int, before: re.Match[str] | None) -> None:
        text = self.raw[start:stop]
        if self.quotes == 3:
            text = self._block_text(text, start, stop)
        if self.strip_next:
            text = text.lstrip()
            self.strip_next = False
        if before is not None and before[0][2:3] == "-":
            text = text.rstrip()
        if self.quotes and "\\" in text:
            text = _ESCAPE.sub(_escaped, text)
        if text:
            self.parts.append(ex.Text(text, self.places.at(start, stop)))

    def _block_text(self, text: str, start: int, stop: int) -> str:
        first, *rest = text.split("\n")
        text = "\n".join([first, *(_unindented(row, self.indent) for row in rest)])
        if start == self.quotes and "\n" in text and not text.partition("\n")[0].strip():
            text = text.partition("\n")[2]
        if stop == len(self.raw) - self.quotes and "\n" in text and not text.rpartition("\n")[2].strip():
            text = text.rpartition("\n")[0]
        return text

    def _piece(self, match: re.Match[str]) -> None:
        start, end = match.start() + 2, match.end() - 2
        if self.raw[end - 1] == "-" and end > start:
            self.strip_next = True
            end -= 1
        if self.raw[start] == "-" and end > start:
            start += 1
        if match["note"] is not None:
            return
        span = self.places.at(match.start(), match.end())
        if match["hole"] is not None:
            value = self._parse(start, end, "only_expression", span, "`{{ }}` holds an expression")
            if value is not None:
                self.parts.append(ex.Hole(value, span))
            return
        self._tag(start, end, span)

    def _parse(self, start: int, end: int, rule: str, span: Span, what: str) -> Any:
        builder, text = self.builder, self.raw[start:end]
        if not text.strip():
            builder.problem(MISSING, f"{what}: this one is empty", span)
            return None
        place = self.places.at(start, end)
        before = builder.line_offset, builder.column_offset
        builder.line_offset, builder.column_offset = place.line - 1, place.column - 1
        try:
            return builder.grammar.parse(text, rule, inside_brackets=True)
        except SyntaxProblem as problem:
            builder.problem(problem.code, problem.message, builder.span(problem.token), problem.hint)
        except UnexpectedInput as error:
            self._unexpected(error, text, start)
        finally:
            builder.line_offset, builder.column_offset = before
        return None

    def _unexpected(self, error: UnexpectedInput, text: str, start: int) -> None:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        place = len(text.rstrip()) if ended or error.pos_in_stream is None else error.pos_in_stream
        mistake = explain(Situation(text[:place], text[place:].rstrip(), accepted(error), in_template=True))
        end = min(place + max(mistake.length, 1), len(text))
        span = self.places.at(start + place, start + max(end, place))
        self.builder.problem(mistake.code, mistake.message, span, mistake.hint)

    def _tag(self, start: int, end: int, span: Span) -> None:
        word = self.raw[start:end].strip()
        name = word.split(None, 1)[0] if word else ""
        top = self.open[-1]
        match name:
            case "if" | "for":
                if len(self.open) == MOST_OPEN + 1:
                    self.builder.problem(TOO_MUCH, f"`{{% %}}` stand more than {MOST_OPEN} deep in one another", span)
                _, value = self._parse(start, end, "template_tag", span, f"`{{% {name} %}}`") or (name, None)
                self.open.append(_Open(name, span, value, [], []))
            case "elif" if top.kind == "if" and not top.otherwise:
                top.branches.append((top.value, tuple(top.parts)))
                top.parts = []
                _, top.value = self._parse(start, end, "template_tag", span, "`{% elif %}`") or (name, None)
            case "else" if top.kind and not top.otherwise and word == "else":
                top.branches.append((top.value, tuple(top.parts)))
                top.parts, top.otherwise = [], True
            case "endif" | "endfor" if top.kind == name[3:] and word == name:
                self.open.pop()
                self._close(top, span)
            case "set":
                _, value = self._parse(start, end, "template_tag", span, "`{% set %}`") or (name, None)
                if value is not None:
                    self.parts.append(ex.SetPart(value[0], value[1], span))
            case _:
                self._unknown_tag(name, word, span)

    def _unknown_tag(self, name: str, word: str, span: Span) -> None:
        if name in ("elif", "else", "endif", "endfor"):
            message = f"`{{% {word} %}}` belongs to nothing that is open here"
            self.builder.problem(TAG, message, span, "if, for and set may begin in a text")
        elif not name.startswith("end"):  # the end of what was not allowed to begin is no finding of its own
            hint = "`if`, `for` and `set` may stand in a text"
            self.builder.problem(TAG, f"`{{% {name} %}}` is not part of the language", span, hint)

    def _close(self, top: _Open, span: Span) -> None:
        if len(self.open) > MOST_OPEN:
            return  # too deep, and that is said: what comes after must not go down there
        whole = top.span.to(span)
        if not top.otherwise:
            top.branches.append((top.value, tuple(top.parts)))
            rest: tuple[ex.Part, ...] = ()
        else:
            rest = tuple(top.parts)
        if any(value is None for value, _ in top.branches):
            return  # its head did not parse, and that is said
        if top.kind == "if":
            self.parts.append(ex.IfPart(tuple(top.branches), rest, whole))
        else:
            (names, of), body = top.branches[0]
            self.parts.append(ex.ForPart(names, of, body, rest, whole))
