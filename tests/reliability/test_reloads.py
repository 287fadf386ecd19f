"""A project is saved again and again while calls go on: each ends on the version that it began with."""

import asyncio
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.reliability.processes import Serving, serving
from tests.reliability.size import IS_FULL, size
from tests.server.stage import Caller, write_project

pytestmark = pytest.mark.slow

FLOW = """
flow main:
    on failed -> bye

start:
    say "This is version {number}."
    menu:
        say "Version {number}: to go on, press 1."
        when 1 -> bye

bye:
    say "Goodbye from version {number}."
    hangup
"""
RELOADS = size(25, 1000)
CALLS_A_SECOND = size(30, 200)
_VERSION = re.compile(r"ersion (\d+)")


def save(root: Path, number: int) -> None:
    """Save the flow as editors do: beside it, then in its place."""
    beside = root / "flows" / ".main.flow.new"
    beside.write_text(FLOW.format(number=number))
    beside.replace(root / "flows" / "main.flow")


def resident(server: Serving) -> float:
    """Megabytes of the server that are in memory."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


class Calls:
    """Calls at a rate, each of which is heard from beginning to end."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self.client = client
        self.url = url
        self.ended = 0
        self.wrong: list[str] = []
        self.versions: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Begin calls until cancelled."""
        began, number = time.monotonic(), 0
        while True:
            number += 1
            task = asyncio.create_task(self._one(number))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(max(0.0, began + number / CALLS_A_SECOND - time.monotonic()))

    async def finish(self) -> None:
        """Let those that have begun come to their end."""
        await asyncio.gather(*self._tasks)

    async def _one(self, number: int) -> None:
        caller = Caller(self.client, self.url, f"CV{number}")
        try:
            heard = await caller.begin()
            await asyncio.sleep(0.5)  # a save comes in between
            heard += await caller.go_on(digits="1")
        except (AssertionError, aiohttp.ClientError, TimeoutError) as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            return
        versions = set(_VERSION.findall(heard))
        if len(versions) != 1 or "Goodbye" not in heard:
            self.wrong.append(heard)
        self.versions |= versions
        self.ended += 1


async def test_saves_while_calls_go_on(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    root = write_project(tmp_path / "project")
    save(root, 0)
    async with (
        serving(root, "--store", str(tmp_path / "calls.db"), "--reload") as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
    ):

        async def version() -> str:
            async with client.get(f"{server.url}/health") as response:
                return str((await response.json())["version"])

        calls = Calls(client, server.url)
        running = asyncio.create_task(calls.run())
        slowest = warm = 0.0
        for number in range(1, RELOADS + 1):
            before, saved = await version(), time.monotonic()
            save(root, number)
            while await version() == before:
                await asyncio.sleep(0.02)
                assert time.monotonic() - saved < 20
            slowest = max(slowest, time.monotonic() - saved)
            await asyncio.sleep(1.5 / CALLS_A_SECOND)  # so that most versions have a call
            if number == RELOADS // 4:
                warm = resident(server)
        running.cancel()
        await calls.finish()
        grown = resident(server) - warm
        assert server.faults() == []
    assert calls.wrong == []
    assert len(calls.versions) > RELOADS // 2
    # What is forgotten only after hours, the calls themselves, lies on the disk.
    assert not IS_FULL or grown < 0.1 * warm
    record_property(
        "figure",
        f"{RELOADS} reloads at {CALLS_A_SECOND} calls/s: {calls.ended} calls, none failed, each on its version;"
        f" live after {slowest:.1f} s at most; memory {warm:.0f} MB, then {grown:+.0f} MB",
    )
