"""Strings: their escapes, their templates, and where each part of them stands in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Token, UnexpectedInput

from flowengine.diagnostics import Span
from flowengine.expressions import tree as ex
from flowengine.language.problems import SyntaxProblem

if TYPE_CHECKING:
    from flowengine.language.builder import Builder

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SIMPLE = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "t": "\t"}
_PIECE = re.compile(
    r"\{\{(?P<hole>(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\}(?!\})|[^\"'}])*)\}\}"
    r"|\{%(?P<tag>(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|%(?!\})|[^\"'%])*)%\}"
    r"|\{#(?P<comment>(?:#(?!\})|[^#])*)#\}",
    re.DOTALL,
)
_OPEN = re.compile(r"\{\{|\{%|\{#")


class Places:
    """From a place in a token's text to the place in the file."""

    def __init__(self, span: Span, text: str) -> None:
        self.span = span
        self.text = text

    def at(self, start: int, end: int) -> Span:
        """The span of `text[start:end]`."""
        line, column = self._one(start)
        end_line, end_column = self._one(end)
        return Span(self.span.file, line, column, end_line, end_column)

    def _one(self, index: int) -> tuple[int, int]:
        lines = self.text.count("\n", 0, index)
        if not lines:
            return self.span.line, self.span.column + index
        return self.span.line + lines, index - self.text.rfind("\n", 0, index)


def plain(builder: Builder, token: Token) -> ex.Literal:
    """A string as it stands: escapes undone, nothing rendered. Its `text` is the source, for `template`."""
    raw = str(token)
    span = builder.span(token)
    quotes = 3 if raw.startswith('"""') else 1
    inner = raw[quotes:-quotes]
    if quotes == 3:
        inner = _dedented(inner)
    if "\\" in inner:
        inner = _unescaped(builder, inner, Places(span, raw), quotes, report="{{" not in raw and "{%" not in raw)
    return ex.Literal(inner, span, raw)


def template(builder: Builder, literal: ex.Literal) -> ex.Template:
    """The same string as an argument: a template."""
    raw, span = literal.text, literal.span
    if "{{" not in raw and "{%" not in raw and "{#" not in raw:
        value = str(literal.value)
        return ex.Template((ex.Text(value, span),) if value else (), span)
    quotes = 3 if raw.startswith('"""') else 1
    reader = _Reader(builder, raw, span, quotes)
    return ex.Template(tuple(reader.read()), span)


def _unescaped(builder: Builder, text: str, places: Places, offset: int, *, report: bool = True) -> str:
    """Undo the escapes; one that does not exist is a finding."""

    def one(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] == "u" and len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape in _SIMPLE:
            return _SIMPLE[escape]
        if report:
            start = match.start() + offset
            message = f"there is no escape `\\{escape}`" if escape.isprintable() else "a backslash escapes nothing here"
            span = places.at(start, start + len(match[0]))
            builder.problem("FE121", message, span, 'the escapes are \\" \\\\ \\n \\t and \\u263A')
        return match[0]

    return _ESCAPE.sub(one, text)


def _dedented(text: str) -> str:
    """The text of a `\"\"\"` without the indentation that its lines share, and without an empty first and last line."""
    indent = _indent(text)
    lines = text.split("\n")
    rest = [line[indent:] if line[:indent].isspace() or not indent else line.lstrip(" ") for line in lines[1:]]
    return _trimmed("\n".join([lines[0], *rest]))


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
        while index < end:
            match = _PIECE.search(self.raw, index, end)
            stop = match.start() if match else end
            self._text(index, stop, before=match)
            if match is None:
                break
            self._piece(match)
            index = match.end()
        for left in self.open[1:]:
            self.builder.problem(
                "FE105",
                f"this `{{% {left.kind} %}}` is never closed",
                left.span,
                f"end it with `{{% end{left.kind} %}}`",
            )
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
        unclosed = _OPEN.search(text)
        if unclosed is not None:
            place = self.raw.find(unclosed[0], start)
            closer = {"{{": "}}", "{%": "%}", "{#": "#}"}[unclosed[0]]
            self.builder.problem(
                "FE105",
                f"this `{unclosed[0]}` is never closed",
                self.places.at(place, place + 2),
                f"end it with `{closer}`",
            )
        if "\\" in text:
            text = _unescaped(self.builder, text, self.places, start)
        if text:
            self.parts.append(ex.Text(text, self.places.at(start, stop)))

    def _block_text(self, text: str, start: int, stop: int) -> str:
        first, *rest = text.split("\n")
        text = (
            "\n".join(
                [first, *(line[self.indent :] if line[: self.indent].isspace() else line.lstrip(" ") for line in rest)]
            )
            if self.indent
            else text
        )
        if start == self.quotes and "\n" in text and not text.partition("\n")[0].strip():
            text = text.partition("\n")[2]
        if stop == len(self.raw) - self.quotes and "\n" in text and not text.rpartition("\n")[2].strip():
            text = text.rpartition("\n")[0]
        return text

    def _piece(self, match: re.Match[str]) -> None:
        if match["comment"] is not None:
            return
        inner = match["hole"] if match["hole"] is not None else match["tag"]
        start, end = match.start() + 2, match.end() - 2
        if inner.endswith("-"):
            self.strip_next = True
            end -= 1
        if inner.startswith("-"):
            start += 1
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
            builder.problem("FE105", f"{what}: this one is empty", span)
            return None
        place = self.places.at(start, end)
        before = builder.line_offset, builder.column_offset
        builder.line_offset, builder.column_offset = place.line - 1, place.column - 1
        try:
            return builder.grammar.parse(text, rule, inside_brackets=True)
        except SyntaxProblem as problem:
            builder.problem(problem.code, problem.message, builder.span(problem.token), problem.hint)
        except UnexpectedInput as error:
            self._unexpected(error, text, start, what)
        finally:
            builder.line_offset, builder.column_offset = before
        return None

    def _unexpected(self, error: UnexpectedInput, text: str, start: int, what: str) -> None:
        from flowengine.language.mistakes import in_expression

        where = error.pos_in_stream
        index = start + (where if where is not None and 0 <= where < len(text) else len(text.rstrip()))
        size = len(str(getattr(error, "token", "") or "x")) or 1
        code, message, hint = in_expression(error, text)
        self.builder.problem(code, message or f"{what}, and this is none", self.places.at(index, index + size), hint)

    def _tag(self, start: int, end: int, span: Span) -> None:
        word = self.raw[start:end].strip()
        name = word.split(None, 1)[0] if word else ""
        top = self.open[-1]
        match name:
            case "if" | "for":
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
                hint = "if, elif, else, endif, for, endfor and set may stand in `{% %}`"
                known = name in ("elif", "else", "endif", "endfor")
                message = f"`{name}` has no beginning here" if known else f"there is no `{{% {name} %}}`"
                self.builder.problem("FE105", message, span, hint)

    def _close(self, top: _Open, span: Span) -> None:
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
