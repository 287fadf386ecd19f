"""Several workers behind one port: processes that share a listening socket, and one that looks after them.

The socket belongs to the parent, so nothing that waits in it is lost when a worker dies or is replaced: the others, or
the next one, take it. A worker says `ready` on its standard output, and ends when its standard input does, that is,
when the parent is gone.
"""

from __future__ import annotations

import asyncio
import socket
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

from flowengine.runtime.log import Log

READY = b"ready"
"""What a worker says when it takes requests."""

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class Supervisor:
    """Keeps `count` workers running. `command` gives the words that start one, with the socket's file descriptor."""

    def __init__(
        self, command: Callable[[int], Sequence[str]], listener: socket.socket, count: int, log: Log | None = None
    ) -> None:
        self._command = command
        self._listener = listener
        self._count = count
        self._log = log or Log()
        self._running: set[Process] = set()
        self._expected: set[Process] = set()
        self._keepers: list[asyncio.Task[None]] = []

    async def run(self, stop: asyncio.Event, replace: asyncio.Event) -> int:
        """Run until `stop` is set; the exit status. Each time `replace` is set, every worker is replaced by a new one,
        one after the other, each only when its successor is ready."""
        try:
            # The first one finds what is wrong with the project or the store, and says it once.
            workers = [await self._start()]
            if workers[0].returncode is None:
                workers += await asyncio.gather(*(self._start() for _ in range(self._count - 1)))
            failed = next((worker for worker in workers if worker.returncode is not None), None)
            if failed is not None:
                return failed.returncode or 1
            self._keepers = [asyncio.create_task(self._keep(worker)) for worker in workers]
            replacing = asyncio.create_task(self._replace_all(replace))
            await stop.wait()
            replacing.cancel()
            return 0
        finally:
            for keeper in self._keepers:
                keeper.cancel()
            await asyncio.gather(*(self._stop(worker) for worker in self._running))

    async def _start(self) -> Process:
        """A worker that is ready, or has ended."""
        handle = self._listener.fileno()
        worker = await asyncio.create_subprocess_exec(
            *self._command(handle), stdin=PIPE, stdout=PIPE, pass_fds=(handle,)
        )
        self._running.add(worker)
        try:
            async with asyncio.timeout(_START_SECONDS):
                while worker.stdout is not None and (line := await worker.stdout.readline()):
                    if line.strip() == READY:
                        self._log("worker started", worker=worker.pid)
                        return worker
        except TimeoutError:
            worker.kill()
        await worker.wait()
        self._running.discard(worker)
        return worker

    async def _keep(self, worker: Process) -> None:
        """Wait for the end of a worker, and start another in its place."""
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            status = await worker.wait()
            self._running.discard(worker)
            if worker in self._expected:
                self._expected.discard(worker)
                return
            self._log.error("a worker has ended", worker=worker.pid, status=status)
            if time.monotonic() - began > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            while True:
                worker = await self._start()
                if worker.returncode is None:
                    break
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _replace_all(self, replace: asyncio.Event) -> None:
        while True:
            await replace.wait()
            replace.clear()
            for old in list(self._running):
                new = await self._start()
                if new.returncode is not None:
                    self._log.error("the workers stay: a new one has ended before it was ready")
                    break
                self._keepers.append(asyncio.create_task(self._keep(new)))
                self._expected.add(old)
                await self._stop(old)
            self._keepers = [keeper for keeper in self._keepers if not keeper.done()]

    async def _stop(self, worker: Process) -> None:
        if worker.returncode is None:
            worker.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await worker.wait()
            except TimeoutError:
                self._log.error("a worker did not end", worker=worker.pid)
                worker.kill()
                await worker.wait()
        self._running.discard(worker)
