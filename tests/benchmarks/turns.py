"""Turns a second of one worker, as a ratio to the bare handler of `bare`, in one run.

What counts is the processor time that the server spends on a turn: with a client on the same machine, the time on the
clock would measure the client too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.benchmarks.figures import Figure

IVR = Path(__file__).parent / "ivr"
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load: the processor time of a turn in seconds, and what its clients saw."""

    cost: float
    turns: int
    wrong: int
    p50: float
    p99: float


def measure() -> list[Figure]:
    """The ratios of each store to the bare handler."""
    bare = _loaded([sys.executable, "-m", "tests.benchmarks.bare", "{port}"], "/voice")
    figures = []
    for store, target in (("memory", 1.0), ("sqlite", 0.7)):
        with tempfile.TemporaryDirectory() as folder:
            state = "memory" if store == "memory" else str(Path(folder) / "state.db")
            command = [
                sys.executable,
                "-m",
                "flowengine",
                "serve",
                str(IVR),
                "--port",
                "{port}",
                "--store",
                state,
                "--insecure",
            ]
            load = _loaded([*command, "--log-level", "warning"], "/telefonie/voice")
        if load.wrong:
            raise RuntimeError(f"{load.wrong} of {load.turns} answers were wrong")
        figures.append(Figure(f"turns/s, {store}, to bare aiohttp", bare.cost / load.cost, "", target, at_least=True))
        figures.append(Figure(f"processor time of a turn, {store}", load.cost * 1e6, "µs", bare.cost * 1e6 / target))
    return figures


def _loaded(command: list[str], path: str) -> Load:
    with _server(command) as (pid, port):
        _client(port, path, 1.0)  # warm
        before = _processor_seconds(pid)
        turns, _, wrong, p50, p99 = _client(port, path, SECONDS)
        return Load((_processor_seconds(pid) - before) / turns, int(turns), int(wrong), p50, p99)


@contextmanager
def _server(command: list[str]) -> Iterator[tuple[int, int]]:
    port = _free_port()
    process = subprocess.Popen([part.format(port=port) for part in command], stderr=subprocess.PIPE)
    try:
        _wait_for(port, process)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError((process.stderr.read() if process.stderr else b"").decode())
        try:
            urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
        except (URLError, OSError) as error:
            if "404" in str(error):
                return
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def _client(port: int, path: str, seconds: float) -> tuple[float, ...]:
    arguments = ("127.0.0.1", str(port), path, str(seconds), str(CONNECTIONS))
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load", *arguments], check=True, capture_output=True, text=True
    )
    return tuple(float(part) for part in done.stdout.split())


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
