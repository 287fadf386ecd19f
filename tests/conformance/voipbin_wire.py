"""An embedded VoIPBIN, and a wire to it on which every request is written down."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import aiohttp
from aiohttp import web

from flowengine.carriers.directory import EMBEDDED_KEYS
from flowengine.sandbox import Behaviour, Sandbox, SandboxConfig
from flowengine.sandbox.voipbin.config import VoipbinAccount
from tests.conformance.voipbin_operations import BODIES, CLIENT, LINE
from tests.runtime.web import web_server

PREFIX = "/v1.0"


@dataclass(frozen=True)
class Recorded:
    """A request as it went over the wire, without the key in its query, and the status of its answer."""

    method: str
    path: str
    query: dict[str, str]
    json: Any
    status: int


class Wire:
    """The carrier in a thread of its own, since the commands have an event loop of theirs."""

    def __init__(self) -> None:
        self.url = ""
        self.recorded: list[Recorded] = []
        self._sandbox: Sandbox
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    async def _serve(self) -> None:
        config = SandboxConfig(
            ordinary=Behaviour(after=0, talk=None), voipbin=VoipbinAccount(numbers={LINE: []}), pace=0, seed=9
        )
        async with AsyncExitStack() as stack:
            self._sandbox = await stack.enter_async_context(Sandbox(config))
            self._client = await stack.enter_async_context(aiohttp.ClientSession())
            self.url = await stack.enter_async_context(web_server(self._pass_on))
            self._started.set()
            await self._stop.wait()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        kept = {name: value for name, value in request.headers.items() if name in ("Content-Type", "Authorization")}
        url = f"{self._sandbox.url}{request.raw_path}"
        async with self._client.request(
            request.method, url, data=body or None, headers=kept, allow_redirects=False
        ) as answer:
            query = {name: value for name, value in request.query.items() if name != "accesskey"}
            path = request.path.removeprefix(PREFIX)
            sent = json.loads(body) if body else None
            self.recorded.append(Recorded(request.method, path, query, sent, answer.status))
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type or "text/plain"
            )

    def __enter__(self) -> "Wire":
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the carrier beside the wire, where nothing is written down; the JSON of its answer."""
        url = f"{self._sandbox.url}{PREFIX}{path}?accesskey={EMBEDDED_KEYS['voipbin']}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def newest(self, kind: str, wanted: Callable[[Any], bool] = bool) -> Any:
        """The newest resource of a kind for which `wanted` holds, once there is one."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for found in self.ask("GET", f"/{kind}")["result"]:
                if wanted(found):
                    return found
            time.sleep(0.01)
        raise AssertionError(f"there is nothing like that in /{kind}")

    def number(self) -> str:
        """A number that can be bought."""
        return str(self.ask("GET", "/available_numbers")["result"][0]["number"])

    def call(self, *actions: dict[str, Any]) -> str:
        """A call that is answered, with the actions that it is in; the usual ones unless given."""
        body = CLIENT["POST /calls"].request.json
        made = self.ask("POST", "/calls", {**body, "actions": list(actions)} if actions else body)["calls"][0]["id"]
        self.newest("calls", lambda call: call["id"] == made and call["status"] == "progressing")
        return str(made)

    def make(self, kind: str) -> str:
        """A new resource of a kind, by the API's own means as far as there are any; its id."""
        match kind:
            case "calls" | "transfers":
                return self.call()
            case "activeflows":
                return str(self.ask("GET", f"/calls/{self.call()}")["activeflow_id"])
            case "recordings" | "recordingfiles":
                call = self.call()
                self.ask(
                    "POST", f"/calls/{call}/recording_start", CLIENT["POST /calls/{id}/recording_start"].request.json
                )
                self.ask("POST", f"/calls/{call}/recording_stop")
                return self._of(call, "recordings")
            case "billings":
                self.make("messages")
                return str(self.newest("billings")["id"])
            case "conferencecalls":
                room = self.make("conferences")
                call = self.call({"type": "conference_join", "option": {"conference_id": room}})
                return self._of(call, "conferencecalls")
            case "queuecalls":
                queue = self.make("queues")
                call = self.call({"type": "queue_join", "option": {"queue_id": queue}})
                return self._of(call, "queuecalls")
            case "campaigncalls":
                return self._kept("campaigncalls")
            case _:
                name = f"POST /{kind}"
                body = CLIENT[name].request.json if name in CLIENT else BODIES[name]
                return str(self.ask("POST", f"/{kind}", self.fill(body, {}))["id"])

    def fill(self, body: Any, ids: dict[str, str]) -> Any:
        """A body with all that stands in braces put in."""
        text = json.dumps(body)
        for name, value in ids.items():
            text = text.replace(f"{{{name}}}", value)
        if "{number}" in text:
            text = text.replace("{number}", self.number())
        if "{call}" in text:
            text = text.replace("{call}", self.call())
        return json.loads(text)

    def _of(self, call: str, kind: str) -> str:
        """The id of what belongs to a call."""
        return str(self.newest(kind, lambda found: found["reference_id"] == call)["id"])

    def _kept(self, kind: str) -> str:
        """A resource that only a running campaign would make."""

        async def add() -> str:
            return str(self._sandbox.voipbin.account.add(kind)["id"])

        return asyncio.run_coroutine_threadsafe(add(), self._loop).result(10)
