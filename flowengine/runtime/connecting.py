"""Opens a carrier's API for a program: `async with flowengine.carriers.connect("telefonie") as carrier`."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from flowengine.carriers.client import CarrierClient
from flowengine.carriers.directory import entries
from flowengine.carriers.registry import Api, CarrierConfigError
from flowengine.compiler.environment import resolve
from flowengine.runtime.http.pace import shared_pace
from flowengine.runtime.http.rest import RestClient

SANDBOX_URL = "http://127.0.0.1:8090"
"""Where `flowengine sandbox` listens when it is not told otherwise."""


@asynccontextmanager
async def connect(
    name: str, settings: Mapping[str, Any] | None = None, *, sandbox: str = SANDBOX_URL, patience: float = 10.0
) -> AsyncIterator[CarrierClient]:
    """Open a carrier's API.

    Args:
        name: The carrier.
        settings: As in its table of `flowengine.toml`; `"$NAME"` is looked up in the environment. None: the embedded
            carrier.
        sandbox: Where the embedded carrier listens.
        patience: Seconds for each attempt of a request.

    Raises:
        CarrierConfigError: there is no such carrier, or a setting is not as it must be.
        UnsetVariableError: an environment variable that a setting names is not set.
    """
    entry = entries().get(name)
    if entry is None:
        raise CarrierConfigError(f"there is no carrier `{name}`; there are {', '.join(entries())}")
    if settings is None:
        table = entry.embedded(sandbox.rstrip("/"))
    else:
        table = resolve(dict(settings), os.environ, f"carriers.{name}")
    opened = entry.open(table)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield opened.make(rest_client(session, opened.api, patience=patience), lambda: str(uuid.uuid4()))


def rest_client(session: aiohttp.ClientSession, api: Api, *, patience: float = 10.0) -> RestClient:
    """A client for a carrier's API, at its pace."""
    pace = None
    if api.per_minute is not None:
        pace = shared_pace(api.base_url, api.headers.get("Authorization", ""), api.per_minute)
    return RestClient(session, api.base_url, api.headers, query=api.query, login=api.login, timeout=patience, pace=pace)
