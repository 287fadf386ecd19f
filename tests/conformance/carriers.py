"""Every carrier with what a test needs of it: a client over real HTTP, against the embedded carrier."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from flowengine.carriers import connect
from flowengine.carriers.client import CarrierClient
from flowengine.carriers.directory import DIRECTORY
from flowengine.sandbox import Behaviour, NumberConfig, Sandbox, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig
from flowengine.sandbox.voipbin.config import VoipbinAccount

NAMES = [entry.name for entry in DIRECTORY]
LINE = "+15551230000"
SPEKO_LINE = "+14155550199"
PHONE = "+15557650001"


class Hook:
    """A customer's webhook that remembers what it was told."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[tuple[dict[str, str], bytes]] = []

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.bodies.append((headers, await request.read()))
        return web.Response(status=204)


@dataclass
class Set:
    """A carrier under test: its client, the network behind it, and a webhook."""

    name: str
    client: CarrierClient
    sandbox: Sandbox
    hook: Hook

    @property
    def line(self) -> str:
        """A number of ours at this carrier."""
        return SPEKO_LINE if self.name == "speko" else LINE


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    """A webhook, listening."""
    made = Hook()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield made
    finally:
        await runner.cleanup()


@asynccontextmanager
async def carrier(name: str, **options: object) -> AsyncIterator[Set]:
    """A carrier, its client and a webhook. Phones answer at once, and talk until somebody hangs up."""
    async with hook() as told:
        fine = AccountConfig(
            keys=("fs_sandbox",), numbers=(LINE,), webhook_url=told.url, webhook_secret="s3", delivery=0
        )
        sms = AccountConfig(keys=("sk_test_sandbox",), webhook_url=told.url, webhook_secret="s3", delivery=0)
        speko = AccountConfig(
            keys=("sk_live_sandbox",),
            numbers=(SPEKO_LINE,),
            agents=("agent_sandbox",),
            webhook_url=told.url,
            webhook_secret="whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        )
        config = SandboxConfig(
            numbers={LINE: NumberConfig(voice_url=told.url)} if name == "telefonie" else {},
            ordinary=Behaviour(after=0, talk=None),
            finespeak=(fine if name == "finespeak" else AccountConfig(keys=("fs_sandbox",)),),
            sms_voip=(sms,),
            speko=(speko,),
            voipbin=VoipbinAccount(numbers={LINE: []} if name == "voipbin" else {}),
            pace=0,
            seed=7,
        )
        async with Sandbox(config) as sandbox, connect(name, sandbox=sandbox.url, **options) as client:
            yield Set(name, client, sandbox, told)
