"""Flow files that nobody would write, by the thousand."""

import gc
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import flow_files
from tests.fuzz.making import LONG_EVERY, flow_file
from tests.language.test_fmt import check_flow
from tests.reliability.size import size, within
from tests.strategies.flows import flow_texts

pytestmark = pytest.mark.slow

COUNT = size(1_000, 100_000)
CHUNK = size(200, 1_000)
MEGABYTES = 256
SECONDS = 1.0


class Done(NamedTuple):
    """What came of some files: what was wrong with which, and the seconds of the slowest."""

    wrong: list[str]
    slowest: float
    slowest_file: int


def _check(root: Path, numbers: range) -> Done:
    """Check the files of some numbers in this process, which gets no more memory than it has and `MEGABYTES`."""
    own = root / str(os.getpid())
    if not own.exists():
        flow_files.project(own)
        flow_files.check(own, flow_file(0))  # what is made once is not any one file's
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEGABYTES * 1024 * 1024, limits[1]))
    wrong: list[str] = []
    slowest, slowest_file = 0.0, -1
    for number in numbers:
        data = flow_file(number)
        began = time.process_time()
        try:
            flow_files.check(own, data)
        except Exception as error:
            wrong.append(f"file {number}: {type(error).__name__}: {error}"[:300])
        seconds = time.process_time() - began
        if seconds > slowest:
            slowest, slowest_file = seconds, number
    resource.setrlimit(resource.RLIMIT_AS, limits)
    return Done(wrong, slowest, slowest_file)


def test_fuzzed_flow_files(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    chunks = [range(start, min(start + CHUNK, COUNT)) for start in range(0, COUNT, CHUNK)]
    # At the small size the file of ten megabytes, too.
    chunks.append(range(LONG_EVERY - 1, LONG_EVERY))
    with ProcessPoolExecutor(2, multiprocessing.get_context("forkserver")) as pool:
        results = list(pool.map(_check, [tmp_path] * len(chunks), chunks))
    assert [problem for done in results for problem in done.wrong] == []
    worst = max(results, key=lambda done: done.slowest)
    assert worst.slowest < within(SECONDS), f"file {worst.slowest_file}"
    record_property(
        "figure",
        f"{COUNT:,} files: no traceback, every finding at its place, none over {MEGABYTES} MB;"
        f" the slowest {worst.slowest:.2f} s",
    )


def test_random_flows_keep_their_meaning(record_property: Callable[[str, object], None]) -> None:
    count = size(300, 20_000)

    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(flow_texts())
    def check(text: str) -> None:
        check_flow(text)

    check()
    record_property("figure", f"{count:,} flows: the same tree, and the same layout a second time")
