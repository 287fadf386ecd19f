"""A store in one SQLite file (WAL): the default, safe against the end of the process at any moment.

Many calls share a transaction (see `sqlite_thread`). A change adds one row to `turns`: the journal of what it did, and
the answer that a repeat is to get. Tables have rowids although each has a key: rows of a kilobyte lie in the leaves of
their tree then, and what is new at its end, so that a transaction touches a third of the pages.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from flowengine.carriers.contract import Carrier, Reply
from flowengine.core import replay
from flowengine.runtime.store import sqlite_details
from flowengine.runtime.store.codec import (
    dump_call,
    dump_outgoing,
    dump_reply,
    dump_told,
    load_call,
    load_outgoing,
    load_reply,
    load_told,
)
from flowengine.runtime.store.contract import CallRecord, Change, Outgoing, StoreError, Told
from flowengine.runtime.store.details import Detail, Query
from flowengine.runtime.store.sealing import Seal
from flowengine.runtime.store.sqlite_saves import Save, Work
from flowengine.runtime.store.sqlite_thread import BUSY_SECONDS, WAL_BYTES, SqliteThread

T = TypeVar("T")

LAYOUT = 4
_TABLES = """
CREATE TABLE IF NOT EXISTS calls (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, program TEXT NOT NULL, ended INTEGER NOT NULL, due REAL,
    updated REAL NOT NULL, carrier TEXT NOT NULL, session BLOB NOT NULL, memo BLOB NOT NULL, rest BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_due ON calls (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_ended ON calls (updated) WHERE ended;
CREATE TABLE IF NOT EXISTS turns (
    call TEXT NOT NULL, version INTEGER NOT NULL, key TEXT, reply BLOB, records BLOB NOT NULL,
    PRIMARY KEY (call, version)
);
CREATE TABLE IF NOT EXISTS outgoing (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, call TEXT NOT NULL, due REAL NOT NULL, dead INTEGER NOT NULL,
    item BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS outgoing_call ON outgoing (call, number) WHERE NOT dead;
CREATE TABLE IF NOT EXISTS told (
    carrier TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL, item BLOB NOT NULL, PRIMARY KEY (carrier, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS told_at ON told (at);
CREATE TABLE IF NOT EXISTS programs (version TEXT PRIMARY KEY, sources BLOB NOT NULL, kept REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (
    name TEXT PRIMARY KEY, count INTEGER NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


_FORGET_AT_ONCE = 200
"""Calls: 20 ms in which others wait."""

_JOURNAL_ALONE = "INSERT OR REPLACE INTO turns SELECT call, version, NULL, NULL, records FROM turns WHERE call=?"
_LEAVING = "INSERT OR IGNORE INTO outgoing (key, call, due, dead, item) VALUES (?,?,?,0,?)"


class SqliteStore:
    """Keeps calls in a file. `carriers` are by name: they know how a memo is written down."""

    def __init__(self, path: Path, carriers: Mapping[str, Carrier], seal: Seal | None = None) -> None:
        """Open the file; it is made if it is not there.

        Raises:
            StoreError: it cannot be opened, or was written by a release that this one does not read.
        """
        self._path = path
        self._carriers = carriers
        self._seal = seal
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            layout = db.execute("PRAGMA user_version").fetchone()[0]
            if layout not in (0, LAYOUT):
                raise StoreError(f"{path} has layout {layout}; this release reads {LAYOUT}: move the file away")
            if not layout:  # else it is opened without waiting for others who write
                db.executescript(_TABLES + sqlite_details.TABLES)
                db.execute(f"PRAGMA user_version={LAYOUT}")
            db.execute("PRAGMA busy_timeout=0")
            db.execute("PRAGMA wal_autocheckpoint=0")
            db.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path}: {error}") from error
        self._thread = SqliteThread(db, path)

    def trace(self, told: Callable[[str], object]) -> None:
        """Tell each statement when it begins, in the thread that uses the file."""
        self._thread.trace(told)

    async def _run(self, work: Work[T], *, brief: bool = False) -> T:
        return await self._thread.ask(work, brief=brief)

    # -------------------------------------------------------------------------------------------------------- calls

    async def load(self, call: str) -> CallRecord | None:
        return await self._run(lambda db: self._load(db, call), brief=True)

    def _load(self, db: sqlite3.Connection, call: str) -> CallRecord | None:
        row = db.execute(
            "SELECT version, carrier, session, memo, rest, updated FROM calls WHERE id = ?", (call,)
        ).fetchone()
        if row is None:
            return None
        version, carrier, session, memo, rest, updated = row
        return load_call(call, version, carrier, (session, memo, rest), updated, self._carriers, self._seal)

    async def save(self, change: Change) -> None:
        record, call = change.record, change.record.id
        values = (
            record.version,
            record.session.program,
            int(record.ended),
            record.due,
            record.updated,
            record.carrier,
            *dump_call(record, self._carriers, self._seal),
            call,
        )
        before = record.version - 1
        turn = None
        if change.claim or change.journal:
            key = reply = None
            if change.claim and record.reply is not None:
                key, reply = record.key, dump_reply(record.reply)
            turn = (call, record.version, key, reply, b"\n".join([replay.dump(entry) for entry in change.journal]))
        more = _beside(change) if change.outgoing or change.detail is not None else None
        await self._thread.ask(Save(call, not before, (*values, before) if before else values, turn, more), brief=True)

    async def answer(self, call: str, key: str) -> Reply | None:
        def read(db: sqlite3.Connection) -> Reply | None:
            row = db.execute(
                "SELECT reply FROM turns WHERE call=? AND key=? ORDER BY version DESC LIMIT 1", (call, key)
            ).fetchone()
            return None if row is None else load_reply(row[0])

        return await self._run(read, brief=True)

    async def journal(self, call: str) -> list[replay.Record]:
        def read(db: sqlite3.Connection) -> list[replay.Record]:
            rows = db.execute("SELECT records FROM turns WHERE call=? ORDER BY version", (call,))
            return [replay.load(line) for row in rows for line in row[0].splitlines()]

        return await self._run(read)

    async def due(self, now: float, limit: int = 100) -> list[str]:
        def read(db: sqlite3.Connection) -> list[str]:
            rows = db.execute(
                "SELECT id FROM calls WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?", (now, limit)
            )
            return [row[0] for row in rows]

        return await self._run(read)

    async def open_calls(self) -> int:
        # A call that is not over has the timer of its longest time; there is an index of those, and none of `ended`.
        statement = "SELECT count(*) FROM calls WHERE due NOT NULL"
        return await self._run(lambda db: int(db.execute(statement).fetchone()[0]))

    # ------------------------------------------------------------------------------------------------- what is to leave

    async def take_outgoing(self, now: float, lease: float, limit: int = 50) -> list[Outgoing]:
        def take(db: sqlite3.Connection) -> list[Outgoing]:
            rows = db.execute(
                "SELECT item FROM outgoing WHERE due <= ? AND number IN"
                " (SELECT min(number) FROM outgoing WHERE NOT dead GROUP BY call) ORDER BY due LIMIT ?",
                (now, limit),
            ).fetchall()
            items = [load_outgoing(row[0]) for row in rows]
            db.executemany("UPDATE outgoing SET due=? WHERE key=?", [(now + lease, item.key) for item in items])
            return items

        return await self._run(take)

    async def settle_outgoing(self, item: Outgoing, again: Outgoing | None = None) -> None:
        def settle(db: sqlite3.Connection) -> None:
            if again is None:
                db.execute("DELETE FROM outgoing WHERE key=?", (item.key,))
            else:
                values = (again.due, int(again.dead), dump_outgoing(again), item.key)
                db.execute("UPDATE outgoing SET due=?, dead=?, item=? WHERE key=?", values)

        await self._run(settle)

    async def dead_outgoing(self, limit: int = 1000) -> list[Outgoing]:
        def read(db: sqlite3.Connection) -> list[Outgoing]:
            rows = db.execute("SELECT item FROM outgoing WHERE dead ORDER BY number LIMIT ?", (limit,))
            return [load_outgoing(row[0]) for row in rows]

        return await self._run(read)

    async def leaving(self) -> tuple[int, int]:
        def count(db: sqlite3.Connection) -> tuple[int, int]:
            [waiting] = db.execute("SELECT count(DISTINCT call) FROM outgoing WHERE NOT dead").fetchone()
            [dead] = db.execute("SELECT count(*) FROM outgoing WHERE dead").fetchone()
            return waiting, dead

        return await self._run(count)

    # ------------------------------------------------------------------------------------------ what carriers have told

    async def note(self, told: Told, leaving: Outgoing) -> bool:
        values = (told.carrier, told.key, told.at, dump_told(told))

        def write(db: sqlite3.Connection) -> bool:
            if db.execute("INSERT OR IGNORE INTO told VALUES (?,?,?,?)", values).rowcount != 1:
                return False
            db.execute(_LEAVING, (leaving.key, leaving.call, leaving.due, dump_outgoing(leaving)))
            return True

        return await self._run(write)

    async def noted(self, carrier: str) -> list[Told]:
        def read(db: sqlite3.Connection) -> list[Told]:
            rows = db.execute("SELECT item FROM told WHERE carrier=? ORDER BY at, key", (carrier,))
            return [load_told(row[0]) for row in rows]

        return await self._run(read)

    # ------------------------------------------------------------------------------------------- calls that are over

    async def details(self, query: Query) -> list[Detail]:
        try:
            return await asyncio.to_thread(sqlite_details.find, self._path, query)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    async def detail(self, call: str) -> Detail | None:
        return await self._run(lambda db: sqlite_details.read(db, call))

    async def drop_details(self, calls: Sequence[str]) -> int:
        return await self._run(lambda db: sqlite_details.drop(db, calls))

    async def forget_details(self, before: float) -> int:
        return await self._run(lambda db: sqlite_details.forget(db, before))

    # ------------------------------------------------------------------------------------------------------- the rest

    async def keep_program(self, version: str, sources: bytes, at: float) -> None:
        values = (version, sources, at)
        await self._run(lambda db: db.execute("INSERT OR REPLACE INTO programs VALUES (?,?,?)", values))

    async def program(self, version: str) -> bytes | None:
        def read(db: sqlite3.Connection) -> bytes | None:
            row = db.execute("SELECT sources FROM programs WHERE version=?", (version,)).fetchone()
            return None if row is None else bytes(row[0])

        return await self._run(read)

    async def secret(self, name: str) -> bytes:
        def make(db: sqlite3.Connection) -> bytes:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?,?)", (name, secrets.token_bytes(32)))
            return bytes(db.execute("SELECT value FROM secrets WHERE name=?", (name,)).fetchone()[0])

        return await self._run(make)

    async def tally(self, name: str, until: float) -> int:
        def count(db: sqlite3.Connection) -> int:
            db.execute(
                "INSERT INTO tallies VALUES (?,1,?) ON CONFLICT (name) DO UPDATE SET count=count+1", (name, until)
            )
            return int(db.execute("SELECT count FROM tallies WHERE name=?", (name,)).fetchone()[0])

        return await self._run(count)

    async def forget(self, before: float) -> int:
        def sweep(db: sqlite3.Connection) -> int:
            db.execute("DELETE FROM tallies WHERE until < ?", (before,))
            statement = "SELECT id FROM calls WHERE ended AND updated < ? LIMIT ?"
            over = db.execute(statement, (before, _FORGET_AT_ONCE)).fetchall()
            db.executemany("DELETE FROM calls WHERE id=?", over)
            # A journal stays as long as the record of its call does; the answers beside it do not.
            db.executemany("DELETE FROM turns WHERE call=?1 AND NOT EXISTS (SELECT 1 FROM details WHERE call=?1)", over)
            # Written anew at the end of the table, where they lie closely; their old pages become free as a whole.
            db.executemany(_JOURNAL_ALONE, over)
            db.execute("DELETE FROM told WHERE at < ?", (before,))
            if len(over) < _FORGET_AT_ONCE:  # the last part: it looks through all calls
                db.execute(
                    "DELETE FROM programs WHERE kept < ? AND version NOT IN"
                    " (SELECT program FROM calls UNION SELECT program FROM details)",
                    (before,),
                )
            return len(over)

        return await self._run(sweep)

    async def ping(self) -> None:
        await self._run(lambda db: db.execute("SELECT 1"))

    async def close(self) -> None:
        await self._thread.close()


def _beside(change: Change) -> Work[None]:
    """What few changes bring: what is to leave, and the record of a call that is over."""
    # Written down here: what cannot be must not harm the other changes of a transaction.
    outgoing = [(item.key, item.call, item.due, dump_outgoing(item)) for item in change.outgoing]
    detail = None if change.detail is None else sqlite_details.row(change.detail)

    def write(db: sqlite3.Connection) -> None:
        db.executemany(_LEAVING, outgoing)
        if detail is not None:
            sqlite_details.write(db, detail)

    return write
