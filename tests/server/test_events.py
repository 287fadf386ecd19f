"""What `emit` says reaches the project's own webhook: signed, once, and again while it cannot be taken."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from aiohttp import web

from flowengine.carriers.signature import problem
from flowengine.compiler.environment import UnsetVariableError
from flowengine.server.serving import Setup, serve
from tests.runtime.web import web_server
from tests.server.stage import running, write_project

FLOW = """
flow main:
    on failed:
        hangup

start:
    emit "greeted" data={"who": call.from}
    emit "left"
    say "Hello."
    hangup
"""
SECRET = "events-secret-of-the-tests"


class Hook:
    """The project's webhook: takes events, after so many refusals."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.taken: list[tuple[web.BaseRequest, bytes]] = []
        self.asked = 0
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked += 1
        if self.asked <= self.refusals:
            return web.Response(status=503)
        async with self._changed:
            self.taken.append((request, body))
            self._changed.notify_all()
        return web.Response(status=204)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.taken) >= count)


def _project(root: Path, url: str, secret: str) -> Path:
    write_project(root, main=FLOW)
    with (root / "flowengine.toml").open("a") as config:
        config.write(f'\n[events]\nurl = "{url}/hook"\nsecret = "{secret}"\n')
    return root


async def test_events_are_signed_with_what_the_environment_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTS_SECRET", SECRET)
    hook = Hook()
    async with web_server(hook.take) as url, running(_project(tmp_path, url, "$EVENTS_SECRET")) as (_, caller):
        await caller.begin()
        await hook.until(2)
    assert [json.loads(body)["name"] for _, body in hook.taken] == ["greeted", "left"]
    assert json.loads(hook.taken[0][1])["data"] == {"who": "+15557650001"}
    keys = {request.headers["Idempotency-Key"] for request, _ in hook.taken}
    assert len(keys) == 2
    for request, body in hook.taken:
        assert problem(request.headers["X-Signature"], body, [SECRET], time.time()) is None
        assert problem(request.headers["X-Signature"], body, ["another"], time.time()) is not None


async def test_an_event_that_is_not_taken_is_sent_again_before_the_next(tmp_path: Path) -> None:
    hook = Hook(refusals=1)
    async with web_server(hook.take) as url, running(_project(tmp_path, url, SECRET)) as (_, caller):
        await caller.begin()
        await hook.until(2)
    assert [json.loads(body)["name"] for _, body in hook.taken] == ["greeted", "left"]


async def test_a_secret_that_is_not_set_is_told_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENTS_SECRET", raising=False)
    project = _project(tmp_path, "https://crm.example", "$EVENTS_SECRET")
    with pytest.raises(UnsetVariableError, match=r"events\.secret is read from .* EVENTS_SECRET"):
        async with serve(Setup(project, port=0)):
            pass
