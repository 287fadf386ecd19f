"""The calls of the memory store, in a kilobyte and a half each however many are open.

A call is kept as the objects it is, which costs nothing and takes 5 KB after two turns. Of those that are open, only
the `MOST` changed last stay so: each of the others is pickled and compressed, to 1 KB in 34 µs, and read again in 23.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from msgspec import Struct

from flowengine.carriers.contract import Reply
from flowengine.core import replay
from flowengine.runtime.store.contract import CallRecord

MOST = 10_000


class Kept(Struct, frozen=True, gc=False):
    """What is kept of a call. `answers` are those before the one in the record, by the key of their event."""

    record: CallRecord
    answers: dict[str, Reply]
    journal: tuple[replay.Record, ...]


class _Packed(Struct, frozen=True, gc=False):
    program: str
    due: float | None
    data: bytes


class MemoryCalls:
    """Calls by their id."""

    def __init__(self, most: int = MOST) -> None:
        """`most` open calls are kept as objects."""
        self._most = most
        self._open: dict[str, Kept] = {}
        self._packed: dict[str, _Packed] = {}
        self._over: dict[str, Kept] = {}
        self._due: list[tuple[float, str]] = []

    def get(self, call: str) -> Kept | None:
        """What is kept of a call."""
        kept = self._open.get(call) or self._over.get(call)
        if kept is not None:
            return kept
        packed = self._packed.get(call)
        if packed is None:
            return None
        unpacked: Kept = pickle.loads(zlib.decompress(packed.data))  # noqa: S301 - what was pickled below
        return unpacked

    def put(self, old: Kept | None, kept: Kept) -> None:
        """Keep `kept` in place of `old`, which is what `get` gives."""
        record = kept.record
        call = record.id
        if old is not None and self._open.pop(call, None) is None and self._over.pop(call, None) is None:
            del self._packed[call]
        if old is None or old.record.timers is not record.timers:  # the same dictionary in nearly every turn
            due = record.due
            if due is not None and (old is None or old.record.due != due):
                heappush(self._due, (due, call))
        if record.ended:
            self._over[call] = kept
            return
        self._open[call] = kept
        if len(self._open) > self._most:
            self._pack(next(iter(self._open)))

    def _pack(self, call: str) -> None:
        kept = self._open.pop(call)
        try:
            data = zlib.compress(pickle.dumps(kept, pickle.HIGHEST_PROTOCOL), 1)
        except (pickle.PicklingError, TypeError, AttributeError):
            self._open[call] = kept  # a carrier from elsewhere remembers something that cannot be written down
            return
        self._packed[call] = _Packed(kept.record.session.program, kept.record.due, data)

    def drop(self, call: str) -> None:
        """Forget a call that is over."""
        self._over.pop(call, None)

    def tidy(self) -> None:
        """Forget the times of timers that are not set any more."""
        self._due = [(due, call) for due, call in self._due if self._due_of(call) == due]
        heapify(self._due)

    @property
    def open(self) -> int:
        """How many calls are not over."""
        return len(self._open) + len(self._packed)

    @property
    def over(self) -> list[Kept]:
        """The calls that are over."""
        return list(self._over.values())

    def programs(self) -> Iterator[str]:
        """The versions that the calls use, each as often as it is used."""
        for calls in (self._open, self._over):
            yield from (kept.record.session.program for kept in calls.values())
        yield from (packed.program for packed in self._packed.values())

    def due(self, now: float, limit: int) -> list[str]:
        """The calls that have a timer due, the longest overdue first; given again until they are changed."""
        found: dict[str, float] = {}
        while self._due and self._due[0][0] <= now and len(found) < limit:
            due, call = heappop(self._due)
            if self._due_of(call) == due:  # else it has another since, or none
                found[call] = due
        for call, due in found.items():
            heappush(self._due, (due, call))
        return list(found)

    def _due_of(self, call: str) -> float | None:
        packed = self._packed.get(call)
        if packed is not None:
            return packed.due
        kept = self._open.get(call) or self._over.get(call)
        return None if kept is None else kept.record.due
