"""Work that nobody waits for: it is held while it runs, and what goes wrong in it is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from flowengine.runtime.log import Log
from flowengine.runtime.store import ConflictError, StoreError


class Background:
    """The tasks of one engine."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._tasks

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Let `work` run; `name` is for the log."""
        task = asyncio.create_task(self._guarded(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel what runs, and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except (StoreError, TimeoutError) as error:
            self._log.warning(f"{name}: the store is away", error=str(error) or "timeout")
        except ConflictError:
            self._log(f"{name}: another worker was quicker")
        except Exception as error:
            self._log.crash(f"a fault in {name}", error)
