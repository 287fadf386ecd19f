"""`flowengine console [DIR]`: the console alone, on the calls that a server has taken; it answers none itself."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from flowengine.cli.listening import reachable, reason
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings, stop_signal
from flowengine.cli.running import run as run_loop
from flowengine.cli.serve import store_name
from flowengine.runtime import log
from flowengine.runtime.projects import Projects
from flowengine.runtime.reload import Reloaded, Reloader
from flowengine.runtime.store import StoreError, open_store
from flowengine.server.connections import Bounds
from flowengine.server.http_log import http_log
from flowengine.web.console.routes import Console
from flowengine.web.guard import Guard
from flowengine.web.page import Page


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where calls are kept, and where to listen."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="the project's folder (default: the present one)"
    )
    parser.add_argument("--store", metavar="WHERE", help="where calls are kept, as `serve` was told")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8081, help="the port to listen on (default: 8081; 0: a free one)")
    parser.add_argument(
        "--console-token", metavar="TOKEN", default="", help="who knows it may look from other machines"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    log.set_up("text", "warning")
    root = project(options.folder)
    where = store_name(root, options.store)
    if "://" not in where and not Path(where.removeprefix("sqlite:")).is_file():
        raise UsageError(f"no calls are kept in {where}")
    try:
        return run_loop(_console(options, root, where))
    except (StoreError, OSError) as error:
        raise UsageError(reason(error, options.host, options.port)) from None


async def _console(options: argparse.Namespace, root: Path, where: str) -> int:
    stop = stop_signal()
    projects = Projects(root)
    built = await projects.load()
    if built.diagnostics:
        show_findings(built)
    async with AsyncExitStack() as stack:
        store = await open_store(where, {})
        stack.push_async_callback(store.close)
        guard = Guard(options.console_token)
        page, console = Page(guard, phone=False), Console(guard)
        app = web.Application()
        console.mount(app)
        page.mount(app)
        console.connect(projects, built, store)
        runner = web.AppRunner(
            app, access_log=None, logger=http_log(), handle_signals=False, keepalive_timeout=Bounds().idle
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, options.host, options.port).start()
        host, port, *_ = runner.addresses[0]
        print(f"The console is at http://{reachable(host)}:{port}/", flush=True)

        def report(reloaded: Reloaded) -> None:
            console.rebuilt(reloaded.build)

        watching = asyncio.create_task(Reloader(projects, report).run(stop))
        await stop.wait()
        await watching
    return 0
