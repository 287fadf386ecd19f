"""Many requests of flows to servers of the worst kind at once, while other calls go on."""

import asyncio
import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.reliability.load import others
from tests.reliability.processes import serving
from tests.reliability.size import size, within
from tests.reliability.upstream import KINDS
from tests.server.stage import Caller, said, write_project

pytestmark = pytest.mark.slow

TIMEOUT = 5
BEGUN = 250
"""Calls a second: what is measured are their requests, not the burst in which they would come."""
FLOW = """
flow ask(kind="slow"):
    on failed -> later

start:
    fetch order "http://127.0.0.1:PORT/{{ kind }}" timeout=5s
    say "Your order is {{ order }}."
    hangup

later:
    say "We look it up later."
    hangup
"""
RATE = size(40, 50)


@pytest.fixture
def port() -> Iterator[str]:
    words = [sys.executable, "-m", "tests.reliability.upstream"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        assert server.stdin is not None
        server.stdin.close()


async def test_a_thousand_bad_servers_at_once(
    tmp_path: Path, port: str, record_property: Callable[[str, object], None]
) -> None:
    count = size(200, 1000)
    root = write_project(tmp_path / "project", ask=FLOW.replace("PORT", port))
    heard: Counter[str] = Counter()
    slowest = 0.0

    async def one(client: aiohttp.ClientSession, url: str, number: int) -> None:
        nonlocal slowest
        await asyncio.sleep(number / BEGUN)
        caller = Caller(client, url, f"CF{number}")
        query = urlencode({"arguments": json.dumps({"kind": KINDS[number % len(KINDS)]})})
        began = time.monotonic()
        path, status = f"/telefonie/voice/ask?{query}", "ringing"
        while True:
            code, caller.document = await caller.ask(path, {"status": status})
            assert code == 200
            if said(caller.document):
                break
            path, status = caller.action, "in-progress"
        slowest = max(slowest, time.monotonic() - began)
        heard["".join(said(caller.document))] += 1

    with ProcessPoolExecutor(1, multiprocessing.get_context("forkserver")) as pool:
        async with (
            serving(root, "--store", f"sqlite:{tmp_path / 'calls.db'}") as server,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        ):
            traffic = asyncio.get_running_loop().run_in_executor(pool, others, server.url, RATE, tmp_path / "end")
            await asyncio.sleep(1)
            await asyncio.gather(*(one(client, server.url, number) for number in range(count)))
            (tmp_path / "end").touch()
            webhooks, failed, late = await traffic
            assert server.faults() == []
    assert heard == {"We look it up later.": count}
    assert slowest < within(TIMEOUT + 2)
    assert failed == []
    assert late < within(0.2)
    record_property(
        "figure",
        f"{count} begun in {count / BEGUN:.0f} s: all `failed`, the slowest after {slowest:.1f} s;"
        f" {webhooks} webhooks of other calls, p99 {late * 1000:.0f} ms",
    )
