"""Measures and prints: `python -m tests.benchmarks`, or only the named benchmarks.

All of them together also write the figures to `docs/performance.json`, and from there the tables of
`docs/performance.md` and its picture; `--page` makes these again from the figures that are there.
"""

from __future__ import annotations

import argparse
import sys
import traceback

from tests.benchmarks import checking, machine, open_calls, reloading, startup, tools, turns
from tests.benchmarks.figures import table
from tests.benchmarks.peers import measuring as peers
from tests.benchmarks.report import Group, Report, kept, write

BENCHMARKS = {
    "turns": ("Turns of whole calls", turns.measure),
    "peers": ("The same calls by what people write by hand", peers.measure),
    "machine": ("One step of the machine", machine.measure),
    "open": ("Calls that are open", open_calls.measure),
    "checking": ("Compiling and checking a large project", checking.measure),
    "reloading": ("An edit under load", reloading.measure),
    "startup": ("The command line", startup.measure),
    "tools": ("The author's tools", tools.measure),
}


def main() -> int:
    """Run the benchmarks; 1 when one could not measure, 2 when a name is unknown. A missed target is a figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="which; all when none is named")
    parser.add_argument("--page", action="store_true", help="measure nothing: make the page from the last figures")
    given = parser.parse_args()
    if given.page:
        write(kept())
        return 0
    groups = [_measured(name) for name in given.names or BENCHMARKS]
    if not given.names:
        write(Report.of(groups))
    return int(any(group.failed for group in groups))


def _measured(name: str) -> Group:
    """A benchmark's figures, printed as soon as they are there; without any where it failed."""
    title, measure = BENCHMARKS[name]
    print(f"\n{title}", flush=True)
    try:
        figures = tuple(measure())
    except Exception:  # the other benchmarks have their figures all the same
        traceback.print_exc()
        return Group(name, title, (), "not measured: it failed")
    print(table(figures), flush=True)
    return Group(name, title, figures)


if __name__ == "__main__":
    sys.exit(main())
