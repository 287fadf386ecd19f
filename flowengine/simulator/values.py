"""The values on a script's lines: what they are, and whether they fit."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from flowengine.core.keys import KEYS
from flowengine.core.policy import is_number, is_sip
from flowengine.core.words import words
from flowengine.diagnostics import Diagnostic, Severity, Span
from flowengine.expressions.evaluate import MISSING, ExpressionError, compile_value
from flowengine.expressions.tree import Duration, Expr, Literal

WITHHELD = "anonymous"
"""What a flow reads of a caller who hides the number."""


class UnfitError(Exception):
    """A value that the line cannot have; it becomes a finding."""

    def __init__(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, Severity.ERROR, message, span, hint)


def constant(expr: Expr) -> Any:
    """The value of an expression that reads nothing. Raises UnfitError."""
    try:
        value = compile_value(expr).constant
    except ExpressionError as error:
        raise UnfitError("FE382", error.message, error.span or expr.span) from None
    if value is MISSING:
        raise UnfitError("FE382", "a script's value must be written out: nothing can be read here", expr.span)
    return value


def text(expr: Expr, what: str) -> str:
    """A text. Raises UnfitError."""
    value = constant(expr)
    if not isinstance(value, str):
        raise UnfitError("FE382", f"{what} takes a text", expr.span)
    return value


def heard(expr: Expr, what: str) -> str:
    """A text that has words. Raises UnfitError."""
    value = text(expr, what)
    if not words(value):
        raise UnfitError("FE383", f"`{what}` compares words, and this text has none", expr.span)
    return value


def seconds(expr: Expr, what: str) -> float:
    """A time. Raises UnfitError."""
    if isinstance(expr, Duration):
        return float(expr.seconds)
    hint = f"write `{expr.text}s`" if isinstance(expr, Literal) and isinstance(expr.value, int | float) else None
    raise UnfitError("FE382", f"`{what}` takes a time such as `5s`", expr.span, hint)


def keys(expr: Expr) -> str:
    """Keys as typed: `12` or `"12#"`. Raises UnfitError."""
    value: Any = expr.text if isinstance(expr, Literal) and not isinstance(expr.value, str) else constant(expr)
    if not isinstance(value, str) or not value or not KEYS.issuperset(value):
        raise UnfitError("FE382", "keys are 0-9, * and #", expr.span)
    return value


def number(expr: Expr, what: str, *, withheld: bool = False) -> str:
    """A number or SIP address. Raises UnfitError."""
    value = text(expr, f"`{what}`")
    if is_number(value) or is_sip(value) or (withheld and value == WITHHELD):
        return value
    also = f', or "{WITHHELD}"' if withheld else ""
    raise UnfitError("FE382", f'`{what}` takes a number such as "+15557650001", a SIP address{also}', expr.span)


def one_of(expr: Expr, what: str, *names: str) -> str:
    """One of several words. Raises UnfitError."""
    value = text(expr, f"`{what}`")
    if value not in names:
        listed = ", ".join(f'"{name}"' for name in names)
        raise UnfitError("FE382", f"`{what}` is one of {listed}", expr.span)
    return value


def time(expr: Expr, zone: tzinfo) -> float:
    """A time as Unix time; without an offset, in the project's zone. Raises UnfitError."""
    value = text(expr, "`at`")
    try:
        return moment(value, zone)
    except ValueError:
        hint = 'write the date and the time: "2026-11-21T20:00"'
        raise UnfitError("FE381", f'"{value}" is no time', expr.span, hint) from None


def moment(text: str, zone: tzinfo) -> float:
    """An ISO 8601 time as Unix time; without an offset it is in `zone`. Raises ValueError."""
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo is not None else when.replace(tzinfo=zone)).timestamp()
