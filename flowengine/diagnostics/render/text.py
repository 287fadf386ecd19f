"""Findings for people: the source with the place underlined, what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flowengine.diagnostics.model import Diagnostic
from flowengine.diagnostics.render.cells import visible
from flowengine.diagnostics.render.model import Renderer, Style
from flowengine.diagnostics.render.paint import Paint
from flowengine.diagnostics.render.snippet import Canvas, Mark, snippets
from flowengine.diagnostics.sources import Sources

_NARROWEST = 20


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many findings there are, as `2 errors, 1 warning`; empty when there are none."""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    counts = ((errors, "error"), (len(diagnostics) - errors, "warning"))
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count)


def _render(diagnostics: Sequence[Diagnostic], sources: Sources, style: Style) -> str:
    if not diagnostics:
        return ""
    found = "\n".join(_finding(diagnostic, sources, style) for diagnostic in diagnostics)
    return f"{found}\n{Paint(style.colour).bold(summary(diagnostics))}\n"


def _finding(diagnostic: Diagnostic, sources: Sources, style: Style) -> str:
    paint = Paint(style.colour)
    own = partial(paint.severity, severity=diagnostic.severity)
    marks = [Mark(diagnostic.span, "^", own)]
    marks += [Mark(label.span, "-", paint.frame, label.message) for label in diagnostic.labels]

    numbers = max(len(str(mark.span.end_line)) for mark in marks)
    canvas = Canvas(sources, paint, numbers, max(_NARROWEST, style.width - numbers - len(" | ")))
    indent = " " * numbers
    heading = own(f"{diagnostic.severity}[{diagnostic.code}]") + paint.bold(f": {_lines(diagnostic.message, '  ')}")

    rows = [heading]
    for place, *source in snippets(marks, canvas):
        arrow = "-->" if len(rows) == 1 else ":::"
        rows.append(f"{indent}{paint.frame(arrow)} {visible(place)}")
        if source:
            rows += [canvas.row(None, ""), *source]
    if diagnostic.hint is not None:
        rows.append(canvas.row(None, ""))
        hint = _lines(diagnostic.hint, indent + "   " + " " * len("hint: "))
        rows.append(f"{indent} {paint.frame('=')} {paint.hint('hint:')} {hint}")
    return "".join(f"{row}\n" for row in rows)


def _lines(text: str, indent: str) -> str:
    """A text that may have several lines; all but the first are indented."""
    return f"\n{indent}".join(visible(line) for line in text.split("\n"))


TEXT = Renderer("text", "source lines with the findings underlined, for people", _render)
