"""A customer of the carrier: a web server on loopback whose documents each test writes, and a carrier to go with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from flowengine.sandbox import NumberConfig, Sandbox, SandboxConfig, VirtualClock

LINE = "+15551230000"
CALLER = "+15557650001"
Fields = dict[str, str]


class Customer:
    """Answers each path with a document, a function of the fields, or a status, and remembers what it was asked."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.requests: list[tuple[str, Fields]] = []
        self.url = ""

    def asked(self, path: str) -> list[Fields]:
        """The fields of each request to a path, in order."""
        return [fields for asked, fields in self.requests if asked == path]

    def statuses(self, path: str = "/status") -> list[str]:
        """The states that a status callback was told."""
        return [fields["status"] for fields in self.asked(path)]

    async def handle(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            fields = {**request.query, **{key: str(value) for key, value in (await request.post()).items()}}
        self.requests.append((request.path, fields))
        answer = self.documents.get(request.path, "<Response/>")
        if isinstance(answer, Callable):
            answer = answer(fields)
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="audio/wav")
        if isinstance(answer, dict):
            return web.json_response(answer)
        return web.Response(text=answer, content_type="application/xml")


class Stage:
    """A carrier in virtual time, its customer, and its API."""

    def __init__(self, sandbox: Sandbox, clock: VirtualClock, customer: Customer, api: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.customer = customer
        self.api = api

    async def call(self, document: str | dict[str, Any] | Callable[[Fields], Any]) -> Any:
        """Call the line, which answers with `document`, and let everything happen that needs no time."""
        self.customer.documents["/voice"] = document
        handset = self.sandbox.network.place_call(CALLER, LINE)
        await self.clock.settle()
        return handset

    async def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request to the Telefonie Voice API; its status and JSON."""
        async with self.api.request(method, f"{self.sandbox.url}/v1/voice{path}", json=body) as response:
            text = await response.text()
            return response.status, await response.json() if text else None


@asynccontextmanager
async def stage(**settings: Any) -> AsyncIterator[Stage]:
    """Everything, running."""
    customer, clock, speech = Customer(), VirtualClock(), settings.pop("speech", None)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", customer.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    customer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    number = NumberConfig(
        voice_url=f"{customer.url}/voice",
        fallback_url=f"{customer.url}/fallback" if settings.pop("fallback", False) else None,
        status_callback=f"{customer.url}/status",
    )
    config = SandboxConfig(numbers={LINE: number}, **({"pace": 0, "seed": 1} | settings))
    try:
        async with (
            Sandbox(config, clock, speech) as sandbox,
            aiohttp.ClientSession(headers={"X-API-Key": "sandbox"}) as api,
        ):
            yield Stage(sandbox, clock, customer, api)
    finally:
        await runner.cleanup()


def heard(handset: Any) -> list[str]:
    """The texts that a phone heard."""
    return [piece.text for piece in handset.heard]
