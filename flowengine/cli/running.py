"""What the commands that stay have in common: the event loop, the end by a signal, and findings on the terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowengine.cli.main import UsageError
from flowengine.compiler.build import Build
from flowengine.compiler.sources import find_root
from flowengine.diagnostics.render import RENDERERS, Style
from flowengine.diagnostics.sources import Sources


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its end, on uvloop where that is installed."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        with asyncio.Runner() as runner:
            return runner.run(work)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # a platform without signals ends us otherwise
            loop.add_signal_handler(number, stop.set)
    return stop


def project(folder: str) -> Path:
    """The root of the project that a folder belongs to.

    Raises:
        UsageError: it is not there.
    """
    path = Path(folder)
    if not path.exists():
        raise UsageError(f"there is no file or folder {folder}")
    return find_root(path).resolve()


def show_findings(build: Build) -> None:
    """Print the findings of a build on the error stream."""
    renderer = next(renderer for renderer in RENDERERS if renderer.name == "text")
    style = Style(colour=sys.stderr.isatty(), width=120)
    print(renderer.render(list(build.diagnostics), Sources(build.sources.texts), style), end="", file=sys.stderr)
