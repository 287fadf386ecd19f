"""Findings as data: where, what, why, and what to do. Nothing here knows the language or a call."""

from flowengine.diagnostics.model import Diagnostic, Label, Severity, Span

__all__ = ["Diagnostic", "Label", "Severity", "Span"]
