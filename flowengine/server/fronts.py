"""What listens for carriers and answers them: aiohttp, or before it the short way of plain webhooks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from flowengine.carriers.contract import Carrier
from flowengine.runtime.engine import Engine
from flowengine.server.connections import Connections

AIOHTTP = "aiohttp"
QUICK = "quick"
FRONTS = (AIOHTTP, QUICK)
"""By the name that `serve --front` takes; the first is the default."""


class FrontError(Exception):
    """A front cannot be used: what it needs is not installed."""


class Front(Protocol):
    """Listens. Everything below happens once, in this order."""

    async def listen(self, host: str, port: int, listener: socket.socket | None) -> str:
        """Listen on an address, or on a socket that listens; gives its URL, without a slash at its end.

        Raises:
            OSError: the address cannot be used.
        """
        ...

    async def stop_listening(self) -> None:
        """Take no more connections; those that are there go on."""
        ...

    async def close(self) -> None:
        """Answer what is under way, and close the connections that are not aiohttp's."""
        ...


class _Aiohttp:
    """aiohttp's own server for everything."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int, listener: socket.socket | None) -> str:
        self._server = await self._connections.listen(self._connections.protocol, host, port, listener)
        return url_of(self._server.sockets[0].getsockname())

    async def stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Nothing: the runner does."""


def front(
    name: str, engine: Engine, carriers: Mapping[str, Carrier], app: web.Application, connections: Connections
) -> Front:
    """The front of this name, for an application whose runner is set up.

    Raises:
        FrontError: what it needs is not installed.
        KeyError: there is none of this name.
    """
    if name == AIOHTTP:
        return _Aiohttp(connections)
    if name != QUICK:
        raise KeyError(name)
    try:
        from flowengine.server.lane import Lanes
    except ImportError as error:
        raise FrontError("--front quick needs an extra: pip install 'flowengine[quick]'") from error
    return Lanes(engine, carriers, _fixed_paths(app), connections)


def url_of(address: tuple[str, int, *tuple[object, ...]]) -> str:
    """The URL of an address that a socket is bound to."""
    host, port, *_ = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _fixed_paths(app: web.Application) -> frozenset[str]:
    return frozenset(each.canonical for each in app.router.resources() if isinstance(each, web.PlainResource))
