"""`flowengine dev [DIR]`: everything on one machine, on one port: the embedded carrier, the server, hot reload."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from flowengine.carriers.directory import EMBEDDED_KEYS
from flowengine.cli import embedding
from flowengine.cli.conversation import Conversation
from flowengine.cli.listening import reachable, reason
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings, stop_signal
from flowengine.cli.running import run as run_loop
from flowengine.cli.serve import store_name
from flowengine.compiler.build import build
from flowengine.runtime import log
from flowengine.runtime.observing.setting_up import TracingError
from flowengine.runtime.projects import Projects
from flowengine.runtime.reload import Reloaded, Reloader
from flowengine.runtime.store import StoreError
from flowengine.sandbox import Sandbox, SandboxConfig
from flowengine.sandbox.telefonie.app import PREFIX, telefonie_app
from flowengine.sandbox.telefonie.siblings import SMS_PREFIX
from flowengine.server.serving import Server, Setup, serve
from flowengine.speech import Speech
from flowengine.web.console.routes import Console
from flowengine.web.guard import Guard
from flowengine.web.page import Page
from flowengine.web.placing import webhooks

KEY = "sandbox"
"""The API key of the embedded carrier: it protects nothing, and is printed."""

OUTSIDE = "+15557650001"
"""A phone somewhere in the simulated network."""

VOICES = Path(".flowengine") / "speech"
"""Where prompts are kept as sound, below the project's folder."""

_NUMBER = "+15551230000"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and what the simulated network does."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="the project's folder (default: the present one)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen on (default: 8080; 0: a free one)")
    parser.add_argument("--store", metavar="FILE", default="memory", help="the file of the calls (default: memory)")
    parser.add_argument("--quick", action="store_true", help="prompts take no time, and are not heard")
    parser.add_argument(
        "--console-token", metavar="TOKEN", default="", help="who knows it may use the web phone from other machines"
    )
    parser.add_argument(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        default="warning",
        help="the least that is logged (default: warning)",
    )


def run(options: argparse.Namespace) -> int:
    """Run until a signal comes."""
    log.set_up("text", options.log_level)
    try:
        return run_loop(_dev(options))
    except (StoreError, TracingError, OSError) as error:
        raise UsageError(reason(error, options.host, options.port)) from None


async def _dev(options: argparse.Namespace) -> int:
    root = project(options.folder)
    stop = stop_signal()
    async with AsyncExitStack() as stack:
        port = options.port or _free_port(options.host)
        url = f"http://{reachable(options.host)}:{port}"
        built = build(root)
        config = SandboxConfig(
            listen=False,
            public_url=f"{url}/carrier",
            api_keys=(KEY,),
            pace=0.0 if options.quick else 1.0,
            audio=not options.quick,
            voipbin=embedding.account(built.config, url),
        )
        speech = await stack.enter_async_context(Speech(root / VOICES))
        sandbox = await stack.enter_async_context(Sandbox(config, speech=speech))
        guard = Guard(options.console_token, options.host)
        page, console = Page(guard), Console(guard)

        def extend(app: web.Application) -> None:
            console.mount(app)
            page.mount(app)
            app.add_subapp(PREFIX, telefonie_app(sandbox.exchange, sandbox.owners))
            app.add_subapp("/carrier", sandbox.app)
            app.middlewares.append(guard.carrier(f"{PREFIX}/", "/carrier/"))

        setup = Setup(
            root,
            options.host,
            port,
            None,
            store_name(root, options.store),
            url,
            {
                "telefonie": {"api_key": KEY, "base_url": f"{url}{PREFIX}", "sms_url": f"{url}/carrier{SMS_PREFIX}"},
                embedding.NAME: embedding.table(built.config, url),
            },
            must_build=False,
            extend=extend,
        )
        server = await stack.enter_async_context(serve(setup))
        page.connect(sandbox, server)
        console.connect(server.projects, server.build, server.engine.store, server.engine)
        own_numbers(sandbox, server.projects, server.url)
        conversation = Conversation(sys.stdout)
        sandbox.bulletin.observe(conversation.happened)
        if server.build.diagnostics:
            show_findings(server.build)
        print(greeting(server), flush=True)

        def report(reloaded: Reloaded) -> None:
            if reloaded.build.diagnostics:
                show_findings(reloaded.build)
            page.rebuilt(reloaded.build)
            console.rebuilt(reloaded.build)
            if reloaded.adopted:
                own_numbers(sandbox, server.projects, server.url)
                conversation.note(f"reloaded in {reloaded.seconds * 1000:.0f} ms; calls under way keep their version")
            else:
                conversation.note("not reloaded: the last good version stays")

        watching = asyncio.create_task(Reloader(server.projects, report).run(stop))
        await stop.wait()
        print("\nStopping.", flush=True)
        await watching
    return 0


def own_numbers(sandbox: Sandbox, projects: Projects, url: str) -> None:
    """Let the project's numbers be those of the embedded carrier, each with our webhooks."""
    over_voipbin = embedding.numbers(projects.config)
    wanted = set(numbers(projects)) - over_voipbin
    for number in set(sandbox.network.lines) - wanted - over_voipbin:
        sandbox.exchange.disown(number)
    for number in wanted:
        sandbox.exchange.own(number, webhooks(url))
    embedding.own(sandbox.voipbin, over_voipbin, url)


def numbers(projects: Projects) -> Mapping[str, str]:
    """The project's numbers, each with its flow."""
    return {number: target.flow for number, target in projects.config.numbers.items()}


def greeting(server: Server) -> str:
    """What is printed at the start: where everything is, and two calls to try."""
    url = server.url
    owned = numbers(server.projects)
    ours = next(iter(owned), _NUMBER)
    program = server.projects.program
    flow = owned.get(ours) or next(iter(program.flows if program is not None else ()), "start")
    lines = [f"Flowengine is at {url}, the embedded carrier at {url}{PREFIX} (X-API-Key: {KEY}).", ""]
    over_voipbin = embedding.numbers(server.projects.config)
    if over_voipbin:
        lines[1:1] = [f"VoIPBIN is at {url}/carrier/v1.0 (accesskey={EMBEDDED_KEYS[embedding.NAME]})."]
    lines += [
        f"  {number}  {name}{', over VoIPBIN' if number in over_voipbin else ''}" for number, name in owned.items()
    ] or ["  no numbers: [numbers] is empty"]
    lines += [
        "",
        f"The web phone and the console are at {url}/: call from the browser, hear it, press keys, look at calls.",
        "",
        "A call out, answered by a phone of the simulated network:",
        "",
        curl(
            url,
            {
                "from": ours,
                "to": OUTSIDE,
                "url": f"{url}/telefonie/voice/{flow}",
                "status_callback": f"{url}/telefonie/status",
            },
        ),
        "",
        "A call in, from that phone to our number:",
        "",
        curl(url, {"from": OUTSIDE, "to": ours}),
        "",
        "Save a flow, and the next call is answered by it. Ctrl+C ends everything.",
    ]
    return "\n".join(lines)


def curl(url: str, body: Mapping[str, str]) -> str:
    """A command that places a call."""
    data = json.dumps(body)
    headers = f"-H 'X-API-Key: {KEY}' -H 'Content-Type: application/json'"
    return f"  curl -X POST {url}{PREFIX}/calls {headers} \\\n    -d '{data}'"


def _free_port(host: str) -> int:
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        port: int = listener.getsockname()[1]
        return port
