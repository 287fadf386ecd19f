"""Calls whose hang-up never comes are ended by their time limit: once, however many machines look."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from flowengine.carriers.contract import Carrier, Request
from flowengine.core.commands import Fetch
from flowengine.core.events import TimeUp
from flowengine.core.policy import Hosts
from flowengine.runtime.outside import Answer
from flowengine.server.serving import Setup, serve
from tests.reliability.load import open_calls
from tests.reliability.size import size, within
from tests.server.stage import write_project

pytestmark = pytest.mark.slow

LENGTH = 4 * 3600
MACHINES = 2


class Told:
    """The world of these calls: counts what carriers are asked to do about each."""

    def __init__(self) -> None:
        self.about: Counter[str] = Counter()

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        return Answer(error="nobody is there")

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        """Nobody reads."""

    async def event(self, key: str, body: dict[str, Any]) -> None:
        """Nobody listens."""

    async def tell(self, carrier: Carrier, request: Request) -> None:
        self.about[request.path.rpartition("/")[2]] += 1


async def test_calls_without_an_end_are_ended_once(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    count = size(600, 10_000)
    root = write_project(tmp_path / "project")
    late = 0.0
    told = Told()
    setup = Setup(root, port=0, store=tmp_path / "calls.db", outside=told, clock=lambda: time.time() + late)
    async with serve(setup) as server, serve(setup), aiohttp.ClientSession() as client:
        store = server.engine.store
        await open_calls(client, server.url, count)
        assert await store.open_calls() == count
        late = LENGTH + 1
        began = time.monotonic()
        while await store.open_calls():
            await asyncio.sleep(0.1)
            assert time.monotonic() - began < within(60)
        seconds = time.monotonic() - began
        await asyncio.sleep(2)  # nobody comes again for one that is over
        for number in range(count):
            turns = await store.journal(f"CO{number}")
            assert [isinstance(turn.event, TimeUp) for turn in turns].count(True) == 1, turns
    assert set(told.about.values()) == {1}
    assert len(told.about) == count
    record_property(
        "figure", f"{count} calls, {MACHINES} machines: each ended once, all {seconds:.1f} s after their time"
    )
