"""A transfer with a whisper and a key over VoIPBIN, all over HTTP: fetches, webhooks, and our requests to the API."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.sandbox import Handset, Sandbox, SandboxConfig
from flowengine.sandbox.voipbin import VoipbinAccount
from tests.server.stage import running, write_project

LINE, CALLER, AGENT = "+15551230000", "+15557650001", "+15557650009"
FLOW = f"""\
flow main:
    on failed -> bye
    on error:
        say "There is a problem."

start:
    say "One moment."
    transfer "{AGENT}" whisper="Press 1 to take the call." screen="1" timeout=20s:
        on declined:
            say "Declined."
        on completed:
            say "Completed."
    -> bye

bye:
    say "Goodbye."
    hangup
"""


class Phones:
    """Phones of the network that a test answers."""

    def __init__(self) -> None:
        self.ringing: list[Handset] = []

    def rings(self, phone: Handset) -> bool:
        self.ringing.append(phone)
        return True


async def until(condition: Callable[[], object]) -> None:
    """Wait for something to be so; nobody tells when it is."""
    for _ in range(750):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never was so")


def said(phone: Handset) -> list[str]:
    return [heard.text for heard in phone.heard if heard.kind == "say"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@asynccontextmanager
async def stage(root: Path) -> AsyncIterator[tuple[Sandbox, Phones]]:
    """A server that VoIPBIN fetches from and tells, and that asks VoIPBIN's API."""
    ours, port = _free_port(), _free_port()
    url = f"http://127.0.0.1:{ours}"
    table = {"accesskey": "vb_sandbox", "base_url": f"http://127.0.0.1:{port}/v1.0"}
    write_project(root, main=FLOW)
    (root / "flowengine.toml").write_text('[transfer]\nallow = ["+1555*"]\n', "utf-8")
    async with running(root, port=ours, public_url=url, carriers={"voipbin": table}) as (server, _):
        entry = Voipbin(VoipbinConfig(), b"", server.url).entry("main")
        account = VoipbinAccount(webhook_uri=f"{server.url}/voipbin/events", numbers={LINE: [entry]})
        async with Sandbox(SandboxConfig(port=port, pace=0, voipbin=account)) as sandbox:
            phones = Phones()
            sandbox.network.operators.append(phones.rings)
            yield sandbox, phones


@pytest.mark.parametrize("accepts", [True, False])
async def test_who_answers_hears_the_whisper_and_decides(accepts: bool, tmp_path: Path) -> None:
    async with stage(tmp_path) as (sandbox, phones):
        caller = sandbox.network.place_call(CALLER, LINE)
        await until(lambda: phones.ringing)
        agent = phones.ringing[0]
        assert said(caller) == ["One moment."]
        agent.answer()
        await until(lambda: said(agent) == ["Press 1 to take the call."] and agent.awaiting is not None)
        if accepts:
            agent.press("1")
            await until(lambda: len(next(iter(sandbox.network.rooms.values())).members) == 2)
            agent.hang_up()
        else:
            agent.press("2")
        await until(lambda: caller.leg.is_over)
        assert said(caller)[1:] == (["Completed."] if accepts else ["Declined. Goodbye."])
        assert agent.leg.is_over
        # The room was theirs alone.
        await until(lambda: not sandbox.voipbin.account.tables["conferences"].page(9, "")[0])
