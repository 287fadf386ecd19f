"""Counts and times in this process: additions to plain dicts, cheap enough for every turn of every call.

A family has one series for each combination of its labels' values. There are never more than `MOST_SERIES` of them:
what comes after goes into one whose labels all read `other`, so that no project can make a monitoring system choke.
"""

from __future__ import annotations

from bisect import bisect_left

MOST_SERIES = 2000
OTHER = "other"

Labels = tuple[str | int, ...]


class Counter:
    """How often something has happened since the process began."""

    __slots__ = ("about", "labels", "name", "values")

    def __init__(self, name: str, about: str, labels: tuple[str, ...] = ()) -> None:
        """`name` has no `_total` at its end; `labels` are the names of the labels."""
        self.name = name
        self.about = about
        self.labels = labels
        self.values: dict[Labels, float] = {}

    def add(self, labels: Labels = (), amount: float = 1) -> None:
        """It has happened `amount` times more."""
        try:
            self.values[labels] += amount
        except KeyError:
            if len(self.values) >= MOST_SERIES:
                labels = (OTHER,) * len(self.labels)
            self.values[labels] = self.values.get(labels, 0) + amount


class Histogram:
    """How long something has taken, counted by upper bounds in seconds."""

    __slots__ = ("about", "bounds", "labels", "name", "values")

    def __init__(self, name: str, about: str, bounds: tuple[float, ...], labels: tuple[str, ...] = ()) -> None:
        """`bounds` rise; a last one without an end is added."""
        self.name = name
        self.about = about
        self.bounds = bounds
        self.labels = labels
        self.values: dict[Labels, list[float]] = {}
        """For each series: the counts of its buckets, one after the other, not added up, and last the sum."""

    def add(self, labels: Labels, seconds: float) -> None:
        """It has taken so long once more."""
        try:
            row = self.values[labels]
        except KeyError:
            if len(self.values) >= MOST_SERIES:
                labels = (OTHER,) * len(self.labels)
            row = self.values.setdefault(labels, [0.0] * (len(self.bounds) + 2))
        row[bisect_left(self.bounds, seconds)] += 1
        row[-1] += seconds


Family = Counter | Histogram
