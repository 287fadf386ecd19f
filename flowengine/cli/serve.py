"""`flowengine serve [DIR]`: the webhook server for production."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

from flowengine.carriers.registry import CarrierConfigError
from flowengine.cli.listening import reason
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings, stop_signal
from flowengine.cli.running import run as run_loop
from flowengine.compiler.environment import UnsetVariableError
from flowengine.runtime import log
from flowengine.runtime.observing.setting_up import TracingError
from flowengine.runtime.reload import Reloaded, Reloader
from flowengine.runtime.store import StoreError
from flowengine.runtime.store.opening import is_shared
from flowengine.server.fronts import FRONTS, FrontError
from flowengine.server.serving import STATE, BrokenProjectError, InsecureError, Server, Setup, UnsealedError, serve
from flowengine.server.workers import READY, Supervisor

_REFUSALS = (
    CarrierConfigError,
    FrontError,
    InsecureError,
    OSError,
    StoreError,
    TracingError,
    UnsealedError,
    UnsetVariableError,
)

_COLLECT = (10_000, 10, 10)
"""When the garbage collector looks: after so many more containers instead of 700, and so on as ever. What a turn leaves
behind makes no circles, and looking for them took 2 µs of each turn."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, where to keep the calls, and how to write the log."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="the project's folder (default: the present one)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen on (default: 8080; 0: a free one)")
    parser.add_argument("--workers", metavar="N", type=int, default=1, help="processes behind the port (default: 1)")
    parser.add_argument(
        "--store",
        metavar="WHERE",
        help=f"where calls are kept: a file, redis://HOST (redis+cluster://HOST), or `memory` (default: DIR/{STATE})",
    )
    parser.add_argument(
        "--front",
        choices=FRONTS,
        default=FRONTS[0],
        help="what reads plain webhooks: aiohttp's parser, or httptools, which is quicker (default: aiohttp)",
    )
    parser.add_argument(
        "--public-url", metavar="URL", default="", help="how carriers reach this server, in place of the project's"
    )
    parser.add_argument("--insecure", action="store_true", help="serve although webhooks cannot be verified")
    parser.add_argument("--reload", action="store_true", help="take over what is saved while the server runs")
    parser.add_argument(
        "--drain", metavar="SECONDS", type=float, default=1.0, help="from `not ready` to closing (default: 1)"
    )
    parser.add_argument("--log", choices=["json", "text"], default="json", help="the form of the log (default: json)")
    parser.add_argument(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        default="info",
        help="the least that is logged (default: info)",
    )
    parser.add_argument("--worker", metavar="FD", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--counts", metavar="DIR", type=Path, help=argparse.SUPPRESS)


def store_name(root: Path, wanted: str | None) -> str:
    """Where calls are kept, as `open_store` takes it; below the project's folder unless something else is wanted."""
    return str(root / STATE) if wanted is None else wanted


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes; 1 when the project has errors."""
    log.set_up(options.log, options.log_level)
    root = project(options.folder)
    store = store_name(root, options.store)
    if options.workers > 1 and not is_shared(store):
        raise UsageError("workers share their calls through a store: --store FILE, or --store redis://HOST")
    try:
        if options.workers > 1 and options.worker is None:
            return run_loop(_supervise(options))
        listener = None if options.worker is None else socket.socket(fileno=options.worker)
        setup = Setup(
            root,
            options.host,
            options.port,
            listener,
            store,
            options.public_url,
            drain=options.drain,
            insecure=options.insecure,
            counts=options.counts,
            front=options.front,
        )
        return run_loop(_serve(setup, options.reload))
    except BrokenProjectError as error:
        show_findings(error.build)
        return 1
    except _REFUSALS as error:
        raise UsageError(reason(error, options.host, options.port)) from None


async def _supervise(options: argparse.Namespace) -> int:
    stop, replace = stop_signal(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, replace.set)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with (
        socket.create_server((options.host, options.port), family=family, backlog=1024) as listener,
        tempfile.TemporaryDirectory(prefix="flowengine-", ignore_cleanup_errors=True) as counts,
    ):
        words = [sys.executable, "-m", "flowengine", *sys.argv[1:], f"--counts={counts}"]
        supervisor = Supervisor(lambda handle: [*words, f"--worker={handle}"], listener, options.workers)
        status = await supervisor.run(stop, replace)
    print("stopped", file=sys.stderr)
    return status


async def _serve(setup: Setup, reload: bool) -> int:
    gc.set_threshold(*_COLLECT)
    stop = stop_signal()
    async with serve(setup) as server:
        write = server.engine.log
        write("serving", url=server.url, project=setup.root.name, flows=sorted(server.build.flows))
        for name, connected in server.connected.items():
            if not connected.signed:
                write.warning("webhooks are not verified: nothing is set as webhook_secret", carrier=name)
        if _is_unreachable(setup, server):
            advice = "set public_url in [project], or --public-url"
            write.warning(f"carriers cannot reach this server: {advice}", url=server.url)
        watching = None
        if reload:

            def report(reloaded: Reloaded) -> None:
                server.engine.watch.metrics.reloaded(reloaded.adopted)
                _report(reloaded)

            watching = asyncio.create_task(Reloader(server.projects, report).run(stop))
        if setup.listener is not None:
            _work_for_parent(stop)
        await stop.wait()
        write("stopping")
        if watching is not None:
            await watching
    if setup.listener is None:
        print("stopped", file=sys.stderr)
    return 0


def _is_unreachable(setup: Setup, server: Server) -> bool:
    """Whether a carrier would be told to ask at an address of this machine: with a secret set, there is a real one."""
    named = setup.public_url or server.build.config.project_table.public_url
    return not named and any(connected.signed for connected in server.connected.values())


def _work_for_parent(stop: asyncio.Event) -> None:
    """Say that we are ready, and end when the parent does: then our standard input ends."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            stop.set()

    loop.add_reader(0, heard)
    print(READY.decode(), flush=True)


def _report(reloaded: Reloaded) -> None:
    write = log.Log()
    if reloaded.adopted:
        write("reloaded", seconds=round(reloaded.seconds, 3), version=reloaded.build.sources.digest())
    else:
        errors = [
            f"{d.span.file}:{d.span.line}: {d.code} {d.message}" for d in reloaded.build.diagnostics if d.is_error
        ]
        write.error("not reloaded: the last good version stays", errors=errors)
