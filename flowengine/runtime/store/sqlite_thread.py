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
from pathlib import Path
from typing import TypeVar

from flowengine.runtime.store.contract import StoreError
from flowengine.runtime.store.sqlite_saves import Job, Save, Work, fail, tell, transact
from flowengine.runtime.waiting import stage

T = TypeVar("T")

BUSY_SECONDS = 1.5
_BUSY_PAUSE = 0.003
_MOST = 256
"""Of what is done in one transaction."""

WAL_BYTES = 8_000_000
"""Of the WAL of all workers, before its checkpoint: 2,000 turns where many are saved at once, 400 one after the other.
A checkpoint takes 10 ms of a good disk's time, in which turns go through the thread."""

_LEAST = 200
"""Rows that are changed before it is tried again, where somebody who reads what is old is in its way."""

_REST_MILLISECONDS = 50
"""How long others may go on writing, or reading what is old, before the last part of a checkpoint is left."""

_SLOW = 0.05
_WARY = 1.0
"""When a round in the event loop took longer than the former, the thread does all for the latter, in seconds: the
system holds up writers when a disk does not keep up."""

_Round = tuple[asyncio.AbstractEventLoop, list[Job]]


class SqliteThread:
    """Does what it is given, in order."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        """`db` has the file of this path open. It must not begin transactions nor make checkpoints by itself, nor wait
        for locks, and leaves a WAL of WAL_BYTES when that begins anew; nobody else may use it from now on."""
        self._db = db
        self._wal = path.with_name(f"{path.name}-wal")
        self._asked: list[Job] = []
        self._brief = True
        self._wary_until = 0.0
        self._checkpointed = 0
        # The thread rests when it has ended all that it was given. Each number is written by one side only.
        self._given = self._ended = 0
        self._rounds: queue.SimpleQueue[_Round | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="flowengine-sqlite", daemon=True)
        self._thread.start()

    async def ask(self, work: Save | Work[T], *, brief: bool = False) -> T:
        """The result of something that is to be done; `brief` where it touches a few rows that it names.

        It is done with all else that is asked for in the same stage of turns, or the same round of the event loop.
        Where that can be at once, nobody waits for a future: it, its callback and a deadline took 6 µs a turn.
        """
        job = Job(work)
        self._asked.append(job)
        self._brief = self._brief and brief
        try:
            await stage()
        finally:
            if not job.is_done and job.future is None:  # the first of a round does it for all of them
                self._end_round()
        if job.future is not None:
            await job.future
        elif not job.is_done:
            raise StoreError("the round of changes could not be ended")  # whoever ended it knows why
        if job.failure is not None:
            raise job.failure
        result: T = job.result
        return result

    def trace(self, told: Callable[[str], object]) -> None:
        """Tell each statement when it begins, in the thread that does it."""
        self._db.set_trace_callback(told)

    async def close(self) -> None:
        """Do what was asked for, and end."""
        self._brief = False
        self._end_round()
        self._rounds.put(None)
        await asyncio.to_thread(self._thread.join)
        self._db.close()

    # ------------------------------------------------------------------------------------------- inside the event loop

    def _end_round(self) -> None:
        jobs, self._asked = self._asked, []
        brief, self._brief = self._brief and len(jobs) <= _MOST, True
        if not jobs:
            return
        if not (brief and self._given == self._ended and self._is_done_at_once(jobs)):
            self._hand_over(jobs)
        elif self._is_checkpoint_due():
            self._hand_over([])

    def _hand_over(self, jobs: list[Job]) -> None:
        loop = asyncio.get_running_loop()
        for job in jobs:
            job.future = loop.create_future()
        self._given += 1
        self._rounds.put((loop, jobs))

    def _is_done_at_once(self, jobs: list[Job]) -> bool:
        """Do it here and now, unless that would hold up the event loop."""
        began = time.monotonic()
        if began < self._wary_until:
            return False
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if _is_busy(error):
                return False
            fail(jobs, error)
        else:
            transact(self._db, jobs)
        tell(jobs)
        now = time.monotonic()
        if now - began > _SLOW:
            self._wary_until = now + _WARY
        return True

    def _is_checkpoint_due(self) -> bool:
        try:
            changed = self._db.total_changes - self._checkpointed
            return changed >= _LEAST and self._wal.stat().st_size > WAL_BYTES
        except (sqlite3.Error, OSError):
            return False  # there is none, or it cannot be looked at now

    # ----------------------------------------------------------------------------------------------- inside the thread

    def _run(self) -> None:
        while (first := self._rounds.get()) is not None:
            rounds = [first]
            closing = False
            while sum(len(jobs) for _, jobs in rounds) < _MOST:
                try:
                    following = self._rounds.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    closing = True
                    break
                rounds.append(following)
            if any(jobs for _, jobs in rounds):
                self._transact([job for _, jobs in rounds for job in jobs])
                for loop, jobs in rounds:
                    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                        loop.call_soon_threadsafe(tell, jobs)
            if self._is_checkpoint_due():
                self._checkpoint()
            self._ended += len(rounds)
            if closing:
                return

    def _transact(self, jobs: list[Job]) -> None:
        try:
            self._begin()
        except sqlite3.Error as error:
            fail(jobs, error)
        else:
            transact(self._db, jobs)

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

        What others write while most of it is brought would keep the WAL from that, and let it grow without end: so the
        rest is brought while nobody writes. Where that cannot be now, it is tried again soon.
        """
        self._checkpointed = self._db.total_changes
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._db.execute(f"PRAGMA busy_timeout={_REST_MILLISECONDS}")
            self._db.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA busy_timeout=0")


def _is_busy(error: sqlite3.Error) -> bool:
    # Errors of Python's own, as of a file that is closed, have no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
