"""The record of a finding and the place it points at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How bad a finding is: an error stops the flow from being served, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Span(Struct, frozen=True, order=True, gc=False):
    """A stretch of a source file.

    `file` is relative to the project, with forward slashes. Lines and columns are 1-based and count characters;
    `end_column` is exclusive, so an empty span has `column == end_column`.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Label(Struct, frozen=True, gc=False):
    """A second place that explains the first: "first defined here"."""

    span: Span
    message: str


class Diagnostic(Struct, frozen=True, gc=False):
    """One finding. `code` is stable and has a page (`flowengine explain CODE`)."""

    code: str
    severity: Severity
    message: str
    span: Span
    hint: str | None = None
    labels: tuple[Label, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR
