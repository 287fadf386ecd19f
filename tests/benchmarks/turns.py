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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import MappingProxyType
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from redis import Redis

from tests.benchmarks.figures import Figure
from tests.compiled.wheel import compiled, using
from tests.redis_server import RedisServer

IVR = Path(__file__).parent / "ivr"
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
SECRET = "a secret of the benchmark"
BARE = (sys.executable, "-m", "tests.benchmarks.bare", "{port}")
_ROUNDS = 5
_SLICES = 3
_SLICE = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load: turns a second, and the time that all but a hundredth of them took, in seconds."""

    rate: float
    p99: float


def serve(store: str, *more: str) -> tuple[str, ...]:
    """The command that serves the IVR of the benchmark, with `{port}` to be filled in."""
    words = ("serve", str(IVR), "--port", "{port}", "--store", store, "--log-level", "warning")
    return (sys.executable, "-m", "flowengine", *words, *more)


@dataclass(frozen=True, slots=True)
class Contender:
    """A server and its load. `target` is for its ratio to the bare handler; `more` are options of the load, `warm` the
    seconds until the server is at work as it will be, `environment` is what it has besides ours."""

    command: Sequence[str]
    target: float | None = None
    path: str = "/telefonie/voice"
    more: Sequence[str] = ()
    warm: float = 1.0
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """The processor time of a turn in seconds: the bare handler's, and that of a server beside it. `by_clock` is the
    number of its turns in the same time, to that of the bare handler."""

    bare: float
    turn: float
    by_clock: float

    @property
    def ratio(self) -> float:
        """Turns a second of a processor, to those of the bare handler."""
        return self.bare / self.turn


@dataclass(frozen=True, slots=True)
class _Side:
    """One of two servers that are compared."""

    pid: int
    port: int
    path: str
    more: Sequence[str] = ()

    def load(self, seconds: float) -> float:
        """Put it under load; gives the number of turns."""
        return _client(self.port, self.path, seconds, 0.0, self.more)["turns"]

    def spent(self) -> float:
        """Seconds of processor time so far; none while it rests."""
        return _processor_seconds(self.pid)


def measure() -> list[Figure]:
    """The ratios of each store to the bare handler, and how long turns take at half load."""
    with tempfile.TemporaryDirectory() as folder, redis() as url:
        contenders = _contenders(Path(folder), url)
        costs = _measured(contenders)
        used = _used_by_redis(url)
        alone = _loaded(serve(url), "/telefonie/voice", warm=0)
        took = (_used_by_redis(url) - used) / (alone.rate * SECONDS)
    bare = median(cost.bare for cost in costs.values())
    half = 0.5 / max(bare, costs["memory"].turn)
    least = _loaded(BARE, "/voice", half).p99
    ours = _loaded(serve("memory"), "/telefonie/voice", half).p99
    two = 2 * costs["two workers"].ratio / costs["Redis"].ratio
    return [
        Figure("processor time of a turn, bare aiohttp", bare * 1e6, "µs"),
        *(
            figure
            for name, each in contenders.items()
            if each.target
            for figure in _figures(name, costs[name], each.target)
        ),
        Figure("processor time of a turn in Redis itself", took * 1e6, "µs"),
        Figure("turns/s, two workers to one, Redis", two, "", 1.8, at_least=True),
        Figure("p99 at half load, to bare aiohttp", ours / least, "", 3.0),
    ]


def _contenders(folder: Path, redis_url: str) -> dict[str, Contender]:
    """All that is compared, by name: what is served from the checkout, and from the compiled wheel of it."""
    found: dict[str, Contender] = {}
    for way, environment in (("", {}), (", compiled", using(compiled(folder)))):
        servers = {
            "memory": (serve("memory"), 1.0),
            "memory, quick front": (serve("memory", "--front", "quick"), 1.0),
            "SQLite": (serve(str(folder / f"state{way}.db")), 0.7),
            "Redis": (serve(redis_url), 0.5),
        }
        for name, (command, target) in servers.items():
            found[name + way] = Contender(command, target, environment=environment)
    # Twice the connections for twice the workers.
    found["two workers"] = Contender(serve(redis_url, "--workers", "2"), more=("--connections", "128"), warm=3.0)
    return found


def _measured(contenders: Mapping[str, Contender]) -> dict[str, Cost]:
    """What a turn costs each of them, in the run of several that the machine disturbed least.

    The run in the middle would not do: where others slow the machine down, the bare handler loses more than we do.
    """
    runs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(_ROUNDS):
        for name, each in contenders.items():
            runs[name].append(beside_bare(each))
    return {name: min(costs, key=lambda cost: cost.bare * cost.turn) for name, costs in runs.items()}


def beside_bare(contender: Contender) -> Cost:
    """What a turn costs a server. The bare handler is up as well, and each in its turn is under load for a second, some
    times: both have the same machine, as quick or slow as it is just then.

    Raises:
        RuntimeError: an answer was wrong.
    """
    with server(BARE) as bare, server(contender.command, contender.environment) as other:
        sides = (_Side(*bare, "/voice"), _Side(*other, contender.path, contender.more))
        for side in sides:
            side.load(contender.warm)
        before = [side.spent() for side in sides]
        turns = [0.0, 0.0]
        for _ in range(_SLICES):
            for n, side in enumerate(sides):
                turns[n] += side.load(_SLICE)
        bare_cost, cost = (
            (side.spent() - spent) / count for side, spent, count in zip(sides, before, turns, strict=True)
        )
    return Cost(bare_cost, cost, turns[1] / turns[0])


def _figures(name: str, cost: Cost, target: float) -> tuple[Figure, Figure]:
    return (
        Figure(f"turns/s, {name}, to bare aiohttp", cost.ratio, "", target, at_least=True),
        Figure(f"processor time of a turn, {name}", cost.turn * 1e6, "µs", cost.bare * 1e6 / target),
    )


def _loaded(command: Sequence[str], path: str, rate: float = 0.0, warm: float = 1.0) -> Load:
    """What a server does under load, or at this rate of turns a second, after so many seconds to get warm."""
    with server(command) as (_, port):
        _client(port, path, warm, rate)
        seen = _client(port, path, SECONDS, rate)
    return Load(seen["turns"] / SECONDS, seen["p99"])


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
def server(command: Sequence[str], environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[tuple[int, int]]:
    """A server in a process of its own; its process and port."""
    port = _free_port()
    words = [part.format(port=port) for part in command]
    settings = {**os.environ, "IVR_SECRET": SECRET, **environment}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, env=settings)
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


def _client(port: int, path: str, seconds: float, rate: float, more: Sequence[str] = ()) -> dict[str, float]:
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
