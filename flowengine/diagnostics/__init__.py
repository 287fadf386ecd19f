"""Findings as data: where, what, why, and what to do. Nothing here knows the language or a call."""

from flowengine.diagnostics.model import Diagnostic, Label, Severity, Span
from flowengine.diagnostics.order import in_order
from flowengine.diagnostics.sources import Sources
from flowengine.diagnostics.suggest import closest

__all__ = ["Diagnostic", "Label", "Severity", "Sources", "Span", "closest", "in_order"]
