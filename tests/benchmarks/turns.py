"""Turns of whole calls: what each store costs beside the bare handler of `bare`, in one run.

What counts is the processor time that the server spends on a turn: with a client on the same machine, the time on the
clock would measure the client too. Every request is signed, and the engine checks it; the bare handler does not.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from redis import Redis

from tests.benchmarks.figures import Figure
from tests.redis_server import RedisServer

IVR = Path(__file__).parent / "ivr"
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
SECRET = "a secret of the benchmark"
BARE = (sys.executable, "-m", "tests.benchmarks.bare", "{port}")
_QUICK = ("--front", "quick")
_TWICE = ("--connections", "128")
_ROUNDS = 3
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load: the processor time of a turn, and the time it took to its client, in seconds."""

    cost: float
    rate: float
    p50: float
    p99: float


def serve(store: str, *more: str) -> tuple[str, ...]:
    """The command that serves the IVR of the benchmark, with `{port}` to be filled in."""
    words = ("serve", str(IVR), "--port", "{port}", "--store", store, "--log-level", "warning")
    return (sys.executable, "-m", "flowengine", *words, *more)


def measure() -> list[Figure]:
    """The ratios of each store to the bare handler, and how long turns take at half load."""
    loads: dict[str, tuple[Load, float]] = {}

    def store(name: str, where: str, target: float, *more: str) -> Load:
        loads[name] = best(serve(where, *more), "/telefonie/voice"), target
        return loads[name][0]

    first = best(BARE, "/voice")
    memory = store("memory", "memory", 1.0)
    store("memory, quick front", "memory", 1.0, *_QUICK)
    with tempfile.TemporaryDirectory() as folder:
        store("SQLite", str(Path(folder) / "state.db"), 0.7)
        store("SQLite, quick front", str(Path(folder) / "quick.db"), 0.7, *_QUICK)
    with redis() as url:
        one = store("Redis", url, 0.5)
        used = _used_by_redis(url)
        beside = loaded(serve(url), "/telefonie/voice", warm=0)
        took = (_used_by_redis(url) - used) / (beside.rate * SECONDS)
        store("Redis, quick front", url, 0.5, *_QUICK)
        # Twice the connections for twice the workers; and warm when the second is there.
        two = best(serve(url, "--workers", "2"), "/telefonie/voice", _TWICE, warm=3.0)
    # Before and after the others: a machine does not stay as quick as it was.
    bare = min(first.cost, best(BARE, "/voice").cost)
    half = 0.5 / max(bare, memory.cost)
    least = loaded(BARE, "/voice", half).p99
    ours = loaded(serve("memory"), "/telefonie/voice", half).p99
    return [
        Figure("processor time of a turn, bare aiohttp", bare * 1e6, "µs"),
        *(figure for name, (load, target) in loads.items() for figure in _figures(name, load.cost, bare, target)),
        Figure("processor time of a turn in Redis itself", took * 1e6, "µs"),
        Figure("turns/s, two workers to one, Redis", 2 * one.cost / two.cost, "", 1.8, at_least=True),
        Figure("p99 at half load, to bare aiohttp", ours / least, "", 3.0),
    ]


def _figures(name: str, cost: float, bare: float, target: float) -> tuple[Figure, Figure]:
    return (
        Figure(f"turns/s, {name}, to bare aiohttp", bare / cost, "", target, at_least=True),
        Figure(f"processor time of a turn, {name}", cost * 1e6, "µs", bare * 1e6 / target),
    )


def best(command: Sequence[str], path: str, more: Sequence[str] = (), warm: float = 1.0) -> Load:
    """The run of several in which a turn took least: what else the machine does can only add to it."""
    return min((loaded(command, path, more=more, warm=warm) for _ in range(_ROUNDS)), key=lambda load: load.cost)


def loaded(command: Sequence[str], path: str, rate: float = 0.0, more: Sequence[str] = (), warm: float = 1.0) -> Load:
    """What the server of a command does under load, after so many seconds to get warm; `more` are options of the load.

    Raises:
        RuntimeError: an answer was wrong.
    """
    with server(command) as (pid, port):
        _client(port, path, warm, rate, more)
        before = _processor_seconds(pid)
        seen = _client(port, path, SECONDS, rate, more)
        cost = (_processor_seconds(pid) - before) / seen["turns"]
    return Load(cost, seen["turns"] / SECONDS, seen["p50"], seen["p99"])


def _used_by_redis(url: str) -> float:
    """Seconds of processor time."""
    with Redis.from_url(url) as client:
        info = client.info("cpu")
        return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


@contextmanager
def redis() -> Iterator[str]:
    """A Redis of its own; its URL."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder), always=False)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def server(command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """A server in a process of its own; its process and port."""
    port = _free_port()
    environment = {**os.environ, "IVR_SECRET": SECRET}
    words = [part.format(port=port) for part in command]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, env=environment)
    try:
        _wait_for(port, process)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError((process.stderr.read() if process.stderr else b"").decode())
        try:
            urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
        except HTTPError:
            return  # whatever it says, it answers
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def _client(port: int, path: str, seconds: float, rate: float, more: Sequence[str]) -> dict[str, float]:
    words = [str(port), path, str(seconds), "--rate", str(rate), "--secret", SECRET, *more]
    command = [sys.executable, "-m", "tests.benchmarks.load", *words]
    seen: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # The bare handler gives the same document for ever, so its calls end nowhere.
    if seen["wrong"] and path != "/voice":
        raise RuntimeError(f"wrong answers: {seen['wrong']}")
    return seen


def _processor_seconds(pid: int) -> float:
    """Of a process and of its children that run."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return (int(fields[11]) + int(fields[12])) / _TICKS + sum(_processor_seconds(int(child)) for child in children)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
