"""Follows what VoIPBIN tells over its WebSocket: `async with follow(settings, [topic(customer, "call")]) as told`."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from flowengine.carriers.directory import entries
from flowengine.carriers.voipbin.topics import PATH, Told, read, wish
from flowengine.compiler.environment import resolve
from flowengine.runtime.connecting import SANDBOX_URL
from flowengine.runtime.http.rest import RestClient

_BEAT = 30.0
"""Seconds between two looks whether the other side is there."""


@asynccontextmanager
async def follow(
    settings: Mapping[str, Any] | None, topics: Iterable[str], *, sandbox: str = SANDBOX_URL
) -> AsyncIterator[AsyncIterator[Told]]:
    """Subscribe to topics. What is given ends when the carrier closes the connection; what came while there was none is
    not told again, so who must not miss anything takes webhooks.

    Args:
        settings: As in `[carriers.voipbin]`; None: the embedded carrier at `sandbox`.
        topics: See `flowengine.carriers.voipbin.topics.topic`.

    Raises:
        CarrierConfigError, UnsetVariableError: as `connect`.
        CarrierError: the login is refused.
        aiohttp.ClientError: the carrier cannot be reached, or refuses the key.
    """
    entry = entries()["voipbin"]
    if settings is None:
        table = entry.embedded(sandbox.rstrip("/"))
    else:
        table = resolve(dict(settings), os.environ, "carriers.voipbin")
    api = entry.open(table).api
    query = dict(api.query)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        if api.login is not None:
            headers = await RestClient(session, api.base_url, api.headers).run(api.login)
            query["token"] = headers["Authorization"].removeprefix("Bearer ")
        url = f"{api.base_url}{PATH}"
        async with session.ws_connect(url, params=query, headers=dict(api.headers), heartbeat=_BEAT) as connection:
            await connection.send_str(wish("subscribe", topics))
            yield _told(connection)


async def _told(connection: aiohttp.ClientWebSocketResponse) -> AsyncGenerator[Told, None]:
    async for message in connection:
        if message.type is aiohttp.WSMsgType.TEXT and (told := read(message.data)) is not None:
            yield told
