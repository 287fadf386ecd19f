"""The lines of a file before they are parsed: which rows belong together, how deep they are indented, what they open.

Here texts and brackets are found to be closed or open, so that a forgotten quote costs its own line and no other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flowengine.diagnostics import Diagnostic, Label, Span
from flowengine.language.problems import MOST_FINDINGS, finding
from flowengine.language.quotes import TEXT, unclosed_piece
from flowengine.language.tree import Comment

TAB = "FE102"
UNCLOSED_TEXT = "FE103"
UNCLOSED_BRACKET = "FE104"
UNCLOSED_TEMPLATE = "FE105"

MOST_ROWS = 500
"""How many rows one statement may take: a bracket that stays open longer counts as forgotten."""

_NOTABLE = re.compile(r"""["'#()\[\]{}]""")
_TOKEN = re.compile(rf"""(?P<text>{TEXT})|(?P<comment>\#[^\n]*+)|(?P<bracket>[()\[\]{{}}])|(?P<quote>["'])|\n""")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_BEGINS_PART = re.compile(r"""[A-Za-z_][A-Za-z0-9_]*[ \t]*(:[ \t]*(#.*)?$|->)|flow[ \t]+[A-Za-z_]|call[ \t]+["']""")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Line:
    """A statement's line with all rows (1-based) that it takes, because a bracket or a text goes on.

    `indent` is in columns; `end` is the column after its last character on its last row, without a comment. `opens`
    tells that a colon ends it. A `broken` line has its finding already: something is there, but nobody knows what. A
    `hidden` one belongs to a broken one and is passed over. Of a `mended` one a missing colon was told and added.
    """

    row: int
    last: int
    indent: int
    end: int
    text: str
    opens: bool
    broken: bool = False
    hidden: bool = False
    mended: bool = False

    @property
    def word(self) -> str:
        """The word that it begins with, or the empty string."""
        match = _WORD.match(self.text)
        return match[0] if match else ""


@dataclass(slots=True)
class Scan:
    """What a file consists of: rows as they stand, lines, comments, and what is not closed."""

    rows: list[str]
    lines: list[Line] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)


def scan(text: str, file: str) -> Scan:
    """Read the lines of a text that has only `\\n` as line ends."""
    scanner = _Scanner(text, file)
    row = 1
    while row <= len(scanner.scan.rows) and len(scanner.scan.found) < MOST_FINDINGS:
        row = scanner.line(row)
    return scanner.scan


