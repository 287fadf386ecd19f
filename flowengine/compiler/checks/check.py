"""What a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flowengine.compiler.model import Checked
from flowengine.diagnostics import Diagnostic, Label, Severity, Span

Found = Iterator[Diagnostic]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a function from the project to its findings, and the codes that it can give."""

    codes: tuple[str, ...]
    run: Callable[[Checked], Found]


def error(code: str, message: str, span: Span, hint: str | None = None, *labels: Label) -> Diagnostic:
    """A finding that stops the project from being served."""
    return Diagnostic(code, Severity.ERROR, message, span, hint, labels)


def warning(code: str, message: str, span: Span, hint: str | None = None, *labels: Label) -> Diagnostic:
    """A finding that does not."""
    return Diagnostic(code, Severity.WARNING, message, span, hint, labels)
