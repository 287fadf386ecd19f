"""In `flowengine dev`, a flow's text goes through the embedded SMS API, which tells what became of it."""

import asyncio
import json
from pathlib import Path

import aiohttp

from tests.server.stage import write_project
from tests.server.test_processes import command

_SECONDS = 30.0
_TEXTS = """
flow main

start:
    sms call.from "Your ticket is 4711.":
        on failed -> lost
    say "It is on its way."
    hangup

lost:
    say "It is lost."
    hangup
"""


async def test_a_flow_sends_a_text(tmp_path: Path) -> None:
    root = write_project(tmp_path, main=_TEXTS)
    async with (
        command("dev", str(root), "--port", "0", "--quick", "--store", str(root / "state.db")) as process,
        aiohttp.ClientSession() as client,
    ):
        assert process.stdout is not None
        async with asyncio.timeout(_SECONDS):
            url = (await process.stdout.readline()).decode().split()[3].rstrip(",")
            body = {"from": "+15557650001", "to": "+15551230000"}
            async with client.post(f"{url}/carrier/sandbox/calls", json=body) as response:
                assert response.status == 201
            heard = ""
            while "It is " not in heard:
                heard = (await process.stdout.readline()).decode()
            assert "It is on its way." in heard
            messages = []
            while not messages:
                await asyncio.sleep(0.05)
                async with client.get(f"{url}/carrier/sandbox/phones/+15557650001/messages") as response:
                    messages = (await response.json())["messages"]
            assert messages == [{"from": "+15551230000", "text": "Your ticket is 4711."}]
            headers = {"X-API-Key": "sandbox"}
            async with client.get(f"{url}/carrier/v1/sms/messages", headers=headers) as response:
                [listed] = (await response.json())["messages"]
            assert listed["body"] == "Your ticket is 4711."
            words = ("messages", "list", "--told", "--carrier", "telefonie", "--json")
            told: list[dict[str, str]] = []
            while not told or told[0]["status"] != "delivered":
                async with command(*words, "--project", str(root), "--store", str(root / "state.db")) as asking:
                    shown, _ = await asking.communicate()
                told = json.loads(shown) if shown else []
            assert [(each["id"], each["to"]) for each in told] == [(listed["id"], "+15557650001")]
