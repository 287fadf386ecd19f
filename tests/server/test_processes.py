"""The commands as processes: killed between two webhooks, ended by a signal, and everything on one machine."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from flowengine.server.serving import STATE
from tests.server.stage import Caller, said, write_project

_SECONDS = 30.0


@asynccontextmanager
async def command(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command under way; what is left of it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowengine", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _serving(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(_SECONDS):
        while line := await process.stderr.readline():
            event = json.loads(line)
            if event["event"] == "serving":
                return str(event["url"])
    raise AssertionError("it never served")


async def test_killed_between_two_webhooks(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    async with aiohttp.ClientSession() as client:
        async with command("serve", str(root), "--port", "0", "--insecure") as first:
            caller = Caller(client, await _serving(first))
            await caller.begin()
            await caller.go_on(digits="1")
            first.send_signal(signal.SIGKILL)
            await first.wait()
        assert (root / STATE).is_file()
        async with command("serve", str(root), "--port", "0", "--insecure") as second:
            again = Caller(client, await _serving(second))
            again.document = caller.document
            assert said(await again.go_on(digits="1234"))[0] == "Thank you."
            second.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(second.wait(), _SECONDS) == 0


async def test_a_project_with_errors_is_not_served(tmp_path: Path) -> None:
    root = write_project(tmp_path, broken="flow broken\n\nstart:\n    sya 1\n    hangup\n")
    async with command("serve", str(root), "--port", "0", "--insecure") as process:
        _, shown = await asyncio.wait_for(process.communicate(), _SECONDS)
    assert process.returncode == 1
    assert b"flows/broken.flow:4" in shown


async def test_everything_on_one_machine(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    async with command("dev", str(root), "--port", "0", "--quick") as process, aiohttp.ClientSession() as client:
        assert process.stdout is not None
        url, commands = "", []
        async with asyncio.timeout(_SECONDS):
            while line := (await process.stdout.readline()).decode():
                if line.startswith("Flowengine is at "):
                    url = line.split()[3].rstrip(",")
                if line.strip().startswith("-d '"):
                    commands.append(json.loads(line.strip()[4:-1]))
                if line.startswith("Save a flow"):
                    break
        assert len(commands) == 2
        headers = {"X-API-Key": "sandbox"}
        for body in commands:
            async with client.post(f"{url}/v1/voice/calls", json=body, headers=headers) as response:
                assert response.status == 201
        heard = ""
        async with asyncio.timeout(_SECONDS):
            while heard.count("Welcome, you.") < 2:
                heard += (await process.stdout.readline()).decode()
        async with client.get(f"{url}/v1/voice/calls", headers=headers) as response:
            calls = (await response.json())["calls"]
        for call in calls:
            async with client.delete(f"{url}/v1/voice/calls/{call['id']}", headers=headers) as response:
                assert response.status == 204
        async with client.get(f"{url}/v1/voice/calls/{calls[-1]['id']}", headers=headers) as response:
            assert (await response.json())["status"] == "completed"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), _SECONDS) == 0


async def test_a_call_out_from_the_shell(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    async with command("dev", str(root), "--port", "0", "--quick") as process:
        assert process.stdout is not None
        async with asyncio.timeout(_SECONDS):
            url = (await process.stdout.readline()).decode().split()[3].rstrip(",")
        words = ["dial", "+15557650001", "--flow", "main", "--set", "name=Ada", "--project", str(root)]
        configured = f'\n[carriers.telefonie]\napi_key = "sandbox"\nbase_url = "{url}/v1/voice"\n'
        for option, table in (("--dev", ""), ("--public-url", configured)):
            with (root / "flowengine.toml").open("a") as config:
                config.write(table)
            async with command(*words, option, url) as dial:
                shown, _ = await asyncio.wait_for(dial.communicate(), _SECONDS)
            assert dial.returncode == 0
            assert b"+15551230000 -> +15557650001" in shown
            async with asyncio.timeout(_SECONDS):
                while b"Welcome, Ada." not in await process.stdout.readline():
                    pass


async def test_what_keeps_carriers_away_is_told(tmp_path: Path) -> None:
    """Each set-up, and the warnings that follow `serving`: all are written before the first request is answered."""
    root = write_project(tmp_path)
    unverified = "webhooks are not verified: nothing is set as webhook_secret"
    unreachable = "carriers cannot reach this server: set public_url in [project], or --public-url"
    table = '\n[carriers.telefonie]\nwebhook_secret = "s3cret"\n'
    ways = (
        ("", ("--insecure",), [unverified]),
        (table, (), [unreachable]),
        ("", ("--public-url", "https://ivr.example"), []),
    )
    for added, options, told in ways:
        with (root / "flowengine.toml").open("a") as config:
            config.write(added)
        async with command("serve", str(root), "--port", "0", *options) as process:
            await _serving(process)
            process.send_signal(signal.SIGTERM)
            _, rest = await asyncio.wait_for(process.communicate(), _SECONDS)
        lines = [json.loads(line) for line in rest.splitlines() if line.startswith(b"{")]
        assert [line["event"] for line in lines if line["level"] == "warning"] == told
