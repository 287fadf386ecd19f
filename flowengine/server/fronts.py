"""What listens for carriers and answers them: aiohttp, or before it the short way of plain webhooks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from aiohttp import web

from flowengine.carriers.contract import Carrier
from flowengine.runtime.engine import Engine

BACKLOG = 1024
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

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner

    async def listen(self, host: str, port: int, listener: socket.socket | None) -> str:
        site: web.BaseSite
        if listener is not None:
            site = web.SockSite(self._runner, listener, backlog=BACKLOG)
        else:
            site = web.TCPSite(self._runner, host, port, backlog=BACKLOG)
        await site.start()
        return url_of(self._runner.addresses[0])

    async def stop_listening(self) -> None:
        for site in list(self._runner.sites):
            await site.stop()

    async def close(self) -> None:
        """Nothing: the runner does."""


def front(
    name: str, engine: Engine, carriers: Mapping[str, Carrier], app: web.Application, runner: web.AppRunner
) -> Front:
    """The front of this name, for an application whose runner is set up.

    Raises:
        FrontError: what it needs is not installed.
        KeyError: there is none of this name.
    """
    if name == AIOHTTP:
        return _Aiohttp(runner)
    if name != QUICK:
        raise KeyError(name)
    try:
        from flowengine.server.lane import Lanes
    except ImportError as error:
        raise FrontError("--front quick needs an extra: pip install 'flowengine[quick]'") from error
    return Lanes(engine, carriers, _fixed_paths(app), _protocols(runner))


def url_of(address: tuple[str, int, *tuple[object, ...]]) -> str:
    """The URL of an address that a socket is bound to."""
    host, port, *_ = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _fixed_paths(app: web.Application) -> frozenset[str]:
    return frozenset(each.canonical for each in app.router.resources() if isinstance(each, web.PlainResource))


def _protocols(runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
    def make() -> asyncio.Protocol:
        if runner.server is None:
            raise RuntimeError("the server has ended")
        return runner.server()

    return make
