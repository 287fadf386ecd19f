"""`python -m tests.reliability [--only AREA] [PAGE]`: runs what the report is made of, and writes it.

With SIZE=full at full size. With `--only` the rows of one area are shown, and no page is written.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.reliability.rows import ROWS, Row
from tests.reliability.size import ALONE, IS_FULL

PAGE = Path("docs/reliability.md")


class Results:
    """A pytest plugin that keeps what came of each test, and the figures that it has told."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}
        self.figures: defaultdict[str, list[str]] = defaultdict(list)
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed[report.nodeid] = self.passed.get(report.nodeid, True) and not report.failed
        if report.failed:
            self.reasons[report.nodeid] = _reason(report)
        if report.when == "call":
            self.figures[report.nodeid] += [str(value) for name, value in report.user_properties if name == "figure"]

    def of(self, row: Row) -> tuple[str, str]:
        """What came of a row, and its figures; of a test that failed, why."""
        nodes = [node for node in self.passed if any(_is_of(node, test) for test in row.tests)]
        failed = [node for node in nodes if not self.passed[node]]
        told = [figure for node in nodes for figure in self.figures[node]]
        told += [f"{node.rpartition('::')[2]}: {self.reasons[node]}" for node in failed]
        said = "<br>".join(told) or f"{len(nodes) - len(failed)} of {len(nodes)} {row.each}"
        return ("fail" if failed or not nodes else "pass"), said


def _is_of(node: str, test: str) -> bool:
    return node == test or node.startswith((f"{test}[", f"{test}::"))


def _reason(report: pytest.TestReport) -> str:
    """The first line of what went wrong, fit for a table."""
    crash = getattr(report.longrepr, "reprcrash", None)
    line = str(crash.message if crash is not None else report.longrepr).strip().splitlines()[0]
    return line[:160].replace("|", "\\|").replace("<", "&lt;")


def page(results: Results) -> str:
    """The report."""
    size = "full size" if IS_FULL else "the size that runs with every change"
    lines = [
        "# Reliability",
        "",
        f"Made by `make reliability` on {datetime.now(UTC):%Y-%m-%d}, at {size}, over loopback on one machine:",
        f"Python {platform.python_version()}, {os.cpu_count()} cores. `make reliability SIZE=full` runs all of it.",
        "Bold rows are gates of a release. A row that fails is written as failing, with the reason.",
        "`make soak` is half an hour of calls; `make fuzz` looks for flow files and webhooks that break something.",
        "",
        "| area | what is done | what must hold | figure | result |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        result, figure = results.of(row)
        what = f"**{row.what}**" if row.gate else row.what
        lines.append(f"| {row.area} | {what} | {row.must} | {figure} | {result} |")
    return "\n".join(lines) + "\n"


def run(rows: Sequence[Row]) -> Results:
    """What came of the tests of some rows."""
    os.environ[ALONE] = "1"
    results = Results()
    tests = list(dict.fromkeys(test for row in rows for test in row.tests))
    pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[results])
    return results


def main(words: Sequence[str]) -> int:
    """Run, write or show, and say whether anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--only", metavar="AREA", choices=sorted({row.area for row in ROWS}))
    parser.add_argument("page", metavar="PAGE", nargs="?", type=Path, default=PAGE)
    options = parser.parse_args(words)
    rows = [row for row in ROWS if options.only in (None, row.area)]
    results = run(rows)
    if options.only is None:
        options.page.write_text(page(results), "utf-8")
    else:
        for row in rows:
            result, figure = results.of(row)
            print(f"{result}: {row.what}\n    {figure.replace('<br>', chr(10) + '    ')}")
    failed = [row for row in rows if results.of(row)[0] == "fail"]
    print(f"{len(failed)} of {len(rows)} rows fail")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
