"""A project changes under calls, at different times on different machines: each call ends on its own version."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.redis_server import RedisServer
from tests.reliability.processes import serving
from tests.reliability.size import size
from tests.server.stage import Caller, said, write_project

pytestmark = pytest.mark.slow

RENAMED = """
flow main:
    on failed -> over

begin:
    menu:
        say "Second version. Press 1."
        when 1 -> over

over:
    say "The end of the second version."
    hangup
"""
GONE = """
flow other

start:
    say "The flow of the calls is not there any more."
    hangup
"""


def _move(caller: Caller, url: str) -> None:
    """From here on another machine takes its webhooks."""
    caller.document = caller.document.replace(caller.url, url)
    caller.url = url


async def test_steps_and_flows_that_are_gone(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    count = size(15, 200)
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis", always=False)
    redis.start()
    first = write_project(tmp_path / "one" / "project")
    second = write_project(tmp_path / "two" / "project", main=RENAMED)
    third = write_project(tmp_path / "three" / "project", other=GONE)
    (third / "flows" / "main.flow").unlink()
    config = third / "flowengine.toml"
    config.write_text(config.read_text().replace('"main"', '"other"'))
    try:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(aiohttp.ClientSession())
            two = await stack.enter_async_context(serving(second, "--store", redis.url))
            async with serving(first, "--store", redis.url) as one:
                callers = [Caller(client, one.url, f"CA{number}") for number in range(count)]
                for caller in callers:
                    await caller.begin()
                    _move(caller, two.url)
            # The machine where they began is gone, its project with it: they go on where the step has another name.
            for caller in callers:
                assert said(await caller.go_on(digits="1")) == ["Your PIN, please."]
            fresh = Caller(client, two.url, "CB1")
            assert said(await fresh.begin()) == ["Second version. Press 1."]
            three = await stack.enter_async_context(serving(third, "--store", redis.url))
            for caller in (*callers, fresh):
                _move(caller, three.url)
            # And where the flow is not there at all.
            for caller in callers:
                assert said(await caller.go_on(digits="1234"))[0] == "Thank you."
                assert said(await caller.go_on(digits="3")) == ["Goodbye."]
            assert said(await fresh.go_on(digits="1")) == ["The end of the second version."]
            last = Caller(client, three.url, "CC1")
            assert said(await last.begin()) == ["The flow of the calls is not there any more."]
            assert two.faults() == three.faults() == []
    finally:
        await asyncio.to_thread(redis.stop)
    record_property("figure", f"{count} calls over 3 machines with 3 versions, one after the other: each on its own")
