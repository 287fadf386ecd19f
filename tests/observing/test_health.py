"""What load balancers and probes are told."""

from __future__ import annotations

from pathlib import Path

from flowengine.runtime.store import StoreError
from tests.observing.stage import watched_project
from tests.server.stage import Caller, running


async def _asked(caller: Caller, path: str) -> tuple[int, object]:
    async with caller.client.get(caller.url + path) as response:
        return response.status, await response.json()


async def test_a_server_that_is_well_and_one_that_ends(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        program = server.projects.program
        assert program is not None
        for path in ("/ready", "/health/ready"):
            assert await _asked(caller, path) == (200, {"ready": True})
        assert await _asked(caller, "/health") == (200, {"status": "ok", "ready": True, "version": program.version})
        server.engine.draining = True
        for path in ("/ready", "/health/ready"):
            assert await _asked(caller, path) == (503, {"ready": False})
        # Still alive: whoever is restarted now would lose what is under way.
        assert await _asked(caller, "/live") == (200, {"live": True})
        assert (await _asked(caller, "/health"))[1] == {
            "status": "draining",
            "ready": False,
            "version": program.version,
        }


async def test_without_its_store_it_is_degraded_and_takes_calls_all_the_same(tmp_path: Path) -> None:
    async with running(watched_project(tmp_path)) as (server, caller):
        server.engine.health.failed(StoreError("away"))
        status, told = await _asked(caller, "/health")
        assert (status, isinstance(told, dict) and told["status"]) == (200, "degraded")
        assert (await _asked(caller, "/ready"))[0] == 200
