"""Measures and prints: `python -m tests.benchmarks`, or only the named benchmarks."""

from __future__ import annotations

import sys

from tests.benchmarks import checking, startup, turns
from tests.benchmarks.figures import table

BENCHMARKS = {"checking": checking.measure, "startup": startup.measure, "turns": turns.measure}


def main() -> int:
    """Run the benchmarks; 1 when a target is missed, 2 when a name is unknown."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    figures = [figure for name in names for figure in BENCHMARKS[name]()]
    print(table(figures))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
