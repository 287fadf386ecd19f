"""From the project's file and the environment to what watches its calls."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from flowengine.compiler.config import Config
from flowengine.runtime.observing.watch import Watch

if TYPE_CHECKING:
    from flowengine.runtime.observing.tracing import Tracing

_LAST_SECONDS = 2.0

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracingError(Exception):
    """Traces are wanted, and what makes them is not installed."""

    def __init__(self) -> None:
        super().__init__("traces need an extra: pip install 'flowengine[otel]'")


@asynccontextmanager
async def watching(config: Config) -> AsyncIterator[Watch]:
    """What watches calls, until the block is left; then spans that are left are sent.

    Raises:
        TracingError: traces are wanted, and OpenTelemetry is not installed.
    """
    if not _wanted(config):
        yield Watch()
        return
    try:
        from flowengine.runtime.observing.tracing import Tracing
    except ImportError as error:
        raise TracingError from error
    tracing = Tracing(config.tracing.endpoint, config.tracing.sample)
    try:
        yield Watch(tracing=tracing)
    finally:
        await _close(tracing)


async def _close(tracing: Tracing) -> None:
    """Send what is left, for a while: a receiver that is away must not hold us up."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def close() -> None:
        tracing.close()
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(closed.set)

    # A thread that nobody joins: those of the event loop would be waited for.
    threading.Thread(target=close, name="flowengine-spans", daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_SECONDS):
            await closed.wait()


def _wanted(config: Config) -> bool:
    environment = os.environ
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return config.tracing.endpoint is not None or any(environment.get(name) for name in ENDPOINTS)
