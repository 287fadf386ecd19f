"""What every form of output is: a name and a function from findings to text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flowengine.diagnostics.model import Diagnostic
from flowengine.diagnostics.sources import Sources


@dataclass(frozen=True, slots=True)
class Style:
    """How text for people is laid out; the forms for programs leave it aside.

    `width` is in terminal cells. Whether the reader's terminal knows colour is decided by who owns the terminal.
    """

    colour: bool = False
    width: int = 100


@dataclass(frozen=True, slots=True)
class Renderer:
    """A form of output. `render` keeps the order of the findings and ends its text with a line end, if there is any."""

    name: str
    summary: str
    render: Callable[[Sequence[Diagnostic], Sources, Style], str]
