"""One request as bytes through reading, engine and carrier: two lines, path and content type, and then the body."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from flowengine.carriers.contract import Carrier, Message, Reply, Request
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts
from flowengine.runtime.engine import Engine
from flowengine.runtime.log import Log
from flowengine.runtime.outside import Answer
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import MemoryStore
from flowengine.server.requests import LONGEST_BODY, BadRequestError, message
from tests.reliability import every_verb

KEY = b"a key of the fuzzer"
AT = 1_767_614_400.0
_LOG = "flowengine.fuzz"
_CALLS = 500
"""So many requests are taken by one engine, then a new one begins: a finding must be small to be understood."""


class _Nobody:
    """The world: it does not answer."""

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        return Answer(error="nobody is there")

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        """Nobody reads."""

    async def event(self, key: str, body: dict[str, Any]) -> None:
        """Nobody listens."""

    async def tell(self, carrier: Carrier, request: Request) -> None:
        """Nobody hears."""


class _Faults(Log):
    """Remembers what should never be written."""

    def __init__(self) -> None:
        super().__init__(_LOG)
        logging.getLogger(_LOG).disabled = True
        self.found: list[str] = []

    def crash(self, event: str, error: BaseException, **fields: object) -> None:
        self.found.append(f"{event}: {type(error).__name__}: {error}")


class Webhooks:
    """An engine that takes one request after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._folder = tempfile.TemporaryDirectory()
        self._projects = Projects(every_verb.write(Path(self._folder.name)))
        self._loop.run_until_complete(self._projects.load())
        self._taken = 0
        self._begin()

    def _begin(self) -> None:
        self._faults = _Faults()
        self._carrier = Telefonie(TelefonieConfig(), KEY)
        carriers = {"telefonie": self._carrier}
        self._engine = Engine(self._projects, MemoryStore(), carriers, _Nobody(), clock=lambda: AT, log=self._faults)

    def check(self, data: bytes) -> None:
        """Whatever the request is, it is refused, or answered with a document that can be read.

        Raises:
            AssertionError: it is not.
        """
        path, _, rest = data.partition(b"\n")
        kind, _, body = rest.partition(b"\n")
        target = "/telefonie/" + path.decode("latin-1")
        headers = {"content-type": kind.decode("latin-1"), "host": "ivr.example"}
        if len(body) > LONGEST_BODY:
            return
        try:
            received = message("POST", target, headers, body, "/telefonie/", AT)
        except BadRequestError:
            return
        reply = self._loop.run_until_complete(self._handled(received))
        assert reply.status < 500, reply
        if reply.body and "xml" in reply.content_type:
            ElementTree.fromstring(reply.body)
        elif reply.body and "json" in reply.content_type:
            json.loads(reply.body)
        assert self._faults.found == []
        self._taken += 1
        if self._taken % _CALLS == 0:
            self._loop.run_until_complete(self._engine.close())
            self._begin()

    async def _handled(self, received: Message) -> Reply:
        reply = await self._engine.handle(self._carrier, received)
        await asyncio.sleep(0)
        return reply

    def close(self) -> None:
        """Let go of what is held."""
        self._loop.run_until_complete(self._engine.close())
        self._loop.close()
        self._folder.cleanup()
