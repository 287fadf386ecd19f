"""What is done with a SQLite file in one transaction: the saves of many calls, and whatever else is asked for."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import Struct

from flowengine.core.session import SessionVersionError
from flowengine.runtime.store.contract import ConflictError, StoreError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""Something to do with the file. Where it raises ConflictError or SessionVersionError, it must have changed nothing."""


class Save(Struct, frozen=True, gc=False):
    """A change of one call: its row in `calls`, and what is added beside it.

    `version` is the version of the row that is replaced, 0 where there must be none; `turn` is the row in `turns`;
    `more` is done after them.
    """

    call: str
    version: int
    row: tuple[Any, ...]
    turn: tuple[Any, ...] | None
    more: Work[None] | None


Task = tuple[Save | Work[Any], "asyncio.Future[Any]"]
"""What is to be done, and who waits for it."""

Result = tuple["asyncio.Future[Any]", Any, Exception | None]

_INSERT = "INSERT OR IGNORE INTO calls VALUES (?,?,?,?,?,?,?,?,?,?)"
_UPDATE = (
    "UPDATE calls SET version=?, program=?, ended=?, due=?, updated=?, carrier=?, session=?, memo=?, rest=?"
    " WHERE id=? AND version=?"
)
_TURNS = "INSERT OR REPLACE INTO turns VALUES (?,?,?,?,?)"


def transact(db: sqlite3.Connection, tasks: list[Task]) -> list[Result]:
    """Do all in the transaction that has begun, and end it: all of it is done, or none."""
    try:
        results = _do(db, tasks)
        db.execute("COMMIT")
    except Exception as error:
        # Not only sqlite3.Error: no fault of one may leave the transaction open, or others waiting.
        with suppress(sqlite3.Error):  # where even that fails, SQLite has undone it by itself
            if db.in_transaction:
                db.execute("ROLLBACK")
        return failed(tasks, error)
    return results


def failed(tasks: list[Task], error: Exception) -> list[Result]:
    """The results where nothing could be done."""
    return [(future, None, StoreError(str(error))) for _, future in tasks]


def tell(results: list[Result]) -> None:
    """Give each who waits what came of it."""
    for future, result, failure in results:
        if future.done():
            continue
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)


def _do(db: sqlite3.Connection, tasks: list[Task]) -> list[Result]:
    results: list[Result] = []
    turns: list[tuple[Any, ...]] = []  # together: 2 µs a turn less than one after the other
    for work, future in tasks:
        result: Any = None
        failure: Exception | None = None
        if isinstance(work, Save):
            if _replace(db, work):
                if work.turn is not None:
                    turns.append(work.turn)
                if work.more is not None:
                    work.more(db)
            else:
                failure = ConflictError(work.call)
        else:
            if turns:  # it may look for them
                db.executemany(_TURNS, turns)
                turns = []
            try:
                result = work(db)
            except (ConflictError, SessionVersionError) as error:
                failure = error
        results.append((future, result, failure))
    if turns:
        db.executemany(_TURNS, turns)
    return results


def _replace(db: sqlite3.Connection, save: Save) -> bool:
    if save.version:
        return db.execute(_UPDATE, (*save.row, save.call, save.version)).rowcount == 1
    return db.execute(_INSERT, (save.call, *save.row)).rowcount == 1
