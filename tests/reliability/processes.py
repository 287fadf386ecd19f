"""Servers as processes: started, looked at through their logs, and ended one by one."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

SECONDS = 120.0
"""The longest that anything is waited for: a process may take many seconds to start where others do, too."""


class Serving:
    """`flowengine serve` under way; its log goes to a file."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self.log = log
        self.url = ""

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The lines of the log so far, those of one event if it is named."""
        lines = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [line for line in lines if not name or line["event"] == name]

    @property
    def workers(self) -> list[int]:
        """Process ids of all workers that were started."""
        return [line["worker"] for line in self.events("worker started")]

    def faults(self) -> list[str]:
        """Lines that no test should cause."""
        text = self.log.read_text("utf-8")
        return [line for line in text.splitlines() if "Traceback" in line or "a fault in" in line]

    async def until(self, name: str, count: int = 1) -> None:
        """Wait for so many events."""
        deadline = time.monotonic() + SECONDS
        while len(self.events(name)) < count:
            waits = time.monotonic() < deadline and self.process.returncode is None
            assert waits, self.log.read_text("utf-8")[-2000:]
            await asyncio.sleep(0.02)

    async def ended(self) -> int:
        """Wait for its end; the exit status."""
        return await asyncio.wait_for(self.process.wait(), SECONDS)


@asynccontextmanager
async def serving(
    root: Path, *words: str, port: int = 0, workers: int = 1, piped: bool = False
) -> AsyncIterator[Serving]:
    """Serve a project until the block is left. `piped`: the log comes through a pipe, so that the server itself writes
    no other files than its store's."""
    number = 1
    while (log := root.parent / f"serve-{number}.log").exists():
        number += 1
    command = ["serve", str(root), "--port", str(port), "--workers", str(workers), "--insecure", *words]
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "flowengine",
            *command,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE if piped else errors,
        )
    copying = asyncio.create_task(_copy(process.stderr, log))
    served = Serving(process, log)
    try:
        await served.until("serving", workers)
        if workers > 1:
            await served.until("worker started", workers)
        served.url = served.events("serving")[0]["url"]
        yield served
    finally:
        if process.returncode is None:
            process.terminate()
            await served.ended()
        await copying


async def _copy(stream: StreamReader | None, log: Path) -> None:
    while stream is not None and (line := await stream.readline()):
        with log.open("ab") as file:
            file.write(line)
