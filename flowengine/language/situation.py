"""Where the parser stopped, and what is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """A finding without its place; `length` is how many characters it underlines."""

    code: str
    message: str
    hint: str | None = None
    length: int = 1


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the parser stopped: the text before and after, on that line, and the terminals that would have fitted."""

    before: str
    rest: str
    accepts: frozenset[str]
    in_template: bool = False

    @property
    def in_argument(self) -> bool:
        """Whether the argument of a verb could end here: no operator can follow."""
        return (
            not self.in_template
            and "_NL" in self.accepts
            and "COMMA" not in self.accepts
            and "PLUS" not in self.accepts
        )

    @property
    def first_word(self) -> str:
        match = re.match(r"\s*([A-Za-z_]\w*)", self.before)
        return match[1] if match else ""

    @property
    def begins_statement(self) -> bool:
        """Whether a statement should begin here."""
        return not self.before.strip() and not self.in_template and bool(self.accepts & {"ARROW", "SET", "WHEN", "ON"})
