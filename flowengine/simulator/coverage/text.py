"""Coverage for people: a line a flow, and what was never taken, with its place."""

from __future__ import annotations

from collections.abc import Sequence

from flowengine.simulator.coverage.coverage import Coverage, Tally
from flowengine.simulator.coverage.points import Kind, Point

_HEADS = {Kind.LINE: "lines", Kind.BRANCH: "branches", Kind.OUTCOME: "outcomes"}


def report(coverage: Coverage) -> str:
    """The whole report; it ends in a line end."""
    widest = max(len("coverage"), *map(len, coverage.flows))
    rows = [_row("coverage", list(_HEADS.values()), widest)]
    rows += [_row(name, [_cell(coverage.tally(kind, name)) for kind in Kind], widest) for name in coverage.flows]
    rows.append(_row("total", [_cell(coverage.tally(kind)) for kind in Kind], widest))
    missed = coverage.missed
    if missed:
        rows += ["", *missed_rows(missed)]
    return "".join(f"{row.rstrip()}\n" for row in rows)


def missed_rows(points: Sequence[Point]) -> list[str]:
    """What was never taken: `flows/reception.flow:31  menu: silence a second time was never tried`."""
    others = [point for point in points if point.kind is not Kind.LINE]
    rows = [f"{point.span.file}:{point.span.line}  {point.never}" for point in others]
    return _unreached([point for point in points if point.kind is Kind.LINE]) + rows


def _unreached(lines: Sequence[Point]) -> list[str]:
    """Lines that no call has reached, those of one file together: `flows/x.flow:62-64`."""
    rows: list[str] = []
    start = 0
    for index in range(1, len(lines) + 1):
        first, last = lines[start].span, lines[index - 1].span
        if index < len(lines) and lines[index].span.file == last.file and lines[index].span.line <= last.line + 1:
            continue
        several = last.line > first.line
        place = f"{first.file}:{first.line}-{last.line}" if several else f"{first.file}:{first.line}"
        rows.append(f"{place}  the line{'s were' if several else ' was'} never reached")
        start = index
    return rows


def _row(name: str, cells: Sequence[str], widest: int) -> str:
    return f"{name:<{widest}}" + "".join(f"{cell:>17}" for cell in cells)


def _cell(tally: Tally) -> str:
    if not tally.total:
        return "-"
    # 99.6 % is not all: only what is complete reads 100.
    percent = int(tally.percent)
    return f"{tally.taken}/{tally.total} {percent:>3} %"
