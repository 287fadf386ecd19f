"""Machines behind nginx and HAProxy, set up as the operations page says."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from flowengine.carriers.signature import sign
from tests.deployment.proxy import PROXIES, certificate, free_port, proxy
from tests.redis_server import RedisServer
from tests.reliability.load import load
from tests.reliability.processes import Serving, serving
from tests.server.stage import write_project

pytestmark = pytest.mark.slow

SECRET = "whsec-of-the-tests"


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", always=False)
    server.start()
    yield server.url
    server.stop()


@asynccontextmanager
async def machine(root: Path, port: int, store: str, public: str) -> AsyncIterator[Serving]:
    words = ("--store", store, "--public-url", public, "--drain", "1.5")
    async with serving(root, *words, port=port) as server:
        yield server


@pytest.mark.parametrize("name", PROXIES)
async def test_machines_come_and_go_and_no_webhook_fails(name: str, tmp_path: Path, redis_url: str) -> None:
    root, ports = write_project(tmp_path / "project"), (free_port(), free_port())
    trust, front = certificate(tmp_path), free_port()
    public = f"https://localhost:{front}"
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(machine(root, ports[0], redis_url, public))
        second = await stack.enter_async_context(machine(root, ports[1], redis_url, public))
        await stack.enter_async_context(proxy(name, tmp_path, front, ports))
        async with load(public, 50, trust) as traffic:
            await asyncio.sleep(0.5)
            first.process.kill()
            await asyncio.sleep(1)
            third = await stack.enter_async_context(machine(root, ports[0], redis_url, public))
            await asyncio.sleep(3)  # both proxies have seen by now that it is back
            second.process.send_signal(signal.SIGTERM)
            assert await second.ended() == 0
            await asyncio.sleep(0.5)
        assert [each.faults() for each in (first, second, third)] == [[], [], []]
    assert traffic.failed == []
    assert traffic.answered > 200


@pytest.mark.parametrize("name", PROXIES)
async def test_only_webhooks_come_through_and_signatures_hold(name: str, tmp_path: Path, redis_url: str) -> None:
    root, ports = write_project(tmp_path / "project"), (free_port(), free_port())
    with (root / "flowengine.toml").open("a") as config:
        config.write(f'\n[carriers.telefonie]\napi_key = "k"\nwebhook_secret = "{SECRET}"\n')
    trust, front = certificate(tmp_path), free_port()
    public = f"https://localhost:{front}"
    async with (
        machine(root, ports[0], redis_url, public),
        proxy(name, tmp_path, front, ports),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as client,
    ):
        for path in ("/health", "/health/ready", "/metrics", "/", "/console", "//health", "/telefonie/../health"):
            async with client.get(public + path) as answer:
                assert answer.status in (400, 403, 404), path
        body = b"call_id=CA%2B1&from=%2B15557650001&to=%2B15551230000&direction=inbound&status=ringing"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert await _post(client, public, body, headers) == 403
        signed = {**headers, "X-Signature": sign(SECRET, int(time.time()), body)}
        assert await _post(client, public, body, signed) == 200
        long = {**headers, "X-Signature": sign(SECRET, int(time.time()), b"x" * 100_000)}
        assert await _post(client, public, b"x" * 100_000, long) == 413


async def _post(client: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> int:
    async with client.post(f"{url}/telefonie/voice", data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def test_a_machine_alone_speaks_no_other_tls(tmp_path: Path) -> None:
    """The certificate of the tests is really looked at: a client that does not trust it is not served."""
    certificate(tmp_path)
    front = free_port()
    async with proxy("nginx", tmp_path, front, (free_port(), free_port())), aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.get(f"https://localhost:{front}/health")
