"""Findings as GitHub workflow commands: a job that prints them gets notes beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from flowengine.diagnostics.model import Diagnostic
from flowengine.diagnostics.render.model import Renderer, Style
from flowengine.diagnostics.sources import Sources


def _render(diagnostics: Sequence[Diagnostic], _sources: Sources, _style: Style) -> str:
    return "".join(_command(diagnostic) + "\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    properties = {"file": span.file, "line": str(span.line), "endLine": str(span.end_line)}
    # GitHub refuses columns of an annotation that covers several lines; its last column is inclusive.
    if span.line == span.end_line:
        properties |= {"col": str(span.column), "endColumn": str(max(span.column, span.end_column - 1))}
    properties["title"] = diagnostic.code
    written = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())

    text = [diagnostic.message]
    if diagnostic.hint is not None:
        text.append(diagnostic.hint)
    text += [f"{label.span}: {label.message}" for label in diagnostic.labels]
    message = _escape("\n".join(text))
    return f"::{diagnostic.severity} {written}::{message}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


GITHUB = Renderer("github", "annotations of a GitHub workflow", _render)
