"""The VoIPBIN API against its own OpenAPI, with requests that schemathesis makes up."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, status_code_conformance

from flowengine.sandbox import Sandbox, SandboxConfig

OPENAPI = Path(__file__).parents[1] / "data" / "openapi" / "voipbin.json"
KEY = {"accesskey": "vb_sandbox"}

# Logins are beside the API, and have no operation in it; a WebSocket has no request that could be made up.
schema = schemathesis.openapi.from_path(OPENAPI).exclude(path_regex=r"^/(auth/|ws$)")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The carrier in a thread of its own, since schemathesis blocks the one that it runs in."""
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    addresses: list[str] = []

    async def serve() -> None:
        async with Sandbox(SandboxConfig(pace=0, keep=500)) as sandbox:
            addresses.append(f"{sandbox.url}/v1.0")
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(10)
    yield addresses[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


# The lists document no 400, though a page size that is no number is one; a method that a path does not have is a 405.
REFUSALS = {400, 401, 403, 404, 405, 409}


@schema.parametrize()
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_each_operation_is_as_documented(case: schemathesis.Case, server: str) -> None:
    case.query = {**(case.query or {}), **KEY}
    response = case.call_and_validate(
        base_url=server, allow_redirects=False, excluded_checks=[status_code_conformance, ignored_auth]
    )
    documented = {int(status) for status in case.operation.definition.raw["responses"]}
    assert response.status_code in documented | REFUSALS
    if response.status_code >= 400:
        assert set(response.json()["error"]) >= {"status", "reason", "message", "request_id"}
