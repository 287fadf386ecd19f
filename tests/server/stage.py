"""A project on disk, a server for it, and a carrier that asks it by hand: one webhook a line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import aiohttp

from flowengine.server.serving import Server, Setup, serve

CONFIG = """
[numbers]
"+15551230000" = "main"

[http]
allow = ["127.0.0.1"]

[settings]
apology = "Sorry, please call again."
"""
MAIN = """
flow main(name="you"):
    on hangup:
        log "{{ call.from }} left at {{ flow.step }}"
    on failed -> bye

start:
    say "Welcome, {{ name }}."
    -> ask

ask:
    menu:
        say "For a number, press 1. To leave a message, press 2. To end, press 3."
        when 1 -> number
        when 2 -> message
        when 3 -> bye

number:
    gather pin digits=4 sensitive=true:
        say "Your PIN, please."
    if pin == "0000":
        say "That is no PIN."
    say "Thank you."
    -> ask

message:
    record note max=10s:
        say "Speak."
    log "message {{ note.url }}"
    -> ask

bye:
    say "Goodbye."
    hangup
"""


def write_project(root: Path, **flows: str) -> Path:
    """A project with the flow `main`, and others by name."""
    (root / "flows").mkdir(parents=True, exist_ok=True)
    (root / "flowengine.toml").write_text(CONFIG)
    for name, text in {"main": MAIN, **flows}.items():
        (root / "flows" / f"{name}.flow").write_text(text)
    return root


class Caller:
    """The carrier's side of one call."""

    def __init__(self, client: aiohttp.ClientSession, url: str, call: str = "CA1") -> None:
        self.client = client
        self.url = url
        self.call = call
        self.document = ""
        self.base = {"call_id": call, "from": "+15557650001", "to": "+15551230000", "direction": "inbound"}

    async def ask(self, path: str, fields: Mapping[str, str] | None = None, **more: Any) -> tuple[int, str]:
        """One webhook; its status and body."""
        body = {**self.base, "status": "in-progress", **(fields or {})}
        target = path if path.startswith("http") else self.url + path
        async with self.client.post(target, data=body, **more) as response:
            return response.status, await response.text()

    async def begin(self, flow: str = "") -> str:
        """The first document."""
        status, self.document = await self.ask(f"/telefonie/voice/{flow}".rstrip("/"), {"status": "ringing"})
        assert status == 200
        return self.document

    @property
    def action(self) -> str:
        """Where the present document sends its result."""
        for element in ElementTree.fromstring(self.document).iter():
            if element.get("action"):
                return str(element.get("action"))
            if element.tag == "Redirect":
                return str(element.text)
        raise AssertionError(f"the document leads nowhere: {self.document}")

    async def go_on(self, **fields: str) -> str:
        """The result of what the present document asked for, and the next document."""
        status, self.document = await self.ask(self.action, fields)
        assert status == 200
        return self.document

    async def over(self, status: str = "completed") -> int:
        """The news that the call is over."""
        answer, _ = await self.ask("/telefonie/status", {"status": status})
        return answer


def said(document: str) -> list[str]:
    """The texts of a document."""
    return [element.text or "" for element in ElementTree.fromstring(document).iter("Say")]


@asynccontextmanager
async def running(root: Path, **settings: Any) -> AsyncIterator[tuple[Server, Caller]]:
    """A server for the project, and a caller."""
    setup = replace(Setup(root, port=0), **settings)
    async with serve(setup) as server, aiohttp.ClientSession() as client:
        yield server, Caller(client, server.url)
