"""What a caller types in confidence is looked for in every place that a server leaves anything in."""

from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.reliability.processes import serving
from tests.reliability.size import size
from tests.server.stage import Caller, said, write_project

pytestmark = pytest.mark.slow

FLOW = """
flow safe:
    on failed -> bye
    on error -> sorry

start:
    gather pin digits=8 sensitive=true:
        say "Your number, please."
    set longer = pin ~ "-" ~ pin
    emit "typed" data={"same": pin == "0"}
    menu:
        say "For an error press 1, to end press 2."
        when 1 -> broken
        when 2 -> bye

broken:
    set sum = longer + 1
    if sum -> bye
    -> bye

sorry:
    log "an error in {{ call.id }}"
    -> bye

bye:
    say "Goodbye."
    hangup
"""


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_nothing_that_was_typed_in_confidence_is_anywhere(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    count = size(20, 200)
    root = write_project(tmp_path / "project", safe=FLOW)
    state = tmp_path / "calls.db"
    pins = [f"{73_916_428 + 7919 * number}" for number in range(count)]
    seen = b""
    async with (
        serving(root, "--store", str(state), "--log-level", "debug") as server,
        aiohttp.ClientSession() as client,
    ):
        for number, pin in enumerate(pins):
            caller = Caller(client, server.url, f"CA{number}")
            await caller.begin("safe")
            seen += (await caller.go_on(digits=pin)).encode()
            # Half of the calls run into an error that holds the value, the others are left where it is kept.
            if number % 2:
                assert said(await caller.go_on(digits="1")) == ["Goodbye."]
            await caller.ask(f"/telefonie/turn/{caller.call}/nobody/9", {"digits": "1"})
        for path in ("/health", "/metrics"):
            async with client.get(server.url + path) as response:
                seen += await response.read()
        # As it is while the calls go on, and below as it is when they are over.
        seen += _everything(tmp_path)
    seen += _everything(tmp_path)
    assert b"CA1" in seen
    assert b"an error in CA1" in seen
    found = [pin for pin in pins if pin.encode() in seen]
    assert found == []
    record_property(
        "figure",
        f"{count} values, {len(seen) / 1e6:.1f} MB of log at debug level, store, metrics and answers: not once",
    )