@dataclass(frozen=True, slots=True)
class _Opened:
    bracket: str
    row: int
    column: int


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.scan = Scan(text.split("\n"))
        self.tab_row = -1
        self.starts = [0]
        for row in self.scan.rows:
            self.starts.append(self.starts[-1] + len(row) + 1)

    def line(self, row: int) -> int:
        """Read the line that begins at a row; gives the row after it."""
        written = self.scan.rows[row - 1]
        content = written.lstrip(" \t")
        if not content:
            return row + 1
        margin = written[: len(written) - len(content)]
        if "\t" in margin and not content.startswith("#"):
            return self._tab(row, margin)
        if _NOTABLE.search(content) is None:
            self._add(row, row, len(margin), len(written.rstrip(" \t")) + 1)
            return row + 1
        return self._tokens(row, len(margin), self.starts[row - 1] + len(margin))

    def _tab(self, row: int, margin: str) -> int:
        """A row whose indentation has a tab; of several in succession only the first is told."""
        if self.tab_row != row - 1:
            column = margin.index("\t") + 1
            span = self._span(row, column, len(margin) - column + 1)
            self.scan.found.append(finding(TAB, "a tab in the indentation", span, "indent with spaces"))
        self.tab_row = row
        return self._leave_out(row, row, len(margin.expandtabs(4)))

    def _tokens(self, row: int, indent: int, position: int) -> int:
        first, end = row, 1
        opened: list[_Opened] = []
        line_end = self.starts[row] - 1
        while True:
            match = _TOKEN.search(self.text, position)
            stop = min(match.start(), line_end) if match else line_end
            written = self.text[position:stop].rstrip(" \t")
            if written:
                end = position + len(written) - self.starts[row - 1] + 1
            if match is None or match[0] == "\n":
                if not opened:
                    break
                row += 1
                if row > min(len(self.scan.rows), first + MOST_ROWS) or _BEGINS_PART.match(self.scan.rows[row - 1]):
                    return self._unclosed(first, indent, opened[-1])
                position, line_end = self.starts[row - 1], self.starts[row] - 1
                continue
            column = match.start() - self.starts[row - 1] + 1
            if match["quote"] is not None:
                return self._unclosed_text(first, row, indent, match.start())
            if match["comment"] is not None:
                self._comment(match[0].rstrip(), row, column)
                position = line_end
                continue
            if match["bracket"] is not None and not self._bracket(match[0], row, column, opened):
                return self._leave_out(first, row, indent)
            row += match[0].count("\n")
            line_end = self.starts[row] - 1
            position = match.end()
            end = position - self.starts[row - 1] + 1
        if end > 1:
            self._add(first, row, indent, end)
        return row + 1

    def _comment(self, comment: str, row: int, column: int) -> None:
        alone = not self.scan.rows[row - 1][: column - 1].strip(" \t")
        self.scan.comments.append(Comment(comment, self._span(row, column, len(comment)), alone))

    def _bracket(self, bracket: str, row: int, column: int, opened: list[_Opened]) -> bool:
        """Take a bracket; False when it closes what is not open."""
        if bracket not in _CLOSES:
            opened.append(_Opened(bracket, row, column))
            return True
        if opened and opened[-1].bracket == _CLOSES[bracket]:
            opened.pop()
            return True
        span = self._span(row, column, 1)
        labels: tuple[Label, ...] = ()
        if opened:
            last = opened[-1]
            labels = (Label(self._span(last.row, last.column, 1), f"this `{last.bracket}` is open"),)
        self.scan.found.append(finding(UNCLOSED_BRACKET, f"this `{bracket}` closes nothing", span, None, labels))
        return False

    def _unclosed(self, first: int, indent: int, last: _Opened) -> int:
        """A bracket stays open: its line ends with its own row, as if nothing had gone on."""
        closer = next(closer for closer, opener in _CLOSES.items() if opener == last.bracket)
        span = self._span(last.row, last.column, 1)
        message = f"this `{last.bracket}` is never closed"
        self.scan.found.append(finding(UNCLOSED_BRACKET, message, span, f"close it with `{closer}`"))
        return self._leave_out(first, last.row, indent)

    def _unclosed_text(self, first: int, row: int, indent: int, start: int) -> int:
        column = start - self.starts[row - 1] + 1
        long = self.text.startswith('"""', start)
        piece = unclosed_piece(self.text, start)
        if piece is not None:
            place, opener, closer = piece
            row += self.text.count("\n", start, place)
            span = self._span(row, place - self.starts[row - 1] + 1, 2)
            message, hint = f"this `{opener}` is never closed", f"close it with `{closer}`"
            self.scan.found.append(finding(UNCLOSED_TEMPLATE, message, span, hint))
        else:
            quote = '"""' if long else self.text[start]
            length = len(self.scan.rows[row - 1].rstrip()) - column + 1
            hint = f"close it with `{quote}`"
            span = self._span(row, column, length)
            self.scan.found.append(finding(UNCLOSED_TEXT, "this text is never closed", span, hint))
        if long:
            # What follows is probably more of the text: the next thing that is surely none is the next step.
            while row < len(self.scan.rows) and not _BEGINS_PART.match(self.scan.rows[row]):
                row += 1
        return self._leave_out(first, row, indent)

    def _leave_out(self, first: int, last: int, indent: int) -> int:
        self._add(first, last, indent, len(self.scan.rows[last - 1]) + 1)
        self.scan.lines[-1].broken = True
        return last + 1

    def _add(self, first: int, last: int, indent: int, end: int) -> None:
        opens = self.scan.rows[last - 1][: end - 1].endswith(":")
        self.scan.lines.append(Line(first, last, indent, end, self.scan.rows[first - 1].strip(), opens))

    def _span(self, row: int, column: int, length: int) -> Span:
        return Span(self.file, row, column, row, column + length)
