"""An embedded VoIPBIN in virtual time, a customer who hears of its events, and its API over HTTP."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from flowengine.sandbox import Handset, Sandbox, SandboxConfig, VirtualClock
from flowengine.sandbox.voipbin import VoipbinAccount

LINE = "+15551230000"
CALLER = "+15557650001"
AGENT = "+15557650009"
KEY = {"accesskey": "vb_sandbox"}
Answer = Callable[[dict[str, Any]], Any]


class Customer:
    """Takes events, and answers fetches. `failing` is how many events are still answered with 503."""

    def __init__(self) -> None:
        self.url = ""
        self.failing = 0
        self.status = 204
        self.events: list[tuple[dict[str, str], bytes]] = []
        self.fetched: list[str] = []
        self.actions: Answer = lambda _: []

    def kinds(self) -> list[str]:
        """The types of events, in the order in which they came."""
        return [json.loads(body)["type"] for _, body in self.events]

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == "/fetch":
            self.fetched.append(request.query_string)
            return web.json_response(self.actions(await request.json()))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.events.append((headers, await request.read()))
        if self.failing:
            self.failing -= 1
            return web.Response(status=503)
        return web.Response(status=self.status)


class Stage:
    """All of it."""

    def __init__(
        self, sandbox: Sandbox, clock: VirtualClock, customer: Customer, client: aiohttp.ClientSession
    ) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.customer = customer
        self.client = client
        self.ringing: list[Handset] = []
        sandbox.network.operators.append(self._rings)

    def _rings(self, phone: Handset) -> bool:
        self.ringing.append(phone)
        return True

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """A request with the access key; its status and JSON."""
        url = f"{self.sandbox.url}/v1.0{path}"
        async with self.client.request(method, url, json=body, params={**KEY, **query}) as response:
            text = await response.text()
            await self.clock.settle()
            return response.status, json.loads(text) if text else None

    async def call(self, *actions: dict[str, Any]) -> Handset:
        """A call to the line, which these actions answer."""
        carrier = self.sandbox.voipbin
        for row in carrier.account.tables["numbers"].rows.values():
            carrier.release_number(row)
        carrier.own(LINE, carrier.with_ids(actions))
        phone = self.sandbox.network.place_call(CALLER, LINE)
        await self.clock.settle()
        return phone

    async def one(self, kind: str) -> dict[str, Any]:
        """The newest resource of a kind."""
        _, page = await self.ask("GET", f"/{kind}")
        found: dict[str, Any] = page["result"][0]
        return found


@asynccontextmanager
async def stage(*more: VoipbinAccount, **account: Any) -> AsyncIterator[Stage]:
    """Everything, running; `account` sets the VoIPBIN account up, `more` are other customers."""
    customer, clock = Customer(), VirtualClock()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", customer.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    customer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    voipbin = VoipbinAccount(**({"webhook_uri": f"{customer.url}/events"} | account))
    try:
        async with (
            Sandbox(SandboxConfig(pace=0, seed=1, voipbin=voipbin, more_voipbin=more), clock) as sandbox,
            aiohttp.ClientSession() as client,
        ):
            yield Stage(sandbox, clock, customer, client)
    finally:
        await runner.cleanup()


def action(kind: str, **option: Any) -> dict[str, Any]:
    """An action."""
    return {"type": kind, "option": option}


def talk(text: str) -> dict[str, Any]:
    """The action that speaks."""
    return action("talk", text=text, language="en-US")


def said(phone: Handset) -> list[str]:
    """What a phone heard of speech."""
    return [heard.text for heard in phone.heard if heard.kind == "say"]
