"""The records of calls that are over, in SQLite: the columns are what they are looked for by."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from flowengine.runtime.store.details import Detail, Query, dump_detail, load_detail

TABLES = """
CREATE TABLE IF NOT EXISTS details (
    call TEXT PRIMARY KEY, begun REAL NOT NULL, caller TEXT NOT NULL, called TEXT NOT NULL, direction TEXT NOT NULL,
    carrier TEXT NOT NULL, flow TEXT NOT NULL, ending TEXT NOT NULL, program TEXT NOT NULL, detail BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS details_begun ON details (begun, call);
CREATE INDEX IF NOT EXISTS details_caller ON details (caller, begun);
CREATE INDEX IF NOT EXISTS details_called ON details (called, begun);
"""

_AT_ONCE = 200
_SECONDS = 2.0
_LAST = "\U0010ffff"
"""Sorts after everything that a number can go on with."""


def row(detail: Detail) -> tuple[Any, ...]:
    """A record as `write` takes it."""
    facts = detail.facts
    columns = (facts.caller, facts.called, facts.direction, facts.carrier, detail.flow, detail.ending, detail.program)
    return detail.id, detail.begun, *columns, dump_detail(detail)


def write(db: sqlite3.Connection, values: tuple[Any, ...]) -> None:
    """Keep a record, in place of one that the same call has left."""
    db.execute("INSERT OR REPLACE INTO details VALUES (?,?,?,?,?,?,?,?,?,?)", values)


def find(path: Path, query: Query) -> list[Detail]:
    """The records that are asked for.

    It may have to read all there are, and so has a connection of its own: calls under way do not wait for it.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    statement, values = _statement(query)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)) as db:
        return [load_detail(row[0]) for row in db.execute(statement, values)]


def _statement(query: Query) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []

    def take(condition: str, *of: Any) -> None:
        conditions.append(condition)
        values.extend(of)

    if query.since is not None:
        take("begun >= ?", query.since)
    if query.until is not None:
        take("begun < ?", query.until)
    if query.after is not None:
        take("(begun, call) < (?, ?)", *query.after)
    for column in ("flow", "direction", "carrier"):
        if (value := getattr(query, column)) is not None:
            take(f"{column} = ?", value)
    if query.ending is not None:
        low, high = _range(query.ending, "-")
        take("ending BETWEEN ? AND ?", low, high)
    if query.number is not None:
        low, high = _range(query.number, "*")
        take("(caller BETWEEN ? AND ? OR called BETWEEN ? AND ?)", low, high, low, high)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = f"SELECT detail FROM details {where} ORDER BY begun DESC, call DESC LIMIT ?"  # noqa: S608 - ours
    return statement, [*values, query.limit]


def read(db: sqlite3.Connection, call: str) -> Detail | None:
    """The record of a call, or None."""
    row = db.execute("SELECT detail FROM details WHERE call=?", (call,)).fetchone()
    return None if row is None else load_detail(row[0])


def drop(db: sqlite3.Connection, calls: Sequence[str]) -> int:
    """Everything that is kept of these calls, if they are over; gives how many had a record."""
    ids = [(call,) for call in calls]
    db.execute("PRAGMA secure_delete=ON")  # overwritten in the file, too: somebody wants it gone
    db.executemany("DELETE FROM calls WHERE id=? AND ended", ids)
    db.executemany("DELETE FROM outgoing WHERE call=? AND dead", ids)
    gone = _drop(db, ids)
    db.execute("PRAGMA secure_delete=FAST")
    return gone


def forget(db: sqlite3.Connection, before: float) -> int:
    """Drop records, with their journals, of calls that began before this time; gives how many."""
    ids = db.execute("SELECT call FROM details WHERE begun < ? ORDER BY begun LIMIT ?", (before, _AT_ONCE)).fetchall()
    return _drop(db, ids)


def _drop(db: sqlite3.Connection, ids: Sequence[tuple[str]]) -> int:
    gone = db.executemany("DELETE FROM details WHERE call=?", ids).rowcount if ids else 0
    # A call that is still remembered has its journal until it is forgotten.
    db.executemany("DELETE FROM turns WHERE call=?1 AND NOT EXISTS (SELECT 1 FROM calls WHERE id=?1)", ids)
    return max(0, gone)


def _range(wanted: str, mark: str) -> tuple[str, str]:
    if not wanted.endswith(mark):
        return wanted, wanted
    start = wanted.removesuffix("*")
    return start, start + _LAST
