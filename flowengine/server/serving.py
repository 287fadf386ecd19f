"""A server from its parts: project, store, carriers, engine and sockets, opened in order and closed in reverse."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from flowengine.carriers.contract import Carrier
from flowengine.carriers.registry import CARRIERS, Api, Connected, offers
from flowengine.compiler.build import Build
from flowengine.compiler.environment import resolve
from flowengine.runtime.engine import Engine
from flowengine.runtime.http.rest import RestClient
from flowengine.runtime.limits import Limits
from flowengine.runtime.log import Log
from flowengine.runtime.observing.setting_up import watching
from flowengine.runtime.outside import Outside
from flowengine.runtime.projects import Projects
from flowengine.runtime.store import Store, open_store
from flowengine.runtime.store.opening import MEMORY, is_elsewhere, seal_of
from flowengine.runtime.store.sealing import VARIABLE
from flowengine.runtime.world import World
from flowengine.server.app import application
from flowengine.server.connections import Bounds, Connections
from flowengine.server.fronts import AIOHTTP, front
from flowengine.server.metrics import Exposition
from flowengine.server.notices import ears, routes

_SHUTDOWN_SECONDS = 10
"""How long requests under way may take once the sockets are closed."""

_LAST_SECONDS = 0.1
"""From closing the listening socket to closing connections."""

STATE = Path(".flowengine") / "state.db"
"""Where a project's calls are kept, below its folder."""


class BrokenProjectError(Exception):
    """The project has errors, so there is nothing to serve; `build` has them."""

    def __init__(self, build: Build) -> None:
        super().__init__("the project has errors")
        self.build = build


class InsecureError(Exception):
    """Carriers whose webhooks cannot be verified: anybody could send them. `carriers` are their names."""

    def __init__(self, carriers: Sequence[str]) -> None:
        names = " and ".join(f"[carriers.{name}] webhook_secret" for name in carriers)
        super().__init__(f"webhooks are not verified: set {names}, or say --insecure where nobody else can reach us")
        self.carriers = tuple(carriers)


