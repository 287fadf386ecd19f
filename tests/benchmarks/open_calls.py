"""What an open call takes: bytes of SQLite's file, of Redis, and of the process with the memory store.

`python -m tests.benchmarks.open_calls STORE CALLS` opens so many calls in a server of its own, takes each to the second
question, and prints what one of them takes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from redis import Redis

from flowengine.carriers.contract import Carrier, Message
from flowengine.server.serving import Server, Setup, serve
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import FIELDS
from tests.benchmarks.turns import redis

IVR = Path(__file__).parent / "ivr"
IN_MEMORY, ON_DISK = 100_000, 5_000
_AT = 1_790_000_000.0
_RECORD = "length(session) + length(memo) + length(rest)"
_FIRST = 1_000
"""Calls that are open before the first look: what the process takes once is not a call's."""


def measure() -> list[Figure]:
    """Each store in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        grown = _taken(str(file), ON_DISK)
        with closing(sqlite3.connect(file)) as database:
            (record,) = database.execute(f"SELECT avg({_RECORD}) FROM calls").fetchone()
    with redis() as url:
        in_redis = _taken(url, ON_DISK)
    return [
        Figure("the record of an open call, in SQLite", record, "bytes", 1024),
        Figure("what SQLite's file grows for it, with two turns of journal and answers", grown, "bytes"),
        Figure("the memory of Redis for it, with the same", in_redis, "bytes"),
        Figure(f"an open call in the process, of {IN_MEMORY:,}", _taken("memory", IN_MEMORY), "bytes", 2048),
    ]


def _taken(store: str, calls: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.open_calls", store, str(calls)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, timeout=240).stdout)


async def taken(store: str, calls: int) -> float:
    """The bytes that one of so many open calls takes, of the file or of the process."""
    setup = Setup(IVR, port=0, store=store, carriers={"telefonie": {}}, clock=lambda: _AT)
    async with serve(setup) as server:
        carrier = server.engine.carriers["telefonie"]
        for number in range(_FIRST):
            await _open(server, carrier, f"CAfirst{number:012}")
        before = _size(store)
        for number in range(calls):
            await _open(server, carrier, f"CA{number:017}")
        return (_size(store) - before) / calls


async def _open(server: Server, carrier: Carrier, call: str) -> None:
    fields = {"call_id": call, **FIELDS}
    reply = await server.engine.handle(carrier, Message(("voice",), fields, _AT))
    action = re.search(r'action="[^"]*/telefonie/([^"]+)"', str(reply.body))
    assert action is not None, reply
    path, _, query = action[1].replace("&amp;", "&").partition("?")
    more = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
    message = Message(tuple(path.split("/")), {**fields, **more, "digits": "2"}, _AT)
    assert "six digit account number" in str((await server.engine.handle(carrier, message)).body)


def _size(store: str) -> int:
    """The bytes of Redis' data, of the store's files, or of this process that are in memory."""
    if "://" in store:
        with Redis.from_url(store) as client:
            return int(client.info("memory")["used_memory"])
    if store != "memory":
        return sum(part.stat().st_size for part in Path(store).parent.iterdir() if not part.name.endswith("-shm"))
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(asyncio.run(taken(sys.argv[1], int(sys.argv[2]))))
