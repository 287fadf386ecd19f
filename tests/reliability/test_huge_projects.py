"""Projects of a hundred thousand steps: a turn costs what it costs in a small one, and calls do not notice the load."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import aiohttp
import pytest

from flowengine.compiler.build import build
from flowengine.core import machine
from flowengine.core.events import Keys, Started
from flowengine.core.graph import Program
from flowengine.core.session import Facts
from tests.language.test_bounds import calls_made
from tests.reliability import huge
from tests.reliability.load import others
from tests.reliability.processes import serving
from tests.reliability.size import size, within
from tests.server.stage import write_project

pytestmark = pytest.mark.slow

Record = Callable[[str, object], None]
STEPS = size(3_000, 100_000)
CHOICES = size(2_000, 10_000)
TURNS = 50


def _program(root: Path) -> Program:
    program = build(root).program
    assert program is not None
    return program


def _cost(program: Program, flow: str, keys: Callable[[int], str]) -> tuple[int, float]:
    """Of so many turns of a call, saved and read again between any two as a server does: the Python functions called,
    and seconds."""
    facts = Facts("CA1", "+15557650001", "+15551230000", "inbound", "telefonie", 0.0)
    session, _ = machine.step(program, machine.begin(program, flow, facts), Started(0.0))

    def turns() -> None:
        nonlocal session
        for number in range(TURNS):
            session, turn = machine.step(program, session, Keys(float(number), keys(number)))
            assert turn is not None
            assert not turn.over

    functions = calls_made(turns)
    session, _ = machine.step(program, machine.begin(program, flow, facts), Started(0.0))
    began = time.process_time()
    turns()
    return functions, time.process_time() - began


@pytest.mark.parametrize("shape", ["graph", "menu"])
def test_a_turn_costs_the_same(shape: str, tmp_path: Path, record_property: Record) -> None:
    small, large = write_project(tmp_path / "small"), write_project(tmp_path / "large")
    write: Mapping[str, Callable[[Path, int], None]] = {"graph": huge.write_graph, "menu": huge.write_menu}
    full = {"graph": STEPS, "menu": CHOICES}[shape]
    write[shape](small, 100)
    began = time.monotonic()
    write[shape](large, full)
    flow = {"graph": "graph_0", "menu": "wide"}[shape]

    def keys(number: int) -> str:
        return "1" if shape == "graph" else f"{10_001 + 2 * number % 98}"

    few, _ = _cost(_program(small), flow, keys)
    program = _program(large)
    built = time.monotonic() - began
    many, seconds = _cost(program, flow, keys)
    assert many < 1.1 * few
    what = {"graph": f"{full:,} steps", "menu": f"{full:,} choices"}[shape]
    record_property(
        "figure",
        f"{what}, built in {built:.0f} s: a turn takes {many // TURNS} calls of functions, {few // TURNS} among 100;"
        f" {seconds / TURNS * 1e6:.0f} µs",
    )


async def test_calls_do_not_notice_a_huge_project(tmp_path: Path, record_property: Record) -> None:
    rate = size(40, 100)
    root = write_project(tmp_path / "project")
    with ProcessPoolExecutor(1, get_context("forkserver")) as pool:
        async with serving(root, "--store", str(tmp_path / "calls.db"), "--reload") as server:

            async def version() -> str:
                async with aiohttp.request("GET", f"{server.url}/health") as response:
                    return str((await response.json())["version"])

            before = await version()
            traffic = asyncio.get_running_loop().run_in_executor(pool, others, server.url, rate, tmp_path / "end")
            await asyncio.sleep(2)
            saved = time.monotonic()
            await asyncio.to_thread(huge.write_graph, root, STEPS)
            while await version() == before:
                await asyncio.sleep(0.1)
                assert time.monotonic() - saved < 400
            live = time.monotonic() - saved
            await asyncio.sleep(2)
            (tmp_path / "end").touch()
            answered, failed, late = await traffic
            assert server.faults() == []
    assert failed == []
    assert late < within(0.2)
    record_property(
        "figure",
        f"{STEPS:,} steps saved under {rate} webhooks/s: live after {live:.0f} s, {answered} answered, none failed,"
        f" p99 {late * 1000:.0f} ms",
    )