class UnsealedError(Exception):
    """Flows take what must not be written down, and calls are kept elsewhere without a key to seal them."""

    def __init__(self) -> None:
        super().__init__(
            f"flows gather sensitive values, and calls leave this machine: set {VARIABLE} to a key"
            " (openssl rand -base64 32), the same on all machines, or say --insecure"
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """How a server is set up.

    Attributes:
        root: The project's folder.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        listener: A listening socket, in place of host and port.
        store: Where calls are kept: a file, or what `open_store` takes; None keeps them in memory.
        public_url: How carriers reach us, where the project does not say; empty: as they have asked.
        carriers: Tables of carriers by name, in place of the project's.
        must_build: Whether a project with errors is refused; else it may be mended while we run.
        drain: Seconds between saying that we are not ready any more and closing the sockets.
        extend: Given the application before it is opened, to add to it.
        outside: The world; the real one when None.
        insecure: Whether webhooks that nobody can verify are taken.
        wrap: Given the store, gives the one to use.
        clock: Unix time in seconds; the real one when None.
        limits: How long things may take.
        counts: The folder in which the workers of this machine leave their counts for each other.
        front: What answers carriers, one of `fronts.FRONTS`.
        bounds: What a client may take: connections, and time on them.
    """

    root: Path
    host: str = "127.0.0.1"
    port: int = 8080
    listener: socket.socket | None = None
    store: str | Path | None = None
    public_url: str = ""
    carriers: Mapping[str, Mapping[str, Any]] | None = None
    must_build: bool = True
    drain: float = 0.0
    extend: Callable[[web.Application], None] | None = None
    outside: Outside | None = None
    clock: Callable[[], float] | None = None
    insecure: bool = True
    wrap: Callable[[Store], Store] | None = None
    limits: Limits = field(default_factory=Limits)
    counts: Path | None = None
    front: str = AIOHTTP
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(slots=True)
class Server:
    """A server that runs. `url` has no slash at its end."""

    url: str
    engine: Engine
    projects: Projects
    build: Build
    connected: Mapping[str, Connected]


@asynccontextmanager
async def serve(setup: Setup) -> AsyncIterator[Server]:
    """Run a server until the block is left.

    Raises:
        BrokenProjectError: the project has errors.
        InsecureError: webhooks of a carrier cannot be verified, and that was not asked for.
        UnsealedError: sensitive values would be kept openly in a store elsewhere, and that was not asked for.
        CarrierConfigError, UnsetVariableError: a carrier is set up wrongly, or a variable that is named is not set.
        StoreError, FrontError, OSError: the store, the front or the address cannot be used.
    """
    projects = Projects(setup.root)
    built = await projects.load()
    if built.program is None and setup.must_build:
        raise BrokenProjectError(built)
    for name in ("events", "metrics"):
        resolve(asdict(getattr(built.config, name)), os.environ, name)
    log = Log()
    async with AsyncExitStack() as stack:
        public_url = setup.public_url or built.config.project_table.public_url or ""
        # Before the store is opened: what is refused leaves no files.
        tables = _carrier_tables(setup, built)
        unsigned = [name for name, table in tables.items() if not offers()[name].connect(table, b"", public_url).signed]
        if unsigned and not setup.insecure:
            raise InsecureError(unsigned)
        carriers: dict[str, Carrier] = {}
        where = str(setup.store or MEMORY)
        seal = seal_of(where, os.environ)
        if seal is None and is_elsewhere(where) and built.program is not None and built.program.sensitive:
            if not setup.insecure:
                raise UnsealedError
            log.warning(f"what callers type in confidence is kept openly: {VARIABLE} is not set")
        store = await open_store(where, carriers, seal)
        stack.push_async_callback(store.close)
        if setup.wrap is not None:
            store = setup.wrap(store)
        connected = {
            name: offers()[name].connect(table, await store.secret(name), public_url) for name, table in tables.items()
        }
        carriers.update({name: each.carrier for name, each in connected.items()})
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        outside = setup.outside
        if outside is None:
            clients = {name: client(session, each.api) for name, each in connected.items()}
            world = World(projects, clients, session)
            stack.push_async_callback(world.close)
            outside = world
        clock = {} if setup.clock is None else {"clock": setup.clock}
        watch = await stack.enter_async_context(watching(built.config))
        engine = Engine(projects, store, carriers, outside, limits=setup.limits, log=log, watch=watch, **clock)
        await engine.start()
        stack.push_async_callback(engine.close)
        exposition = Exposition(engine, setup.counts)
        await stack.enter_async_context(exposition.running())
        heard = routes(engine, ears(_named(setup, built), insecure=setup.insecure), setup.bounds.body)
        app = application(engine, [*heard, *exposition.routes()], setup.bounds)
        if setup.extend is not None:
            setup.extend(app)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        connections = Connections(engine, lambda: runner.server, setup.bounds)
        listening = front(setup.front, engine, carriers, app, connections)
        stack.push_async_callback(listening.close)
        url = await listening.listen(setup.host, setup.port, setup.listener)
        yield Server(url, engine, projects, built, connected)
        # Load balancers look first, then calls end: what is under way is answered before the sockets close.
        engine.draining = True
        await asyncio.sleep(setup.drain)
        await listening.stop_listening()
        # A connection that was taken a moment ago has not been read yet; closed now, its request would be lost without
        # an answer, and it would wait for one that never comes. Answers close their connections since we are draining.
        await asyncio.sleep(_LAST_SECONDS)


def _named(setup: Setup, built: Build) -> Mapping[str, Mapping[str, Any]]:
    return built.config.carriers if setup.carriers is None else setup.carriers


def _carrier_tables(setup: Setup, built: Build) -> dict[str, Any]:
    """The tables of the carriers that run flows, with the values of their variables."""
    tables, known = _named(setup, built), offers()
    # Nobody listens for a carrier that the project does not have; one that has none yet is called by the first.
    names = [name for name in tables or (CARRIERS[0].name,) if name in known]
    return {name: resolve(tables.get(name, {}), os.environ, f"carriers.{name}") for name in names}


def client(session: aiohttp.ClientSession, api: Api) -> RestClient:
    """A client for a carrier's API."""
    return RestClient(session, api.base_url, api.headers, query=api.query, login=api.login)
