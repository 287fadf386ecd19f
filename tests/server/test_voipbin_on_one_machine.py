"""`flowengine dev` and `dial` over VoIPBIN, as processes."""

import asyncio
from asyncio.subprocess import Process
from pathlib import Path

import aiohttp

from tests.server.test_processes import _SECONDS, command

FLOW = """\
flow main(name="friend"):
    on failed -> bye

start:
    say "Welcome, {{ name }}."
    menu:
        say "Press 1 for the time."
        when 1 -> bye

bye:
    say "Goodbye, {{ call.from }}."
    hangup
"""

CONFIG = """\
[numbers]
"+15551230000" = { flow = "main", carrier = "voipbin" }
"+15551230001" = { flow = "main", carrier = "telefonie" }

[carriers.telefonie]
api_key = "sandbox"

[carriers.voipbin]
accesskey = "vb_sandbox"
queues = { desk = "7cf2a4a5-65b6-4a51-a0d3-5d6b3f2f1c11" }
"""


async def _line(process: Process, *wanted: str) -> str:
    """The next line of output that holds all of these."""
    assert process.stdout is not None
    async with asyncio.timeout(_SECONDS):
        while True:
            line = (await process.stdout.readline()).decode()
            assert line, f"it ended without {wanted}"
            if all(part in line for part in wanted):
                return line


async def test_a_number_of_voipbin_and_a_call_out_over_it(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.flow").write_text(FLOW, "utf-8")
    config = tmp_path / "flowengine.toml"
    config.write_text(CONFIG, "utf-8")
    async with command("dev", str(tmp_path), "--port", "0", "--quick") as process, aiohttp.ClientSession() as client:
        url = (await _line(process, "Flowengine is at")).split()[3].rstrip(",")
        await _line(process, f"VoIPBIN is at {url}/carrier/v1.0 (accesskey=vb_sandbox)")
        await _line(process, "+15551230000  main, over VoIPBIN")
        api, key = f"{url}/carrier/v1.0", {"accesskey": "vb_sandbox"}
        async with client.get(f"{api}/numbers", params=key) as response:
            assert [row["number"] for row in (await response.json())["result"]] == ["+15551230000"]
        async with client.get(f"{api}/queues", params=key) as response:
            assert [row["name"] for row in (await response.json())["result"]] == ["desk"]

        # A call in, from a phone of the network.
        body = {"from": "+15557650001", "to": "+15551230000"}
        async with client.post(f"{url}/v1/voice/calls", json=body, headers={"X-API-Key": "sandbox"}) as response:
            assert response.status == 201
        await _line(process, "Welcome, friend. Press 1 for the time.")
        async with client.get(f"{api}/calls", params=key) as response:
            (call,) = (await response.json())["result"]
        assert (call["direction"], call["status"]) == ("incoming", "progressing")

        # A call out, into the flow.
        config.write_text(CONFIG.replace("queues", f'base_url = "{api}"\nqueues'), "utf-8")
        words = ["dial", "+15557650002", "--flow", "main", "--from", "+15551230000", "--set", "name=Ada"]
        words += ["--carrier", "voipbin", "--project", str(tmp_path), "--public-url", url, "--wait"]
        async with command(*words) as dial:
            await _line(dial, "+15551230000 -> +15557650002  ")
            await _line(process, "Welcome, Ada.")
            async with client.get(f"{api}/calls", params=key) as response:
                placed = next(row for row in (await response.json())["result"] if row["direction"] == "outgoing")
            async with client.post(f"{api}/calls/{placed['id']}/hangup", params=key) as response:
                assert response.status == 200
            await _line(dial, "completed, ")
            assert await asyncio.wait_for(dial.wait(), _SECONDS) == 0


async def test_a_carrier_that_runs_no_flows_cannot_be_dialled_into_one(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.flow").write_text(FLOW, "utf-8")
    words = ["dial", "+15557650002", "--flow", "main", "--from", "+15551230000", "--project", str(tmp_path)]
    async with command(*words, "--carrier", "speko") as dial:
        _, told = await asyncio.wait_for(dial.communicate(), _SECONDS)
    assert (dial.returncode, told.decode()) == (
        2,
        (
            "flowengine: speko runs no flows, but telefonie and voipbin do: "
            "`flowengine calls place --carrier speko` calls without one\n"
        ),
    )
