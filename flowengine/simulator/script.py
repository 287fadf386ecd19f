"""A call script, checked and ready to run: what the caller does and must hear, one step a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.diagnostics import Span
from flowengine.expressions.evaluate import Compiled
from flowengine.simulator.line import Setup
from flowengine.simulator.world import Given


@dataclass(frozen=True, slots=True)
class Give:
    """`given …`"""

    given: Given
    span: Span


@dataclass(frozen=True, slots=True)
class Hear:
    """`hear TEXT`"""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unheard:
    """`unheard TEXT`"""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Press:
    """`press KEYS`"""

    keys: str
    span: Span


@dataclass(frozen=True, slots=True)
class Speak:
    """`speak TEXT`"""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Wait:
    """`wait`, or `wait DURATION`; in seconds."""

    seconds: float | None
    span: Span


@dataclass(frozen=True, slots=True)
class Leave:
    """`leave DURATION TEXT`, with or without `hangup`."""

    seconds: float
    text: str
    hangup: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Peer:
    """`peer OUTCOME`; `seconds` is how long somebody who answers talks."""

    outcome: str
    seconds: float
    span: Span


@dataclass(frozen=True, slots=True)
class HangUp:
    """`hangup`"""

    span: Span


@dataclass(frozen=True, slots=True)
class ExpectVerb:
    """`expect VERB args… key=value…`

    `name` is the variable that the verb binds, where the line gives it. `binds`: the verb can take one.
    """

    verb: str
    name: str | None
    args: tuple[Compiled, ...]
    options: Mapping[str, Compiled]
    binds: bool
    shown: str
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectEnd:
    """`expect hangup`"""

    span: Span


@dataclass(frozen=True, slots=True)
class ExpectThat:
    """`expect NAME == value`: `subject` is its left side, to tell what it is instead."""

    condition: Compiled
    subject: Compiled
    shown: str
    span: Span


Step = Give | Hear | Unheard | Press | Speak | Wait | Leave | Peer | HangUp | ExpectVerb | ExpectEnd | ExpectThat


@dataclass(frozen=True, slots=True)
class Case:
    """One `call "name":` of a script file."""

    name: str
    setup: Setup
    steps: tuple[Step, ...]
    span: Span

    @property
    def file(self) -> str:
        return self.span.file


def same(wanted: Any, actual: Any) -> bool:
    """Whether two values are equal as JSON has it: `true` is no number, and a list is a list however it is kept."""
    if isinstance(wanted, bool) or isinstance(actual, bool):
        return wanted is actual
    if isinstance(wanted, list | tuple) and isinstance(actual, list | tuple):
        return len(wanted) == len(actual) and all(map(same, wanted, actual))
    if isinstance(wanted, dict) and isinstance(actual, dict):
        return wanted.keys() == actual.keys() and all(same(value, actual[key]) for key, value in wanted.items())
    return bool(wanted == actual)
