"""The tree of a `.call` file: shapes only, as in `tree`. Strings are plain; what the words mean is the simulator's."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.diagnostics import Span
from flowengine.expressions.tree import Call, Compare, Expr, Name
from flowengine.language.tree import Option, Word


@dataclass(frozen=True, slots=True)
class Line:
    """A line that begins with a word: `hear "…"`, `press 1`, `given fetch "…" status=404`.

    Of `given`, `word` is what comes after it (`fetch`, `sms`, …) in the first of `args`.
    """

    word: Word
    args: tuple[Expr, ...]
    options: tuple[Option, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class GivenValue:
    """`given NAME = value`: a project variable for this call."""

    name: Word
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectVerb:
    """`expect VERB args… key=value`, and `expect hangup`."""

    verb: Word
    args: tuple[Expr, ...]
    options: tuple[Option, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectThat:
    """`expect NAME == value`, or another comparison of a path."""

    test: Compare
    span: Span


CallLine = Line | GivenValue | ExpectVerb | ExpectThat


@dataclass(frozen=True, slots=True)
class Script:
    """One `call "name":` with its lines."""

    name: str
    name_span: Span
    lines: tuple[CallLine, ...]
    span: Span

    @property
    def flow(self) -> str:
        """The flow that the script names, or "" where it names none."""
        for line in self.lines:
            if isinstance(line, Line) and line.word.text == "flow" and line.args:
                first = line.args[0]
                if isinstance(first, Name):
                    return first.name
                if isinstance(first, Call):
                    return first.function.name
        return ""
