"""What a script needs of a call: the contract between the script runner and what carries the call.

The simulated phone keeps it without ever waiting. A line that goes through a real server keeps it by waiting, so the
methods are coroutines; `finished` runs those that never wait.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from flowengine.core.graph import Program
from flowengine.core.session import Session
from flowengine.simulator.transcript import Transcript
from flowengine.simulator.world import Given

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """How a call begins. `at` is Unix time in seconds."""

    flow: str
    caller: str
    called: str
    at: float
    arguments: dict[str, Any] = field(default_factory=dict)
    direction: str = "inbound"
    answered_by: str | None = None


class CannotError(Exception):
    """The caller or the other side cannot do this now; the message tells what the call does instead."""


class Line(Protocol):
    """One call, seen from the people in it.

    Every method but `give` does something, and returns when the call has come to where it waits for somebody again.
    """

    transcript: Transcript
    """What was said, asked and done so far."""

    @property
    def now(self) -> float:
        """The time in the call, Unix time in seconds."""
        ...

    @property
    def ended(self) -> str | None:
        """How the call ended: `flow`, `redirect` or `caller`; None while it goes on."""
        ...

    @property
    def doing(self) -> str:
        """What the call does now, for people: `it rings +15551230001`."""
        ...

    def give(self, given: Given) -> None:
        """From now on this is so in the world around the call."""
        ...

    def look(self) -> tuple[Program, Session]:
        """The call's program and session as they are now: what an expression is evaluated in."""
        ...

    async def start(self) -> None:
        """Let the call begin."""
        ...

    async def press(self, keys: str) -> None:
        """The caller presses keys. Raises CannotError when the call is over."""
        ...

    async def speak(self, text: str) -> None:
        """The caller says something. Raises CannotError when the call is over."""
        ...

    async def wait(self, seconds: float | None) -> None:
        """The caller does nothing: for so long, or until something comes of it."""
        ...

    async def leave(self, seconds: float, text: str, hangup: bool) -> None:
        """The caller speaks into the recording. Raises CannotError when nothing records."""
        ...

    async def peer(self, outcome: str, seconds: float) -> None:
        """What the other side does. Raises CannotError when nobody is called."""
        ...

    async def hangup(self) -> None:
        """The caller hangs up; nothing happens when the call is over."""
        ...

    async def close(self) -> None:
        """Let go of what the line holds."""
        ...


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits.

    Raises:
        RuntimeError: it does wait.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("the line waits: it needs an event loop")
