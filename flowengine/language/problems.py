"""A mistake in a text, raised or collected while it is parsed."""

from __future__ import annotations

from lark import Token

from flowengine.diagnostics import Diagnostic, Label, Severity, Span

MOST_FINDINGS = 100
"""After this many the rest of a file is not looked at: it is no flow, or one slip repeats itself."""


class SyntaxProblem(Exception):  # noqa: N818 - it is a finding about a text, not an error of the program
    """A finding that ends the parse of a part."""

    def __init__(self, code: str, message: str, token: Token, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.token = token
        self.hint = hint


def finding(code: str, message: str, span: Span, hint: str | None = None, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """A syntax finding: always an error."""
    return Diagnostic(code, Severity.ERROR, message, span, hint, labels)
