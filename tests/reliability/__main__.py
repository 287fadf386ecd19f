"""`python -m tests.reliability [PAGE]`: runs what the report is made of, and writes it; with SIZE=full at full size."""

from __future__ import annotations

import os
import platform
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.reliability.rows import ROWS, Row
from tests.reliability.size import IS_FULL

PAGE = Path("docs/reliability.md")


class Results:
    """A pytest plugin that keeps what came of each test, and the figures that it has told."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}
        self.figures: defaultdict[str, list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed[report.nodeid] = self.passed.get(report.nodeid, True) and not report.failed
        if report.when == "call":
            self.figures[report.nodeid] += [str(value) for name, value in report.user_properties if name == "figure"]

    def of(self, row: Row) -> tuple[str, str]:
        """What came of a row, and its figures."""
        nodes = [node for node in self.passed if any(_is_of(node, test) for test in row.tests)]
        failed = [node for node in nodes if not self.passed[node]]
        figures = [figure for node in nodes for figure in self.figures[node]]
        said = "<br>".join(figures) or f"{len(nodes) - len(failed)} of {len(nodes)} {row.each}"
        return ("fail" if failed or not nodes else "pass"), said


def _is_of(node: str, test: str) -> bool:
    return node == test or node.startswith((f"{test}[", f"{test}::"))


def page(results: Results) -> str:
    """The report."""
    size = "full size" if IS_FULL else "the size that runs with every change"
    lines = [
        "# Reliability",
        "",
        f"Made by `make reliability` on {datetime.now(UTC):%Y-%m-%d}, at {size}, over loopback on one machine:",
        f"Python {platform.python_version()}, {os.cpu_count()} cores. `make reliability SIZE=full` runs all of it.",
        "Bold rows are gates of a release. A row that fails is written as failing.",
        "",
        "| area | what is done | what must hold | figure | result |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        result, figure = results.of(row)
        what = f"**{row.what}**" if row.gate else row.what
        lines.append(f"| {row.area} | {what} | {row.must} | {figure} | {result} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, write, and say whether anything failed."""
    results = Results()
    tests = sorted({test for row in ROWS for test in row.tests})
    pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[results])
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.write_text(page(results), "utf-8")
    failed = [row.what for row in ROWS if results.of(row)[0] == "fail"]
    print(f"{target}: {len(failed)} rows fail")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
