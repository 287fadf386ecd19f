"""A stretch of source with the places of a finding underlined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flowengine.diagnostics.model import Span
from flowengine.diagnostics.render.cells import visible, width
from flowengine.diagnostics.render.paint import Paint
from flowengine.diagnostics.sources import Sources

_CUT = "…"
_FAR = 2_000
"""Columns before and behind a place, more than any terminal shows."""

_LONGEST_WHOLE = 6
_HEAD, _TAIL = 3, 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to underline: with `sign` below it, in a colour, and a few words beside the underline."""

    span: Span
    sign: str
    colour: Callable[[str], str]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What all snippets of a finding share. `numbers` is how many digits a line number takes, `cells` the width."""

    sources: Sources
    paint: Paint
    numbers: int
    cells: int

    def row(self, number: int | None, content: str) -> str:
        """A row with its line number, or with none beside it."""
        label = "" if number is None else str(number)
        return f"{self.paint.frame(f'{label:>{self.numbers}} |')}{content and ' '}{content}"

    def gap(self) -> str:
        """The row that stands for lines left out."""
        return self.paint.frame("...")


def snippets(marks: Sequence[Mark], canvas: Canvas) -> Iterator[list[str]]:
    """The place and the rows of each snippet: one for a file, and one for each mark that covers several lines.

    The first mark's comes first. Where a line is not among the sources, there is only its place and what the mark says.
    """
    marks = [_without_line_end(mark, canvas.sources) for mark in marks]
    done: set[str] = set()
    for mark in marks:
        file = mark.span.file
        if mark.span.line != mark.span.end_line:
            rows = _block(mark, canvas)
        elif file not in done:
            done.add(file)
            rows = _lines([each for each in marks if each.span.file == file and _on_one_line(each)], canvas)
        else:
            continue
        yield [str(mark.span), *rows] if rows else [f"{mark.span} {mark.text}".rstrip()]


def _on_one_line(mark: Mark) -> bool:
    return mark.span.line == mark.span.end_line


def _without_line_end(mark: Mark, sources: Sources) -> Mark:
    """The same mark, ended on its last line when it ends before the first character of the next."""
    span = mark.span
    if _on_one_line(mark) or span.end_column > 1:
        return mark
    last = span.end_line - 1
    end = len(sources.line(span.file, last) or "") + 1
    return Mark(Span(span.file, span.line, span.column, last, max(end, 2)), mark.sign, mark.colour, mark.text)


def _lines(marks: Sequence[Mark], canvas: Canvas) -> list[str]:
    """The lines of the marks in the order of the file, each with its underlines below it."""
    rows: list[str] = []
    shown = 0
    for number in sorted({mark.span.line for mark in marks}):
        file = marks[0].span.file
        line = canvas.sources.line(file, number)
        if line is None:
            continue
        if shown and number == shown + 2:
            between = _Window(canvas.sources.line(file, shown + 1) or "", canvas.cells)
            rows.append(canvas.row(shown + 1, between.text))
        elif shown and number > shown + 2:
            rows.append(canvas.gap())
        here = [mark for mark in marks if mark.span.line == number]
        window = _Window(line, canvas.cells, here[0].span)
        rows.append(canvas.row(number, window.text))
        rows.extend(canvas.row(None, _underline(mark, window)) for mark in here)
        shown = number
    return rows


def _underline(mark: Mark, window: _Window) -> str:
    start = window.cell(mark.span.column)
    length = max(1, window.cell(mark.span.end_column) - start)
    return " " * start + mark.colour(f"{mark.sign * length} {visible(mark.text)}".rstrip())


def _block(mark: Mark, canvas: Canvas) -> list[str]:
    """The lines of a mark that covers several, with a bar before them that ends under the last character."""
    span = mark.span
    numbers = [n for n in range(span.line, span.end_line + 1) if canvas.sources.line(span.file, n) is not None]
    if not numbers:
        return []
    left_out = set(numbers[_HEAD:-_TAIL]) if len(numbers) > _LONGEST_WHOLE else set()
    rows: list[str] = []
    for number in numbers:
        if number in left_out:
            if number - 1 not in left_out:
                rows.append(canvas.gap())
            continue
        line = canvas.sources.line(span.file, number) or ""
        bar = mark.colour("/" if number == span.line else "|")
        rows.append(canvas.row(number, f"{bar} {_Window(line, canvas.cells - 2).text}".rstrip()))
    last = _Window(canvas.sources.line(span.file, numbers[-1]) or "", canvas.cells - 2)
    under = "_" * (last.cell(span.end_column - 1) + 1)
    rows.append(canvas.row(None, mark.colour(f"|{under}{mark.sign} {visible(mark.text)}".rstrip())))
    return rows


class _Window:
    """The part of a line that is shown: all of it, or when it is too wide, what surrounds a span."""

    def __init__(self, line: str, cells: int, focus: Span | None = None) -> None:
        # A row may have millions of characters: what is far from the span is not even measured.
        self._skipped = max(0, focus.column - _FAR) if focus else 0
        is_cut = len(line) > self._skipped + 2 * _FAR
        line = line[self._skipped : self._skipped + 2 * _FAR]
        edges = [0]
        for character in line:
            edges.append(edges[-1] + width(character))
        self._edges = edges
        first, last = 0, len(line)
        if edges[-1] > cells:
            room = max(1, cells - 2 * width(_CUT))
            begin = self._edge(focus.column) if focus else 0
            end = min(self._edge(focus.end_column), edges[-1]) if focus else 0
            start = max(0, min(begin - max(0, room - (end - begin)) // 2, edges[-1] - room))
            while edges[first] < start:
                first += 1
            last = first
            while last < len(line) and edges[last + 1] - edges[first] <= room:
                last += 1
        before = _CUT if first or self._skipped else ""
        self.text = before + visible(line[first:last]) + (_CUT if is_cut or last < len(line) else "")
        self._origin = edges[first] - width(before)
        self._least = width(before)
        self._most = edges[last] - self._origin

    def cell(self, column: int) -> int:
        """The cell (0-based) where the 1-based `column` is shown; the nearest one shown if it is cut off.

        A column past the end of a line that is shown to its end is where the next character would stand.
        """
        return min(max(self._edge(column) - self._origin, self._least), self._most)

    def _edge(self, column: int) -> int:
        return self._edges[min(max(column - 1 - self._skipped, 0), len(self._edges) - 1)]
