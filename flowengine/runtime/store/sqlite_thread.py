"""The one thread that uses a SQLite file: what waits for it is done in one transaction, so many calls share a commit.

What is asked for in one round of the event loop is handed over together, and comes back together: a round costs two
changes of threads, however many turns it has.
"""

from __future__ import annotations

import asyncio
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import Struct

from flowengine.core.session import SessionVersionError
from flowengine.runtime.store.contract import ConflictError, StoreError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""Something to do with the file. Where it raises ConflictError or SessionVersionError, it must have changed nothing."""

BUSY_SECONDS = 1.5
_BUSY_PAUSE = 0.003
_MOST = 256


class Save(Struct, frozen=True, gc=False):
    """A change of one call: its row in `calls`, and what is added beside it. Most work is of this kind, so it is done
    for all calls of a transaction together: half the time of one after the other.

    `version` is the version of the row that is replaced, 0 where there must be none; `more` is done after it.
    """

    call: str
    version: int
    row: tuple[Any, ...]
    answer: tuple[Any, ...] | None
    journal: Sequence[tuple[Any, ...]]
    more: Work[None] | None


_INSERT = "INSERT OR IGNORE INTO calls VALUES (?,?,?,?,?,?,?,?,?,?)"
_UPDATE = (
    "UPDATE calls SET version=?, program=?, ended=?, due=?, updated=?, carrier=?, session=?, memo=?, rest=?"
    " WHERE id=? AND version=?"
)
_ANSWERS = "INSERT OR REPLACE INTO answers VALUES (?,?,?)"
_JOURNAL = "INSERT OR REPLACE INTO journal VALUES (?,?,?)"

_Task = tuple[Save | Work[Any], "asyncio.Future[Any]"]
_Result = tuple["asyncio.Future[Any]", Any, Exception | None]


class SqliteThread:
    """Does what it is given, in order."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` must not begin transactions by itself, nor be used by anybody else from now on."""
        self._db = db
        self._rounds: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, list[_Task]] | None] = queue.SimpleQueue()
        self._asked: list[_Task] = []
        self._thread = threading.Thread(target=self._run, name="flowengine-sqlite", daemon=True)
        self._thread.start()

    def ask(self, work: Save | Work[T]) -> asyncio.Future[T]:
        """The future result of something that is to be done."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._asked.append((work, future))
        if len(self._asked) == 1:
            loop.call_soon(self._hand_over, loop)
        return future

    def trace(self, told: Callable[[str], object]) -> None:
        """Tell each statement when it begins, in the thread."""
        self._db.set_trace_callback(told)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        tasks, self._asked = self._asked, []
        if tasks:
            self._rounds.put((loop, tasks))

    async def close(self) -> None:
        """Do what was asked for, and end."""
        self._hand_over(asyncio.get_running_loop())
        self._rounds.put(None)
        await asyncio.to_thread(self._thread.join)
        self._db.close()

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
            tasks = [task for _, asked in rounds for task in asked]
            self._settle({loop for loop, _ in rounds}, self._transact(tasks))
            if closing:
                return

    def _transact(self, tasks: list[_Task]) -> list[_Result]:
        try:
            self._begin()
            results = self._do(tasks)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # where even that fails, SQLite has undone it by itself
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            return [(future, None, StoreError(str(error))) for _, future in tasks]
        return results

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
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
            time.sleep(random.uniform(0.5, 1.5) * _BUSY_PAUSE)  # noqa: S311 - a pause, not a secret

    def _do(self, tasks: list[_Task]) -> list[_Result]:
        results: list[_Result] = []
        answers: list[tuple[Any, ...]] = []
        journal: list[tuple[Any, ...]] = []
        for work, future in tasks:
            result: Any = None
            failure: Exception | None = None
            if isinstance(work, Save):
                if self._replace(work):
                    if work.answer is not None:
                        answers.append(work.answer)
                    journal += work.journal
                    if work.more is not None:
                        work.more(self._db)
                else:
                    failure = ConflictError(work.call)
            else:
                self._add(answers, journal)  # it may look for them
                try:
                    result = work(self._db)
                except (ConflictError, SessionVersionError) as error:
                    failure = error
            results.append((future, result, failure))
        self._add(answers, journal)
        return results

    def _replace(self, save: Save) -> bool:
        if save.version:
            return self._db.execute(_UPDATE, (*save.row, save.call, save.version)).rowcount == 1
        return self._db.execute(_INSERT, (save.call, *save.row)).rowcount == 1

    def _add(self, answers: list[tuple[Any, ...]], journal: list[tuple[Any, ...]]) -> None:
        if answers:
            self._db.executemany(_ANSWERS, answers)
            answers.clear()
        if journal:
            self._db.executemany(_JOURNAL, journal)
            journal.clear()

    def _settle(self, loops: set[asyncio.AbstractEventLoop], results: list[_Result]) -> None:
        for loop in loops:
            mine = [result for result in results if result[0].get_loop() is loop] if len(loops) > 1 else results
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, mine)


def _tell(results: list[_Result]) -> None:
    for future, result, failure in results:
        if future.done():
            continue
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
