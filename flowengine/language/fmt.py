"""The one layout of flows and call scripts.

Four spaces for each block; one blank line between steps, and never two; `key=value` without spaces and operators with
them; comments where they were. Texts stay as they are written, and brackets that were broken over lines stay broken,
with one item on each line. The tree of the text does not change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from flowengine.diagnostics import Diagnostic
from flowengine.language.blocks import Part, parts
from flowengine.language.calls import parse_calls
from flowengine.language.grammar import grammar
from flowengine.language.layout import INDENT, Element, statement
from flowengine.language.lines import Line, Scan, scan
from flowengine.language.parser import parse_flow
from flowengine.language.texts import prepare
from flowengine.language.tree import Comment


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text in the one layout. With findings of syntax it is the text as it was: what cannot be read is left alone."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


def format_flow(text: str, file: str) -> Formatted:
    """Lay out a flow file; `file` is its name in findings."""
    found = parse_flow(text, file).diagnostics
    return Formatted(text, found) if found else Formatted(_Layout(text, file, scripts=False).text())


def format_calls(text: str, file: str) -> Formatted:
    """Lay out a file of call scripts; `file` is its name in findings."""
    found = parse_calls(text, file).diagnostics
    return Formatted(text, found) if found else Formatted(_Layout(text, file, scripts=True).text())


@dataclass(frozen=True, slots=True)
class _Entry:
    """A statement or a comment of its own: the rows (1-based) that it had, its depth, and how it is written now."""

    row: int
    last: int
    depth: int
    lines: tuple[str, ...]
    is_comment: bool
    opens: bool = False


class _Layout:
    def __init__(self, text: str, file: str, *, scripts: bool) -> None:
        prepared, _ = prepare(text, file)
        self.scan: Scan = scan(prepared, file)
        self.file = file
        self.scripts = scripts
        self.comments = list(self.scan.comments)

    def text(self) -> str:
        """The text in its layout."""
        entries: list[_Entry] = []
        columns: list[int] = []
        for number, part in enumerate(parts(self.scan.lines)):
            start = "script" if self.scripts else "step" if number else "header"
            for line, depth, tokens in self._statements(part, start):
                self._own_comments(entries, columns, line.row, depth)
                columns[depth:] = [line.indent]
                entries.append(self._entry(line, depth, tokens))
        self._own_comments(entries, columns, len(self.scan.rows) + 1, 0)
        return "".join(f"{line}\n" for line in self._spaced(entries))

    def _statements(self, part: Part, start: str) -> Iterator[tuple[Line, int, list[Token]]]:
        """The lines of a part with their depth and their tokens."""
        g = grammar()
        with g.lock:
            g.builder.begin(self.file, part.head.row - 1, scripts=self.scripts)
            read = list(g.lark.parse_interactive(self._source(part), start=start).iter_parse())
        depth = 0
        lines = iter(part.lines)
        tokens: list[Token] = []
        for token in read:
            if token.type == "_NL":
                yield next(lines), depth, tokens
                tokens = []
            elif token.type == "_INDENT":
                depth += 1
            elif token.type == "_DEDENT":
                depth -= 1
            else:
                tokens.append(token)

    def _source(self, part: Part) -> str:
        """The rows of a part without the comments and blank rows between its statements."""
        first = part.head.row
        rows = [""] * (part.lines[-1].last - first + 1)
        for line in part.lines:
            rows[line.row - first : line.last - first + 1] = self.scan.rows[line.row - 1 : line.last]
            rows[line.last - first] = self.scan.rows[line.last - 1][: line.end - 1]
        return "\n".join(rows) + "\n"

    def _entry(self, line: Line, depth: int, tokens: Sequence[Token]) -> _Entry:
        """A statement, with the comments in its brackets and the one behind it."""
        offset = line.row - (tokens[0].line or 1)
        elements = [
            Element(token.type, str(token), (token.line or 1) + offset, (token.end_line or 1) + offset)
            for token in tokens
        ]
        behind = ""
        for comment in self._taken(line.last):
            if comment.span.line == line.last and comment.span.column >= line.end:
                behind = f"  {comment.text}"
                continue
            at = next(
                number
                for number, (token, element) in enumerate(zip(tokens, elements, strict=False))
                if (element.line, token.column or 1) > (comment.span.line, comment.span.column)
            )
            elements.insert(at, Element("COMMENT", comment.text, comment.span.line, comment.span.line))
            tokens = [*tokens[:at], Token("COMMENT", comment.text, column=comment.span.column), *tokens[at:]]
        lines = statement(elements, depth * INDENT)
        lines[-1] += behind
        return _Entry(line.row, line.last, depth, tuple(lines), is_comment=False, opens=line.opens)

    def _taken(self, row: int) -> list[Comment]:
        """The comments up to a row, which are then no longer to come."""
        count = sum(1 for _ in self._until(row))
        taken, self.comments = self.comments[:count], self.comments[count:]
        return taken

    def _until(self, row: int) -> Iterator[Comment]:
        for comment in self.comments:
            if comment.span.line > row:
                return
            yield comment

    def _own_comments(self, entries: list[_Entry], columns: list[int], row: int, depth: int) -> None:
        """The comments on rows of their own before `row`, where a statement of `depth` follows.

        A comment belongs to the innermost block that is indented no further than the comment; at least to that of the
        statement after it.
        """
        for comment in self._taken(row - 1):
            fitting = (at for at in range(len(columns) - 1, depth, -1) if columns[at] <= comment.span.column - 1)
            own = next(fitting, depth)
            del columns[own + 1 :]
            written = (" " * (own * INDENT) + comment.text,)
            entries.append(_Entry(comment.span.line, comment.span.line, own, written, is_comment=True))

    def _spaced(self, entries: Sequence[_Entry]) -> Iterator[str]:
        """All lines, with the blank ones between them."""
        for number, entry in enumerate(entries):
            if number and self._blank_between(entries[number - 1], entry):
                yield ""
            yield from entry.lines

    def _blank_between(self, before: _Entry, entry: _Entry) -> bool:
        had_blank = entry.row > before.last + 1
        if entry.depth == 0 and not (before.is_comment and before.depth == 0):
            return True
        return had_blank and not before.opens
