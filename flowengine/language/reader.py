"""Reads a part of a file: parses it, tells what does not parse, leaves that line out and tries again."""

from __future__ import annotations

from typing import Any

from lark import UnexpectedInput, UnexpectedToken

from flowengine.diagnostics import Diagnostic, Span
from flowengine.language.blocks import Part, leave_out
from flowengine.language.grammar import Grammar
from flowengine.language.lines import Line
from flowengine.language.mistakes import Situation, accepted, explain
from flowengine.language.problems import SyntaxProblem, finding

MOST_MISTAKES = 20
"""How many lines of one part are left out before the rest of it is given up: each costs another parse of the part."""
_BROKEN = "\0"


class Reader:
    """Reads the parts of one file; `found` are the findings so far."""

    def __init__(self, file: str, rows: list[str], grammar: Grammar, *, scripts: bool = False) -> None:
        self.file = file
        self.rows = rows
        self.grammar = grammar
        self.scripts = scripts
        self.found: list[Diagnostic] = []

    def read(self, part: Part, start: str) -> Any:
        """The tree of a part, without what does not parse; None when nothing can be made of it."""
        for _ in range(MOST_MISTAKES):
            if part.head.broken:
                return None
            text = self._text(part)
            builder = self.grammar.builder
            builder.begin(self.file, part.head.row - 1, scripts=self.scripts)
            try:
                tree = self.grammar.parse(text, start)
            except SyntaxProblem as problem:
                span = builder.span(problem.token)
                index = _line_at(part, span.line)
                self._tell(part.lines[index], finding(problem.code, problem.message, span, problem.hint))
            except UnexpectedInput as error:
                index = self._unexpected(error, part)
            else:
                self.found += builder.found
                return tree
            leave_out(part, index)
        return None

    def _text(self, part: Part) -> str:
        """The part as the parser gets it: at its own rows, with a mark for each line that has its finding already."""
        first = part.head.row
        rows = [""] * (part.lines[-1].last - first + 1)
        for line in part.lines:
            if line.hidden:
                continue
            if line.broken:
                rows[line.row - first] = " " * line.indent + _BROKEN
                continue
            rows[line.row - first : line.last - first + 1] = self.rows[line.row - 1 : line.last]
            # Without what follows the last character: a comment, and the reason why a missing colon can be added.
            ended = self.rows[line.last - 1][: line.end - 1]
            rows[line.last - first] = f"{ended}:" if line.mended else ended
        return "\n".join(rows) + "\n"

    def _unexpected(self, error: UnexpectedInput, part: Part) -> int:
        """Tell what does not fit; gives the index of its line."""
        row, column = error.line + part.head.row - 1, error.column
        ended = isinstance(error, UnexpectedToken) and error.token.type in ("_NL", "_DEDENT", "$END")
        if ended:
            row = self._last_row_before(error, part)
        index = _line_at(part, row)
        line = part.lines[index]
        written = self.rows[row - 1]
        if ended:
            row, written = line.last, self.rows[line.last - 1]
            column = line.end
        end = line.end - 1 if row == line.last else len(written)
        situation = Situation(written[: column - 1], "" if ended else written[column - 1 : end], accepted(error))
        mistake = explain(situation)
        span = Span(self.file, row, column, row, min(column + mistake.length, max(end, column) + 1))
        self._tell(line, finding(mistake.code, mistake.message, span, mistake.hint))
        return index

    def _last_row_before(self, error: UnexpectedInput, part: Part) -> int:
        """The row of the last token before the end of a line, which itself may reach over several rows."""
        history = getattr(error, "token_history", None) or ()
        token = history[-1] if history else None
        if token is not None and token.end_line:
            return int(token.end_line) + part.head.row - 1
        row = error.line if error.line and error.line > 0 else 1
        return row + part.head.row - 1

    def _tell(self, line: Line, diagnostic: Diagnostic) -> None:
        """Keep a finding, unless its line has one already."""
        if not line.mended:
            self.found.append(diagnostic)


def _line_at(part: Part, row: int) -> int:
    """The index of the line that takes a row, or of the last one that begins before it."""
    found = 0
    for index, line in enumerate(part.lines):
        if line.row > row:
            break
        if not line.hidden:
            found = index
    return found
