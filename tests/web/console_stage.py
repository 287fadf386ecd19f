"""A server with the console in this process, and calls that are made by hand: one webhook a line."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
from aiohttp import web
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from flowengine.runtime.reload import Reloaded, Reloader
from flowengine.sandbox import Sandbox, SandboxConfig
from flowengine.server.serving import Server, Setup, serve
from flowengine.web.console.routes import Console
from flowengine.web.guard import Guard
from flowengine.web.page import Page as WebPhone
from tests.server.stage import Caller

CONFIG = """
[numbers]
"+15551230000" = "main"

[transfer]
allow = ["+1555*"]

[http]
allow = ["127.0.0.1"]
"""

MAIN = """\
flow main:
    on failed -> bye

start:
    say "Welcome to the shop."
    -> ask

ask:
    menu:
        say "For an order, press 1. For a person, press 2. To leave a message, press 3. To prove yourself, press 4."
        when 1 -> order
        when 2 -> agent
        when 3 -> message
        when 4 -> prove
        on nomatch:
            say "That is no choice."

order:
    gather number digits=4..8:
        say "Your order number, then pound."
    set text = "order " ~ number
    say "Thank you. Your {{ text }} is on its way."
    -> bye

agent:
    transfer "+15551230001" timeout=20s
    say "Nobody is there."
    -> ask

message:
    record note max=30s:
        say "Speak."
    say "Thank you."
    -> bye

prove:
    run verify() as verified:
        on failed -> bye
    if verified:
        say "It is you."
    -> bye

bye:
    say "Goodbye."
    hangup
"""

VERIFY = """\
flow verify()

pin:
    gather entered digits=4 sensitive=true:
        say "Your PIN."
    return entered == "1234"
"""


def write_project(root: Path) -> Path:
    """The project that the calls are made to."""
    (root / "flows").mkdir(parents=True)
    (root / "flowengine.toml").write_text(CONFIG)
    (root / "flows" / "main.flow").write_text(MAIN)
    (root / "flows" / "verify.flow").write_text(VERIFY)
    return root


@dataclass(slots=True)
class Stage:
    """A server that runs, its console, and a client that asks both."""

    root: Path
    server: Server
    client: aiohttp.ClientSession
    built: asyncio.Event

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    def caller(self, call: str = "CA1", number: str = "+15557650001") -> Caller:
        """Somebody who has not called yet."""
        made = Caller(self.client, self.url, call)
        made.base["from"] = number
        return made

    async def order(self, call: str, number: str = "+15557650001") -> None:
        """A whole call: an order, and the flow's goodbye."""
        caller = self.caller(call, number)
        await caller.begin()
        await caller.go_on(digits="1")
        await caller.go_on(digits="12345")
        await caller.over()

    async def leave(self, call: str, number: str = "+15557650002") -> None:
        """A whole call of somebody who hangs up when asked for an order's number."""
        caller = self.caller(call, number)
        await caller.begin()
        await caller.go_on(digits="1")
        await caller.over()

    async def get(self, path: str, **query: str) -> Any:
        """What the console answers."""
        async with self.client.get(f"{self.url}/ui/console{path}", params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def status(self, path: str, headers: Mapping[str, str] | None = None) -> int:
        """The status that the console answers with."""
        async with self.client.get(f"{self.url}/ui/console{path}", headers=headers) as response:
            return response.status

    async def save(self, call: str, name: str) -> tuple[int, Any]:
        """Keep a call as a script."""
        url = f"{self.url}/ui/console/calls/{call}/script"
        async with self.client.post(url, json={"name": name}) as response:
            return response.status, await response.json()

    async def edit(self, old: str, new: str) -> None:
        """Save the flow with other words, and wait until it is built."""
        file = self.root / "flows" / "main.flow"
        text = file.read_text()
        assert old in text
        self.built.clear()
        # Written again in case nobody watched yet.
        for _ in range(10):
            file.write_text(text.replace(old, new))
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self.built.wait()
                    return
        raise AssertionError("nobody has noticed the edit")


@asynccontextmanager
async def stage(
    root: Path, token: str = "", store: Path | None = None, clock: Callable[[], float] | None = None
) -> AsyncIterator[Stage]:
    """`flowengine dev` in this process, without sound and without waiting."""
    guard = Guard(token)
    page, console = WebPhone(guard), Console(guard)
    async with Sandbox(SandboxConfig(pace=0.0, audio=False)) as sandbox:

        def extend(app: web.Application) -> None:
            console.mount(app)
            page.mount(app)

        stop = asyncio.Event()
        setup = Setup(root, port=0, store=store, must_build=False, extend=extend, clock=clock)
        async with serve(setup) as server, aiohttp.ClientSession() as client:
            page.connect(sandbox, server)
            console.connect(server.projects, server.build, server.engine.store, server.engine)

            built = asyncio.Event()

            def report(reloaded: Reloaded) -> None:
                built.set()
                page.rebuilt(reloaded.build)
                console.rebuilt(reloaded.build)

            watching = asyncio.create_task(Reloader(server.projects, report).run(stop))
            try:
                yield Stage(root, server, client, built)
            finally:
                stop.set()
                await watching


@asynccontextmanager
async def alone(root: Path, *options: str) -> AsyncIterator[str]:
    """`flowengine console` on the project; its address."""
    words = ("-m", "flowengine", "console", str(root), "--port", "0", *options)
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("The console is at "), line
        yield line.split()[-1].rstrip("/")
        process.terminate()
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass(slots=True)
class Desk:
    """A browser that looks at the console, and what its pages have complained of."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, address: str) -> Page:
        """A tab at this address of the console, connected."""
        page = await self.context.new_page()
        page.on("console", lambda message: self._said(message))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.url}/{address}")
        page.set_default_timeout(10_000)
        await page.get_by_role("status").filter(has_text=re.compile("^Connected$")).wait_for()
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@asynccontextmanager
async def chromium_running() -> AsyncIterator[Browser]:
    """Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program is not None, "Chromium is needed: `make test` installs it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", *_QUIET],
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def desk(url: str, browser: Browser) -> AsyncIterator[Desk]:
    """A window of its own, that has seen nothing yet."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        yield Desk(context, url)
    finally:
        await context.close()


_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


_LOOKS: list[tuple[int, Literal["light", "dark"]]] = [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")]


async def unusable(page: Page) -> list[str]:
    """What axe finds in any look of the page, and where it is wider than the screen."""
    found: list[str] = []
    await page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    for width, scheme in _LOOKS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)
        for rule in (await page.evaluate("axe.run()"))["violations"]:
            found += [f"{width} {scheme}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
        if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{width} {scheme}: it scrolls sideways")
    return found
