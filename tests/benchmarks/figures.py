"""A measured figure beside its target, and how figures are taken and shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured. `target` is the most it may be, or with `at_least` the least; in the same `unit`."""

    name: str
    value: float
    unit: str
    target: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.target if self.at_least else self.value <= self.target


def median_seconds(work: Callable[[], object], times: int) -> float:
    """The median time of `work` in seconds. It runs once more, first, so that caches are warm."""
    work()
    taken: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def table(figures: Sequence[Figure]) -> str:
    """The figures, one a line, with the ratio of each to its target and whether it is met."""
    widest = max(len(figure.name) for figure in figures)
    lines = [f"{'what':<{widest}}  {'measured':>12}  {'target':>14}  {'ratio':>6}"]
    for figure in figures:
        measured = f"{figure.value:.3g} {figure.unit}"
        target = f"{'≥' if figure.at_least else '≤'} {figure.target:g} {figure.unit}"
        verdict = "" if figure.met else "  missed"
        lines.append(
            f"{figure.name:<{widest}}  {measured:>12}  {target:>14}  {figure.value / figure.target:>6.2f}{verdict}"
        )
    return "\n".join(lines)
