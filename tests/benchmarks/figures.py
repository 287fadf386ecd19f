"""A measured figure beside its target, and how figures are taken and shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured.

    `target` is the most it may be, or with `at_least` the least, in the same `unit`; None where there is none: a figure
    to compare with.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def measured(self) -> str:
        """The value with its unit, in three digits."""
        shown = f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:.3g}"
        return f"{shown} {self.unit}".rstrip()

    @property
    def wanted(self) -> str:
        """The target with its unit; empty where there is none."""
        if self.target is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.target:,.4g} {self.unit}".rstrip()

    @property
    def ratio(self) -> str:
        """The value as a part of the target; empty where there is none, or it is 0."""
        return f"{self.value / self.target:.2f}" if self.target else ""


def processor_seconds(work: Callable[[], object]) -> float:
    """The processor time of `work` in seconds: other work on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def microseconds(work: Callable[[], object], times: int = 2_000, rounds: int = 15) -> float:
    """The processor time of something short, in microseconds: the best of several rounds, since all that disturbs a
    round makes it slower."""

    def several() -> None:
        for _ in range(times):
            work()

    work()
    return min(processor_seconds(several) for _ in range(rounds)) / times * 1e6


def table(figures: Sequence[Figure]) -> str:
    """The figures, one a line, with the ratio of each to its target and whether it is met."""
    widest = max(len(figure.name) for figure in figures)
    lines = [f"{'what':<{widest}}  {'measured':>12}  {'target':>14}  {'ratio':>6}"]
    for figure in figures:
        verdict = "" if figure.met else "  missed"
        lines.append(f"{figure.name:<{widest}}  {figure.measured:>12}  {figure.wanted:>14}  {figure.ratio:>6}{verdict}")
    return "\n".join(lines)
