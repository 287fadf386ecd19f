"""The tree of a `.call` file: shapes only, as in `tree`. Strings are plain; what the words mean is the simulator's."""

from __future__ import annotations

from msgspec import Struct

from flowengine.diagnostics import Span
from flowengine.expressions.tree import Call, Compare, Expr, Name
from flowengine.language.tree import Option, Word


class Line(Struct, frozen=True, gc=False):
    """A line that begins with a word: `hear "…"`, `press 1`, `given fetch "…" status=404`.

    Of `given`, `word` is what comes after it (`fetch`, `sms`, …) in the first of `args`.
    """

    word: Word
    args: tuple[Expr, ...]
    options: tuple[Option, ...]
    span: Span


class GivenValue(Struct, frozen=True, gc=False):
    """`given NAME = value`: a project variable for this call."""

    name: Word
    value: Expr
    span: Span


class ExpectVerb(Struct, frozen=True, gc=False):
    """`expect VERB args… key=value`, and `expect hangup`."""

    verb: Word
    args: tuple[Expr, ...]
    options: tuple[Option, ...]
    span: Span


class ExpectThat(Struct, frozen=True, gc=False):
    """`expect NAME == value`, or another comparison of a path."""

    test: Compare
    span: Span


CallLine = Line | GivenValue | ExpectVerb | ExpectThat


class Script(Struct, frozen=True, gc=False):
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
