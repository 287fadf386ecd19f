"""Holds a carrier's client against the rules over real HTTP: for the tests of one's own carrier.

```
def test_my_carrier_behaves():
    assert asyncio.run(misbehaviour(MY_ENTRY, {"POST /texts": {"id": "t1", "state": "sent"}})) == []
```

The client is given a server on this machine that refuses, breaks off, answers nonsense, and answers well.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from flowengine.carriers.client import CarrierClient
from flowengine.carriers.conformance import ASK, CREATES, problems
from flowengine.carriers.directory import Entry
from flowengine.carriers.errors import KINDS, CarrierError, OutcomeUnknownError, UnreachableError
from flowengine.runtime.http.rest import RestClient

Answers = Mapping[str, Any]
"""What the carrier answers in JSON, by method and path: `GET /calls/{call_id}`."""

_SAID = "Because of this and that."
_NONSENSE = (b"", b"null", b"[]", b"{}", b'"text"', b"5", b"[null, 5]", b'{"data": 5}', b"<html>", b"\xff\xfe")
_PATIENCE = 2.0


@dataclass(slots=True)
class _Seen:
    method: str
    path: str
    key: str | None


@dataclass
class _Server:
    """Plays the carrier. What it does is set between two tasks."""

    answers: Answers = field(default_factory=dict)
    url: str = ""
    status: int = 200
    body: bytes | None = None
    breaks_off: bool = False
    put_off: int = 0
    seen: list[_Seen] = field(default_factory=list)

    def play(self, *, status: int = 200, body: bytes | None = None, breaks_off: bool = False, put_off: int = 0) -> None:
        """From now on: a status, a body in place of the good answer, no answer at all, or so many times 429."""
        self.status, self.body, self.breaks_off, self.put_off = status, body, breaks_off, put_off
        self.seen.clear()

    async def handle(self, request: web.Request) -> web.Response:
        await request.read()
        self.seen.append(_Seen(request.method, request.path, request.headers.get("Idempotency-Key")))
        if self.breaks_off:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if self.put_off:
            self.put_off -= 1
            return web.json_response({"message": _SAID}, status=429, headers={"Retry-After": "0"})
        if self.status >= 400:
            return web.json_response({"message": _SAID}, status=self.status, headers={"Retry-After": "0"})
        body = self.body
        if body is None:
            body = msgspec.json.encode(self._answer(request.method, request.path))
        return web.Response(body=body, content_type="application/json")

    def _answer(self, method: str, path: str) -> Any:
        for asked, answer in self.answers.items():
            if fits(asked, method, path):
                return answer
        return None


def fits(documented: str, method: str, path: str) -> bool:
    """Whether a request is the documented one, such as `GET /calls/{call_id}`; the path may have a base before it."""
    named, _, template = documented.partition(" ")
    pattern = "".join(
        "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", template)
    )
    return named == method and re.search(f"{pattern}$", path) is not None


async def misbehaviour(entry: Entry, answers: Answers | None = None) -> list[str]:
    """What a carrier does wrong, in sentences; nothing leaves this machine.

    Args:
        entry: The carrier. Its `embedded` table is used, with a server of the suite in place of the embedded carrier.
        answers: What it answers when all is well. Tasks without an answer are tried only with what goes wrong.
    """
    found = problems(entry.client)
    server = _Server(answers or {})
    async with _serving(server), aiohttp.ClientSession() as session:
        opened = entry.open(entry.embedded(server.url))
        api = opened.api
        # No pace: the suite asks more often in a minute than a carrier would allow.
        runner = RestClient(
            session,
            api.base_url,
            api.headers,
            query=api.query,
            timeout=_PATIENCE,
            pause=0.001,
        )
        numbers = iter(range(1_000_000))
        client = opened.make(runner, lambda: f"key-{next(numbers)}")
        secrets = [value.removeprefix("Bearer ") for value in (*api.headers.values(), *api.query.values())]
        for task in entry.client.means:
            if task in ASK:
                found += [f"`{task}`: {each}" for each in await _try(server, client, task, secrets)]
        for asked in server.answers:
            if not any(means.request == asked for means in entry.client.means.values()):
                found.append(f"there is an answer to {asked}, which no task sends")
    return found


@asynccontextmanager
async def _serving(server: _Server) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


async def _try(server: _Server, client: CarrierClient, task: str, secrets: list[str]) -> list[str]:
    found: list[str] = []
    for status, kind in KINDS.items():
        server.play(status=status)
        error = await _ask(client, task)
        if type(error) is not kind:
            found.append(f"{status} is {_told(error)}, and not {kind.__name__}")
        elif isinstance(error, CarrierError) and _SAID not in str(error):
            found.append(f"{status} does not say what the carrier said")
        found += [f"{status} shows the key" for secret in secrets if secret and secret in str(error)]
    server.play(status=503)
    error = await _ask(client, task)
    if not isinstance(error, CarrierError | OutcomeUnknownError | UnreachableError):
        found.append(f"503 is {_told(error)}")
    found += _sent_once(server, task, "is answered 503")
    server.play(breaks_off=True)
    error = await _ask(client, task)
    if not isinstance(error, OutcomeUnknownError | UnreachableError):
        found.append(f"a lost answer is {_told(error)}")
    elif task in CREATES and _keys(server) == {None} and not isinstance(error, OutcomeUnknownError):
        found.append("a lost answer is told as if nothing could have happened")
    found += _sent_once(server, task, "has its answer lost")
    for body in _NONSENSE:
        server.play(body=body)
        error = await _ask(client, task)
        if isinstance(error, Exception) and not isinstance(error, OutcomeUnknownError | CarrierError):
            found.append(f"the answer {body!r} is {_told(error)}")
    return found + await _try_well(server, client, task)


async def _try_well(server: _Server, client: CarrierClient, task: str) -> list[str]:
    means = client.means[task]
    if means.request not in server.answers:
        return []
    server.play()
    good = await _ask(client, task)
    if not any(fits(means.request, seen.method, seen.path) for seen in server.seen):
        asked = ", ".join(f"{seen.method} {seen.path}" for seen in server.seen)
        return [f"it sends {asked or 'nothing'}, and not {means.request}"]
    if isinstance(good, Exception):
        return [f"the good answer is {_told(good)}"]
    found = []
    server.play(put_off=1)
    if isinstance(error := await _ask(client, task), Exception):
        found.append(f"429 that passes is {_told(error)}")
    answer = server.answers[means.request]
    if isinstance(answer, dict):
        server.play(body=msgspec.json.encode(answer | {"a_field_of_a_later_release": {"x": [1]}}))
        if await _ask(client, task) != good and len(server.seen) == 1:
            found.append("a field that it does not know changes what it reads")
    return found


async def _ask(client: CarrierClient, task: str) -> Any:
    """What a task gives, or the exception that it raises."""
    try:
        return await ASK[task](client)
    except Exception as error:
        return error


def _sent_once(server: _Server, task: str, when: str) -> Iterator[str]:
    if task not in CREATES:
        return
    created = [seen for seen in server.seen if seen.method not in ("GET", "HEAD")]
    keys = {seen.key for seen in created}
    if len(created) > 1 and keys == {None}:
        yield f"it is sent {len(created)} times where it {when}, without an idempotency key"
    elif len(created) > 1 and len(keys) > 1:
        yield f"it is sent again with another idempotency key where it {when}"


def _keys(server: _Server) -> set[str | None]:
    return {seen.key for seen in server.seen if seen.method not in ("GET", "HEAD")}


def _told(error: Any) -> str:
    return f"{type(error).__name__} ({error})" if isinstance(error, Exception) else "taken for an answer"
