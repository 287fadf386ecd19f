"""Everything on one machine for the browser: `flowengine dev` as a process, and Chromium with a microphone."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.async_api import Browser as ChromiumProgram
from playwright.async_api import BrowserContext, ConsoleMessage, Page, async_playwright

from flowengine.sandbox.network.audio import read_wav
from flowengine.speech import Speech
from tests.web import sounds
from tests.web.sounds import Samples

NUMBER = "+15551230000"
_SECONDS = 60.0

CONFIG = f"""
[numbers]
"{NUMBER}" = "main"

[transfer]
allow = ["+1555*"]
"""

MAIN = """\
flow main:
    timeout 20s
    on failed -> bye

start:
    menu:
        play "jingle.wav"
        say "You may press one for a message, two for a transfer, three for the room, or four for a secret."
        when 1 -> message
        when 2 -> agent
        when 3 -> room
        when 4 -> secret

message:
    record note max=30s silence=20s:
        say "Speak."
        on empty -> start
    say "Thank you for {{ note.duration }} seconds."
    -> start

agent:
    transfer "+15551230001" timeout=20s:
        on busy:
            say "Busy."
        on completed -> start
    -> start

room:
    conference "team"
    -> bye

secret:
    gather pin digits=4 sensitive=true:
        say "Your PIN."
    say "Thank you."
    if pin == "0000":
        say "That is no PIN."
    -> start

bye:
    say "Goodbye."
    hangup
"""

JINGLE = sounds.warble(1, 1.5)
"""What the flow plays first."""

WORDS = "The quick brown fox jumps over the lazy dog, and then it sleeps in the afternoon sun."
"""What is said into the microphone, again and again. Words, since browsers take tones for noise, and remove them."""

_TAP = Path(__file__).with_name("tap.js")


def write_project(root: Path) -> Path:
    """The project that the tests call."""
    (root / "flows").mkdir(parents=True, exist_ok=True)
    (root / "audio").mkdir(exist_ok=True)
    (root / "flowengine.toml").write_text(CONFIG)
    (root / "flows" / "main.flow").write_text(MAIN)
    sounds.write(root / "audio" / "jingle.wav", JINGLE)
    return root


@asynccontextmanager
async def running(root: Path, *options: str, without: str = "") -> AsyncIterator[str]:
    """`flowengine dev` on the project; its address. `without` is a package that it is to find missing."""
    environment = dict(os.environ)
    if without:
        hidden = root / "hidden"
        hidden.mkdir()
        (hidden / f"{without}.py").write_text(f'raise ImportError("{without} is not installed")\n')
        environment["PYTHONPATH"] = os.pathsep.join([str(hidden), *filter(None, [environment.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "flowengine",
        "dev",
        str(root),
        "--port",
        "0",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    assert process.stdout is not None
    reading: asyncio.Task[None] | None = None
    printed: list[str] = []
    try:
        async with asyncio.timeout(_SECONDS):
            while not (line := (await process.stdout.readline()).decode()).startswith("Flowengine is at "):
                printed.append(line)
                assert line, f"it ended: {''.join(printed)}"
        reading = asyncio.create_task(_read_on(process.stdout))
        yield line.split()[3].rstrip(",")
    finally:
        if reading is not None:
            reading.cancel()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _read_on(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


@dataclass(slots=True)
class Browser:
    """A browser, what its microphone picks up (8 kHz), and what its pages have complained of."""

    context: BrowserContext
    url: str
    voice: Samples
    complaints: list[str] = field(default_factory=list)

    async def tab(self, path: str = "/", *, script: str = "") -> Page:
        """A new tab with the page, connected; `script` is run before those of the page."""
        page = await self.context.new_page()
        if script:
            await page.add_init_script(script)
        await page.add_init_script(path=_TAP)
        page.on("console", lambda message: self._said(message))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.url + path)
        await page.get_by_text("Connected", exact=True).wait_for()
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@dataclass(slots=True)
class Chromium:
    """A browser, and what its microphone picks up (8 kHz)."""

    program: ChromiumProgram
    voice: Samples

    @asynccontextmanager
    async def visiting(self, url: str) -> AsyncIterator[Browser]:
        """Tabs of their own for the page at `url`."""
        context = await self.program.new_context()
        try:
            yield Browser(context, url, self.voice)
        finally:
            await context.close()


@asynccontextmanager
async def chromium_running(folder: Path) -> AsyncIterator[Chromium]:
    """Chromium, whose microphone picks up WORDS."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program is not None, "Chromium is needed: `make test` installs it"
    microphone = folder / "microphone.wav"
    async with Speech(folder / "speech") as speech:
        spoken = await asyncio.to_thread((await speech.synthesize(WORDS, "en-US")).read_bytes)
    voice = np.frombuffer(read_wav(spoken), "<i2") / 32768
    sounds.write(microphone, voice, 48_000)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=program,
            headless=True,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--autoplay-policy=user-gesture-required",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}",
            ],
        )
        try:
            yield Chromium(started, voice)
        finally:
            await started.close()


async def said(page: Page, text: str) -> None:
    """Wait until the conversation says `text`."""
    await page.get_by_role("log").get_by_text(text).last.wait_for(timeout=20_000)


async def heard(page: Page, seconds: float = 60) -> Samples:
    """What the tab has played in the last `seconds`, at 8 kHz."""
    return np.frombuffer(b64decode(await page.evaluate(f"window.heard({seconds})")), "<i2") / 32768
