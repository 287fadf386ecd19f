"""`flowengine serve [DIR]`: the webhook server for production."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from flowengine.carriers.registry import CarrierConfigError
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings, stop_signal
from flowengine.cli.running import run as run_loop
from flowengine.compiler.environment import UnsetVariableError
from flowengine.runtime import log
from flowengine.runtime.reload import Reloaded, Reloader
from flowengine.runtime.store import StoreError
from flowengine.server.serving import STATE, BrokenProjectError, Setup, serve


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, where to keep the calls, and how to write the log."""
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="the project's folder")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen on (default: 8080; 0: a free one)")
    parser.add_argument("--store", metavar="FILE", help=f"the file of the calls, or `memory` (default: DIR/{STATE})")
    parser.add_argument("--public-url", default="", help="how carriers reach this server, in place of the project's")
    parser.add_argument("--reload", action="store_true", help="take over what is saved while the server runs")
    parser.add_argument("--drain", type=float, default=1.0, help="seconds from `not ready` to closing (default: 1)")
    parser.add_argument("--log", choices=["json", "text"], default="json", help="the form of the log (default: json)")
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="info")


def store_path(root: Path, wanted: str | None) -> Path | None:
    """The file of the state; None for memory."""
    if wanted == "memory":
        return None
    return root / STATE if wanted is None else Path(wanted)


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes; 1 when the project has errors."""
    log.set_up(options.log, options.log_level)
    root = project(options.folder)
    setup = Setup(
        root,
        options.host,
        options.port,
        store_path(root, options.store),
        options.public_url,
        drain=options.drain,
    )
    try:
        return run_loop(_serve(setup, options.reload))
    except BrokenProjectError as error:
        show_findings(error.build)
        return 1
    except (CarrierConfigError, UnsetVariableError, StoreError, OSError) as error:
        raise UsageError(str(error)) from None


async def _serve(setup: Setup, reload: bool) -> int:
    stop = stop_signal()
    async with serve(setup) as server:
        write = server.engine.log
        write("serving", url=server.url, project=setup.root.name, flows=sorted(server.build.flows))
        for name, connected in server.connected.items():
            if not connected.signed:
                write.warning("webhooks are not verified: no webhook_secret is set", carrier=name)
        watching = None
        if reload:
            watching = asyncio.create_task(Reloader(server.projects, _report).run(stop))
        await stop.wait()
        write("stopping")
        if watching is not None:
            await watching
    print("stopped", file=sys.stderr)
    return 0


def _report(reloaded: Reloaded) -> None:
    write = log.Log()
    if reloaded.adopted:
        write("reloaded", seconds=round(reloaded.seconds, 3), version=reloaded.build.sources.digest())
    else:
        errors = [
            f"{d.span.file}:{d.span.line}: {d.code} {d.message}" for d in reloaded.build.diagnostics if d.is_error
        ]
        write.error("not reloaded: the last good version stays", errors=errors)
