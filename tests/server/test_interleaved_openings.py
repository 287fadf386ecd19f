"""An opening whose first turn must not happen twice, at two workers, step by step in orders drawn by lot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flowengine.core.events import Fetched
from flowengine.runtime.projects import Projects
from tests.reliability.test_interleavings import Gate, Stage
from tests.server.stage import write_project

SCHEDULES = 15
FLOW = """
flow main:
    on failed -> bye
    on hangup:
        log "gone"

start:
    fetch order "https://crm.example/orders" method="POST"
    fetch bill "https://crm.example/bills" method="POST"
    say "Thank you."
    menu:
        say "To end, press 1."
        when 1 -> bye

bye:
    say "Goodbye."
    hangup
"""


@pytest.mark.parametrize("leaves", [False, True], ids=["the caller stays", "the caller leaves"])
async def test_three_openings_make_one_order(tmp_path: Path, leaves: bool) -> None:
    root = write_project(tmp_path, main=FLOW)
    config = root / "flowengine.toml"
    config.write_text(config.read_text().replace("127.0.0.1", "crm.example"))
    projects = Projects(root)
    await projects.load()
    for seed in range(SCHEDULES):
        stage = Stage(projects, Gate(seed))
        webhooks = [(machine, "/telefonie/voice", {"status": "ringing"}) for machine in (0, 1, 1)]
        if leaves:
            webhooks.append((seed % 2, "/telefonie/status", {"status": "completed"}))
        await stage.at_once(*webhooks)
        for _ in range(100):
            record = await stage.store.load("CA1")
            assert record is not None
            if record.session.waiting_for != "fetch":
                break
            await stage.at_once((seed % 2, "/telefonie/voice", {"status": "ringing"}))
            await asyncio.sleep(0.01)
        turns = await stage.store.journal("CA1")
        told = [turn.event.error for turn in turns if isinstance(turn.event, Fetched)]
        assert (stage.world.asked, told) == (2, [None, None]), f"seed {seed}"
        assert [turn.turn for turn in turns] == list(range(1, len(turns) + 1)), f"seed {seed}"
        await stage.close()
