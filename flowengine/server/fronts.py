"""What listens for carriers and answers them: the short way of plain webhooks, and behind it aiohttp's server."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from flowengine.carriers.contract import Carrier
from flowengine.runtime.engine import Engine
from flowengine.server import reading
from flowengine.server.connections import Connections
from flowengine.server.lane import Lanes
from flowengine.server.reading import Readers

AIOHTTP = "aiohttp"
QUICK = "quick"
FRONTS = (AIOHTTP, QUICK)
"""What reads plain webhooks, by the name that `serve --front` takes; the first is the default."""


class FrontError(Exception):
    """A front cannot be used: what it needs is not installed."""


def front(
    name: str, engine: Engine, carriers: Mapping[str, Carrier], app: web.Application, connections: Connections
) -> Lanes:
    """The front of this name, for an application whose runner is set up; to be called while the event loop runs.

    Raises:
        FrontError: what it needs is not installed.
        KeyError: there is none of this name.
    """
    return Lanes(engine, _short(carriers, app), _fixed_paths(app), connections, _readers(name))


def _readers(name: str) -> Readers:
    if name == AIOHTTP:
        return reading.readers
    if name != QUICK:
        raise KeyError(name)
    try:
        from flowengine.server import quick
    except ImportError as error:
        raise FrontError("--front quick needs an extra: pip install 'flowengine[quick]'") from error
    return quick.readers


def _short(carriers: Mapping[str, Carrier], app: web.Application) -> Mapping[str, Carrier]:
    """The carriers whose webhooks may go the short way: nothing in the application stands before their handlers."""
    if app.middlewares:
        return {}
    more = [each.canonical for each in app.router.resources() if not isinstance(each, web.PlainResource)]
    own = {f"/{name}/{{path}}" for name in carriers}
    return {
        name: carrier
        for name, carrier in carriers.items()
        if not any(f"{path}/".startswith(f"/{name}/") for path in more if path not in own)
    }


def _fixed_paths(app: web.Application) -> frozenset[str]:
    return frozenset(each.canonical for each in app.router.resources() if isinstance(each, web.PlainResource))
