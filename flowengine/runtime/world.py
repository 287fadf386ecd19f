"""The real world: requests of flows, text messages, the project's webhook, and the carriers' APIs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from flowengine.carriers.contract import Carrier, Request
from flowengine.carriers.signature import sign
from flowengine.compiler.environment import UnsetVariableError, resolve
from flowengine.core.commands import Fetch
from flowengine.core.policy import Hosts
from flowengine.runtime.http.fetching import Fetcher
from flowengine.runtime.http.rest import CarrierError, OutcomeUnknownError, RestClient, UnreachableError
from flowengine.runtime.outside import Answer, Undelivered
from flowengine.runtime.projects import Projects


class World:
    """What `outside.Outside` asks for. `clients` are the carriers' APIs, by carrier."""

    def __init__(self, projects: Projects, clients: Mapping[str, RestClient], session: aiohttp.ClientSession) -> None:
        """To be called inside a running event loop; `session` is for the project's own webhook."""
        self._projects = projects
        self._clients = clients
        self._session = session
        self._fetcher = Fetcher()

    async def close(self) -> None:
        """Close the connections that are its own."""
        await self._fetcher.close()

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        return await self._fetcher.fetch(wait, hosts)

    async def text(self, carrier: Carrier, to: str, text: str, sender: str) -> None:
        request = carrier.text(to, text, sender)
        if request is None:
            raise Undelivered(f"{carrier.name} sends no text messages")
        await self.tell(carrier, request)

    async def tell(self, carrier: Carrier, request: Request) -> None:
        client = self._clients.get(carrier.name)
        if client is None:
            raise Undelivered(f"[carriers.{carrier.name}] is not set up")
        try:
            await client.send(request)
        except UnreachableError as error:
            raise Undelivered(str(error), again=True) from error
        except (CarrierError, OutcomeUnknownError) as error:
            raise Undelivered(str(error)) from error

    async def event(self, key: str, body: dict[str, Any]) -> None:
        table = self._projects.config.events
        if table.url is None:
            return
        try:
            secret = resolve({"secret": table.secret}, os.environ, "events")["secret"]
        except UnsetVariableError as error:  # an edit of a running project: the event waits until it is mended
            raise Undelivered(str(error), again=True) from error
        data = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if secret:
            headers["X-Signature"] = sign(secret, int(time.time()), data)
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with self._session.post(table.url, data=data, headers=headers, timeout=timeout) as response:
                if response.status >= 300:
                    raise Undelivered(f"status {response.status}", again=response.status >= 500)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Undelivered(str(error) or "no answer", again=True) from error
