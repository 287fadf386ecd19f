"""The counts of several workers of one machine: each writes its own down once a second, whoever is asked adds them up.

A worker that has ended leaves its last counts behind, so that sums never fall. What a worker counted in the second
before it was killed is lost.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from flowengine.runtime.observing.families import Counter, Labels
from flowengine.runtime.observing.metrics import Metrics

EVERY = 1.0
"""Seconds between two times that a worker writes its counts."""

_FRESH = 5.0
_ENDING = ".counts"

Series = list[tuple[Labels, list[float]]]


class Snapshot(Struct, frozen=True):
    """The counts of a worker at a time (Unix, seconds): by family, each series with its numbers. `degraded` tells that
    it cannot reach the store."""

    at: float
    degraded: bool
    families: dict[str, Series]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Snapshot)


def snapshot(metrics: Metrics, at: float, degraded: bool) -> Snapshot:
    """The counts as they are now."""
    families: dict[str, Series] = {}
    for family in metrics.families:
        if isinstance(family, Counter):
            families[family.name] = [(labels, [value]) for labels, value in family.values.items()]
        else:
            families[family.name] = [(labels, list(row)) for labels, row in family.values.items()]
    return Snapshot(at, degraded, families)


def added(snapshots: Iterable[Snapshot]) -> dict[str, dict[Labels, list[float]]]:
    """The sums of all, by family and series."""
    sums: dict[str, dict[Labels, list[float]]] = {}
    for each in snapshots:
        for name, series in each.families.items():
            family = sums.setdefault(name, {})
            for labels, row in series:
                before = family.get(labels)
                family[labels] = row if before is None else [a + b for a, b in zip(before, row, strict=True)]
    return sums


class Shared:
    """The folder in which the workers of one machine leave their counts for each other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine = folder / f"{os.getpid()}-{secrets.token_hex(4)}{_ENDING}"

    def write(self, mine: Snapshot) -> None:
        """Leave this worker's counts. Raises OSError."""
        fresh = self._mine.with_suffix(".new")
        fresh.write_bytes(_encoder.encode(mine))
        fresh.replace(self._mine)

    def others(self) -> list[Snapshot]:
        """What the other workers have left, also those that have ended."""
        found: list[Snapshot] = []
        for path in self._folder.glob(f"*{_ENDING}"):
            if path != self._mine:
                try:
                    found.append(_decoder.decode(path.read_bytes()))
                except (OSError, msgspec.DecodeError):
                    continue  # of another release, in the middle of replacing one by the other
        return found


def is_alive(each: Snapshot, now: float | None = None) -> bool:
    """Whether the worker that left this still runs, or has until a moment ago."""
    return (time.time() if now is None else now) - each.at < _FRESH
