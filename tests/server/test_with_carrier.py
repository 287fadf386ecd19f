"""The server and the embedded carrier together: what only the two of them show."""

from pathlib import Path

import aiohttp

from flowengine.carriers.telefonie.rest import update_call
from flowengine.runtime.http.rest import RestClient
from flowengine.sandbox import NumberConfig, Sandbox, SandboxConfig, VirtualClock
from tests.server.stage import running, write_project
from tests.server.test_calls import OTHER


async def test_a_running_call_is_redirected_over_the_api(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with running(write_project(tmp_path, other=OTHER)) as (server, _):
        number = NumberConfig(
            voice_url=f"{server.url}/telefonie/voice", status_callback=f"{server.url}/telefonie/status"
        )
        config = SandboxConfig(pace=0, numbers={"+15551230000": number})
        async with Sandbox(config, clock) as sandbox, aiohttp.ClientSession() as session:
            phone = sandbox.network.place_call("+15557650001", "+15551230000")
            await clock.settle()
            client = RestClient(session, f"{sandbox.url}/v1/voice", {"X-API-Key": "sandbox"})
            await client.run(update_call(phone.leg.id, url=f"{server.url}/telefonie/voice/other"))
            await clock.settle()
            phone.press("7")
            await clock.settle()
            assert [piece.text for piece in phone.heard][-3:] == ["Another flow.", "Key?", "7"]
            assert phone.state == "completed"


async def test_the_fallback_gives_the_present_document(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (_, caller):
        document = await caller.begin()
        assert await caller.ask("/telefonie/fallback", {"error_url": "x"}) == (200, document)
