"""From our places to the editor's: lines and columns from 0, columns in UTF-16 code units."""

from __future__ import annotations

from lsprotocol import types

from flowengine.diagnostics import Span


def units(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Lines:
    """The lines of one text, for turning columns into code units and back."""

    def __init__(self, text: str) -> None:
        self.lines = text.removeprefix("\ufeff").split("\n")

    def position(self, line: int, column: int) -> types.Position:
        """The editor's position of a line and column that count from 1."""
        if line > len(self.lines):
            return types.Position(len(self.lines) - 1, units(self.lines[-1]))
        row = self.lines[line - 1]
        return types.Position(line - 1, units(row[: column - 1]))

    def range(self, span: Span) -> types.Range:
        """The editor's range of a span."""
        return types.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def column(self, position: types.Position) -> int:
        """The column, from 1, of an editor's position."""
        if position.line >= len(self.lines):
            return 1
        row = self.lines[position.line].encode("utf-16-le", "surrogatepass")
        return len(row[: position.character * 2].decode("utf-16-le", "replace")) + 1

    def before(self, position: types.Position) -> str:
        """The text of the line up to the position."""
        if position.line >= len(self.lines):
            return ""
        return self.lines[position.line][: self.column(position) - 1]


def covers(span: Span, line: int, column: int) -> bool:
    """Whether a place (from 1) lies in a span; its end counts, too, for a cursor behind a word."""
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)
