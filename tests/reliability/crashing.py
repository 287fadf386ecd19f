"""A server in a process of its own that kills itself at one point of the way from a webhook to its answer.

Points are: each call of the store before and after, each statement that SQLite begins, each answer before it leaves,
and each text and event before and after it is sent. They are counted; at the chosen one the process is gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flowengine.carriers.contract import Carrier, Request
from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts
from flowengine.runtime.limits import Limits
from flowengine.runtime.outside import Answer
from flowengine.runtime.store import SqliteStore, Store
from flowengine.server.serving import Setup, serve


class Points:
    """Counts them; `deadly` is the one that kills, 0 for none."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.passed = 0

    def reach(self, _what: object = None) -> None:
        """One more."""
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A store each of whose methods passes a point before and after."""

    def __init__(self, store: Store, points: Points) -> None:
        self._store = store
        self._points = points

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def watched(*arguments: Any) -> Any:
            # What is looked at once a second, whether or not a webhook comes, would make points that are not the same
            # in each run.
            if name in ("due", "take_outgoing", "forget", "ping"):
                return await method(*arguments)
            self._points.reach()
            result = await method(*arguments)
            self._points.reach()
            return result

        return watched


class Recorder:
    """The world: what is sent is a line of a file."""

    def __init__(self, sent: Path, points: Points) -> None:
        self._sent = sent
        self._points = points

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        self._write("fetch")
        return Answer(200, {"name": "Ada"})

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        self._write(f"text {text}")

    async def event(self, key: str, body: dict[str, Any]) -> None:
        self._write(f"event {key}")

    async def tell(self, carrier: Carrier, request: Request) -> None:
        self._write("tell")

    def _write(self, line: str) -> None:
        self._points.reach()
        with self._sent.open("a") as file:
            file.write(line + "\n")
        self._points.reach()


def run(root: Path, state: Path, sent: Path, deadly: int, pipe: Connection) -> None:
    """Serve until told to stop through `pipe`, or until the deadly point; first says its port, last the points."""
    points = Points(deadly)

    def watch(store: Store) -> Store:
        assert isinstance(store, SqliteStore)
        store.trace(lambda statement: points.reach() if not _is_sweep(statement) else None)
        return Watched(store, points)

    setup = Setup(
        root,
        port=0,
        store=state,
        wrap=watch,
        outside=Recorder(sent, points),
        limits=Limits(sweep=0.05, text=0.1, lease=0.2),
    )
    asyncio.run(_serve(setup, pipe, points))


def _is_sweep(statement: str) -> bool:
    sweep: Callable[[str], bool] = statement.__contains__
    return any(map(sweep, ("due", "outgoing", "BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"))) and not (
        "INSERT" in statement or "UPDATE calls" in statement
    )


async def _serve(setup: Setup, pipe: Connection, points: Points) -> None:
    async with serve(setup) as server:
        server.engine.overhear(lambda *_: points.reach())
        pipe.send(server.url)
        await asyncio.to_thread(pipe.recv)
        await asyncio.sleep(0.5)  # what is to leave has time to, though another had it
    pipe.send(points.passed)
