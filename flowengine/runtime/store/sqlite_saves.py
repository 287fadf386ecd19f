"""What is done with a SQLite file in one transaction: the saves of many calls, and whatever else is asked for."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import DecodeError, Struct

from flowengine.core.session import SessionVersionError
from flowengine.runtime.store.contract import ConflictError, StoreError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""Something to do with the file. Where it raises ConflictError, SessionVersionError or msgspec.DecodeError, it must
have changed nothing: what is done in one transaction with it is not harmed."""


class Save(Struct, frozen=True, gc=False):
    """A change of one call: its row in `calls`, and what is added beside it.

    `row` has the values of a new row, or of one that is replaced, with the id and the version that it must have, at its
    end; `turn` is the row in `turns`; `more` is done after them.
    """

    call: str
    is_new: bool
    row: tuple[Any, ...]
    turn: tuple[Any, ...] | None
    more: Work[None] | None


class Job(Struct):
    """Something that is to be done, and what came of it. `future` is there where somebody has to wait for that."""

    work: Save | Work[Any]
    is_done: bool = False
    result: Any = None
    failure: Exception | None = None
    future: asyncio.Future[None] | None = None


_INSERT = (
    "INSERT OR IGNORE INTO calls (version, program, ended, due, updated, carrier, session, memo, rest, id)"
    " VALUES (?,?,?,?,?,?,?,?,?,?)"
)
_UPDATE = (
    "UPDATE calls SET version=?, program=?, ended=?, due=?, updated=?, carrier=?, session=?, memo=?, rest=?"
    " WHERE id=? AND version=?"
)
_TURNS = "INSERT OR REPLACE INTO turns VALUES (?,?,?,?,?)"


def transact(db: sqlite3.Connection, jobs: list[Job]) -> None:
    """Do all in the transaction that has begun, and end it: all of it is done, or none."""
    try:
        _do(db, jobs)
        db.execute("COMMIT")
    except Exception as error:
        # Not only sqlite3.Error: no fault of one may leave the transaction open, or others waiting.
        with suppress(sqlite3.Error):  # where even that fails, SQLite has undone it by itself
            if db.in_transaction:
                db.execute("ROLLBACK")
        fail(jobs, error)


def fail(jobs: list[Job], error: Exception) -> None:
    """Nothing could be done."""
    for job in jobs:
        job.result, job.failure = None, StoreError(str(error))


def tell(jobs: list[Job]) -> None:
    """Tell each who waits that it is done; in the event loop."""
    for job in jobs:
        job.is_done = True
        if job.future is not None and not job.future.done():
            job.future.set_result(None)


def _do(db: sqlite3.Connection, jobs: list[Job]) -> None:
    turns: list[tuple[Any, ...]] = []  # together: 2 µs a turn less than one after the other
    for job in jobs:
        work = job.work
        if isinstance(work, Save):
            if db.execute(_INSERT if work.is_new else _UPDATE, work.row).rowcount == 1:
                if work.turn is not None:
                    turns.append(work.turn)
                if work.more is not None:
                    work.more(db)
            else:
                job.failure = ConflictError(work.call)
        else:
            if turns:  # it may look for them
                db.executemany(_TURNS, turns)
                turns = []
            try:
                job.result = work(db)
            except (ConflictError, SessionVersionError) as error:
                job.failure = error
            except DecodeError as error:
                job.failure = StoreError(str(error))
    if turns:
        db.executemany(_TURNS, turns)
