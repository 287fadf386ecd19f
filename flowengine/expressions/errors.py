"""What can be wrong with an expression at call time."""

from __future__ import annotations

from flowengine.diagnostics import Span


class ExpressionError(Exception):
    """An expression cannot be computed. `message` is in plain words; `span` the part that failed, where it is known."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span

    def locate(self, span: Span) -> None:
        """Give the error a place, unless it has one from further inside."""
        if self.span is None:
            self.span = span


class BudgetExceeded(ExpressionError):  # noqa: N818 - it reads as what happened
    """A text or a computation would be larger than the project allows."""
