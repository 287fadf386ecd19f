"""Who uses a SQLite file, and when: what is asked for in one round of the event loop is one transaction.

A commit is a write into the memory of the system (WAL, synchronous=NORMAL): it takes 10 to 40 µs, a change to another
thread and back 100. So what takes a moment only is done in the event loop, at the end of its round. There is a thread
for all that may take longer: what reads much, waiting until another process has written, and the checkpoint, which
waits for the disk. While the thread is at something, what comes is queued behind it, and is done together.
"""

from __future__ import annotations

import asyncio
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from flowengine.runtime.store.sqlite_saves import Result, Save, Task, Work, failed, tell, transact

T = TypeVar("T")

BUSY_SECONDS = 1.5
_BUSY_PAUSE = 0.003
_MOST = 256
"""Of what is done in one transaction."""

_CHECKPOINT = 1000
"""Rows that are changed between two checkpoints: two a turn, and 2 to 10 MB of WAL."""

_SLOW = 0.02
_WARY = 1.0
"""When a round in the event loop took longer than the former, the thread does all for the latter, in seconds: the
system holds up writers when a disk does not keep up."""

_Round = tuple[asyncio.AbstractEventLoop, list[Task]]


class SqliteThread:
    """Does what it is given, in order."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` must not begin transactions nor make checkpoints by itself, nor wait for locks; nobody else may use it
        from now on."""
        self._db = db
        self._asked: list[Task] = []
        self._brief = True
        self._wary_until = 0.0
        self._checkpointed = 0
        # The thread rests when it has ended all that it was given. Each number is written by one side only.
        self._given = self._ended = 0
        self._rounds: queue.SimpleQueue[_Round | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="flowengine-sqlite", daemon=True)
        self._thread.start()

    def ask(self, work: Save | Work[T], *, brief: bool = False) -> asyncio.Future[T]:
        """The future result of something that is to be done; `brief` where it touches a few rows that it names."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._asked.append((work, future))
        self._brief = self._brief and brief
        if len(self._asked) == 1:
            loop.call_soon(self._end_round, loop)
        return future

    def trace(self, told: Callable[[str], object]) -> None:
        """Tell each statement when it begins, in the thread that does it."""
        self._db.set_trace_callback(told)

    async def close(self) -> None:
        """Do what was asked for, and end."""
        self._brief = False
        self._end_round(asyncio.get_running_loop())
        self._rounds.put(None)
        await asyncio.to_thread(self._thread.join)
        self._db.close()

    # ------------------------------------------------------------------------------------------- inside the event loop

    def _end_round(self, loop: asyncio.AbstractEventLoop) -> None:
        tasks, self._asked = self._asked, []
        brief, self._brief = self._brief and len(tasks) <= _MOST, True
        if not tasks:
            return
        if brief and self._given == self._ended and (results := self._at_once(tasks)) is not None:
            tell(results)
            if self._is_checkpoint_due():
                self._hand_over(loop, [])
        else:
            self._hand_over(loop, tasks)

    def _hand_over(self, loop: asyncio.AbstractEventLoop, tasks: list[Task]) -> None:
        self._given += 1
        self._rounds.put((loop, tasks))

    def _at_once(self, tasks: list[Task]) -> list[Result] | None:
        """Do it here and now; None when that would hold up the event loop."""
        began = time.monotonic()
        if began < self._wary_until:
            return None
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            return None if _is_busy(error) else failed(tasks, error)
        results = transact(self._db, tasks)
        now = time.monotonic()
        if now - began > _SLOW:
            self._wary_until = now + _WARY
        return results

    def _is_checkpoint_due(self) -> bool:
        return self._db.total_changes - self._checkpointed > _CHECKPOINT

    # ----------------------------------------------------------------------------------------------- inside the thread

    def _run(self) -> None:
        while (first := self._rounds.get()) is not None:
            rounds = [first]
            closing = False
            while sum(len(tasks) for _, tasks in rounds) < _MOST:
                try:
                    following = self._rounds.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    closing = True
                    break
                rounds.append(following)
            if tasks := [task for _, asked in rounds for task in asked]:
                self._settle({loop for loop, _ in rounds}, self._transact(tasks))
            if self._is_checkpoint_due():
                self._checkpoint()
            self._ended += len(rounds)
            if closing:
                return

    def _transact(self, tasks: list[Task]) -> list[Result]:
        try:
            self._begin()
        except sqlite3.Error as error:
            return failed(tasks, error)
        return transact(self._db, tasks)

    def _begin(self) -> None:
        """Take the turn to write. Raises sqlite3.OperationalError when it does not come.

        SQLite's own waiting looks ever less often, so that among many writers who has waited longest comes last; here
        all look equally often.
        """
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > end:
                    raise
            time.sleep(random.uniform(0.5, 1.5) * _BUSY_PAUSE)  # noqa: S311 - a pause, not a secret

    def _checkpoint(self) -> None:
        """Bring what was written into the file itself, so that the WAL begins anew.

        One that cannot be done now, as while another process makes one, is done after as many changes again.
        """
        self._checkpointed = self._db.total_changes
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _settle(self, loops: set[asyncio.AbstractEventLoop], results: list[Result]) -> None:
        for loop in loops:
            mine = [result for result in results if result[0].get_loop() is loop] if len(loops) > 1 else results
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(tell, mine)


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
