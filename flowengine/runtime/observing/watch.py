"""The one that is told what happens in calls: counts it, and makes spans of it where that is wanted."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from flowengine.core.events import Event
from flowengine.core.machine import Turn
from flowengine.runtime.observing.metrics import Metrics
from flowengine.runtime.store import CallRecord

if TYPE_CHECKING:
    from flowengine.runtime.observing.tracing import Tracing

_NOTHING = nullcontext()


class Watch:
    """Watches the calls of one engine. `tracing` is None where nobody wants spans: then there is no cost of it."""

    __slots__ = ("metrics", "tracing")

    def __init__(self, metrics: Metrics | None = None, tracing: Tracing | None = None) -> None:
        self.metrics = metrics or Metrics()
        self.tracing = tracing

    def turning(self, call: str) -> AbstractContextManager[None]:
        """Around a turn of a call; its span, which `turn` completes."""
        return _NOTHING if self.tracing is None else self.tracing.turn(call)

    def working(self, call: str) -> AbstractContextManager[None]:
        """Around work for a call that is not one of its turns."""
        return _NOTHING if self.tracing is None else self.tracing.of(call)

    def turn(self, record: CallRecord, event: Event, turn: Turn, at: float, seconds: float) -> None:
        """A turn was taken and saved; `at` is Unix time, `seconds` what it took."""
        self.metrics.turn(record, turn, at, seconds)
        if self.tracing is not None:
            self.tracing.taken(record, event, turn)
