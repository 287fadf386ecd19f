"""Findings as a JSON list, for scripts and editors."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flowengine.diagnostics.model import Diagnostic, Span
from flowengine.diagnostics.render.model import Renderer, Style
from flowengine.diagnostics.sources import Sources


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """A finding as JSON data. Lines and columns are 1-based, `end_column` is exclusive."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "hint": diagnostic.hint,
        "labels": [{"message": label.message, **_place(label.span)} for label in diagnostic.labels],
    }


def _place(span: Span) -> dict[str, object]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _render(diagnostics: Sequence[Diagnostic], _sources: Sources, _style: Style) -> str:
    return json.dumps([as_json(diagnostic) for diagnostic in diagnostics], indent=2, ensure_ascii=False) + "\n"


JSON = Renderer("json", "a list of findings, for scripts", _render)
