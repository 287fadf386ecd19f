"""Carriers' side of many calls: a steady stream of webhooks, each answer looked at."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.server.stage import Caller, said

MENU = "For a number, press 1. To leave a message, press 2. To end, press 3."


class Load:
    """Calls that go round in the menu of the stage's flow. What comes of them is counted."""

    def __init__(self, client: aiohttp.ClientSession, url: str, rate: float) -> None:
        self.client = client
        self.url = url
        self.rate = rate
        self.answered = 0
        self.patience = 0
        self.failed: list[str] = []
        self.latencies: list[float] = []
        self._calls = 0
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Send webhooks at the rate until told to stop: as many calls side by side as the rate asks for."""
        lanes = max(1, int(self.rate / 10))
        await asyncio.gather(*(self._lane(lane, self.rate / lanes) for lane in range(lanes)))

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()

    async def _lane(self, lane: int, rate: float) -> None:
        caller, step, turn = Caller(self.client, self.url), 0, 0
        began = time.monotonic()
        while not self._stop.is_set():
            if step == 0:
                self._calls += 1
                caller = Caller(self.client, self.url, f"CL{lane}-{self._calls}")
            document = await self._webhook(caller, step)
            if document is None:
                step = 0
            elif "<Say" in document:
                step = (step + 1) % 6
            else:
                self.patience += 1
            turn += 1
            await asyncio.sleep(max(0.0, began + turn / rate - time.monotonic()))

    async def _webhook(self, caller: Caller, step: int) -> str | None:
        fields = {} if step == 0 else {"digits": ("", "1", "1234", "", "9", "3")[step]}
        path = "/telefonie/voice" if step == 0 and not caller.document else caller.action
        if step == 0:
            fields = {"status": "ringing"}
        before = time.perf_counter()
        try:
            async with asyncio.timeout(10):
                status, document = await caller.ask(path, fields)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.failed.append(f"{type(error).__name__}: {error}")
            return None
        self.latencies.append(time.perf_counter() - before)
        if status != 200:
            self.failed.append(f"status {status}")
            return None
        self.answered += 1
        caller.document = document
        return document

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers stayed below, in seconds."""
        found = sorted(self.latencies)
        return found[min(len(found) - 1, int(share * len(found)))]


@asynccontextmanager
async def load(url: str, rate: float, trust: ssl.SSLContext | bool = True) -> AsyncIterator[Load]:
    """A load under way while the block runs; afterwards its counts are whole. `trust` is for https."""
    connector = aiohttp.TCPConnector(limit=0, ssl=trust)
    async with aiohttp.ClientSession(connector=connector) as client:
        made = Load(client, url, rate)
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            made.stop()
            await task


async def open_calls(client: aiohttp.ClientSession, url: str, count: int, at_once: int = 50) -> list[Caller]:
    """So many calls, each standing where it is asked for its PIN."""
    gate = asyncio.Semaphore(at_once)

    async def begin(number: int) -> Caller:
        async with gate:
            caller = Caller(client, url, f"CO{number}")
            await caller.begin()
            assert said(await caller.go_on(digits="1")) == ["Your PIN, please."]
            return caller

    return list(await asyncio.gather(*(begin(number) for number in range(count))))


def others(url: str, rate: float, end: Path) -> tuple[int, list[str], float]:
    """Other calls until a file is there, for a process of their own so that nothing but the server holds them up: how
    many webhooks were answered, which failed, and the 99th percentile of their answers in seconds."""

    def wait() -> None:
        while not end.exists():
            time.sleep(0.05)

    async def run() -> tuple[int, list[str], float]:
        async with load(url, rate) as traffic:
            await asyncio.to_thread(wait)
        return traffic.answered, traffic.failed, traffic.percentile(0.99)

    return asyncio.run(run())
