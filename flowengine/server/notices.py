"""What carriers tell beside the calls of flows, at `POST /NAME/events`.

Verified first, then read, kept, and only then answered: 204, for a repeat too; 4xx for what cannot be trusted or read;
503 while it cannot be kept, so that the carrier sends it again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from aiohttp import web

from flowengine.carriers.contract import Refused, Reply
from flowengine.carriers.listening import LISTENING, Ear, Listen
from flowengine.compiler.environment import resolve
from flowengine.runtime.engine import Engine
from flowengine.runtime.noticing import Noticing
from flowengine.runtime.store import StoreError
from flowengine.server.requests import BadRequestError, read

GROUP = "flowengine.listening"
"""The entry points under which other packages add what hears their carriers; each is a `Listen`, by carrier."""


def ears(tables: Mapping[str, Mapping[str, Any]], *, insecure: bool) -> dict[str, Ear]:
    """What hears the carriers that have a table. Without `insecure`, those whose webhooks cannot be verified are not
    heard.

    Raises:
        CarrierConfigError, UnsetVariableError: a carrier is set up wrongly.
    """
    found: dict[str, Ear] = {}
    for name, table in tables.items():
        listen = LISTENING.get(name) or _others().get(name)
        if listen is not None:
            ear = listen(resolve(dict(table), os.environ, f"carriers.{name}"))
            if ear.signed or insecure:
                found[name] = ear
    return found


def _others() -> dict[str, Listen]:
    return {point.name: point.load() for point in entry_points(group=GROUP)}


def routes(engine: Engine, heard: Mapping[str, Ear], seconds: float) -> list[web.RouteDef]:
    """The routes of the carriers that are heard; to be added before those of the carriers' adapters. A body may take so
    many `seconds`."""
    noticing = Noticing(engine.store, engine.clock, engine.limits, engine.log)
    return [web.post(f"/{name}/events", _events(engine, noticing, name, ear, seconds)) for name, ear in heard.items()]


def _events(
    engine: Engine, noticing: Noticing, name: str, ear: Ear, seconds: float
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def events(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(seconds):
                message = await read(request, f"/{name}/", engine.clock())
        except BadRequestError as error:
            return refused(error.status, error.reason)
        except TimeoutError:
            return refused(503 if engine.draining else 408, "the body came too slowly")
        notice = ear.read(message)
        if notice is None:
            return answer(await engine.handle(engine.carriers[name], message))
        if isinstance(notice, Refused):
            return refused(notice.status, notice.reason)
        try:
            await noticing.take(name, notice)
        except (StoreError, TimeoutError) as error:
            engine.health.failed(error)
            return web.Response(status=503)
        engine.health.well()
        return web.Response(status=204)

    def refused(status: int, reason: str) -> web.Response:
        engine.watch.metrics.refuse(name, status)
        engine.log.warning("webhook refused", carrier=name, path="events", reason=reason)
        return web.Response(text=f"{reason}\n", status=status)

    def answer(reply: Reply) -> web.Response:
        return web.Response(text=reply.body or None, status=reply.status, content_type=reply.content_type)

    return events
