"""A disk that fails again and again, and each webhook twice at once: what a caller hears was saved before."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from flowengine.server.fronts import FRONTS
from tests.server.stage import running, write_project
from tests.server.wire import Wire, webhook, wired

_CALLS = 20
_KEYS = ("1", "1234", "1", "4321", "1", "1234")
_connect = sqlite3.connect


class _Disk:
    """What happens to statements, drawn by lot."""

    def __init__(self, seed: int) -> None:
        self.fails = False
        self.failed = 0
        self.lot = random.Random(seed)

    def connect(self, *args: Any, **options: Any) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                if disk.fails and sql.startswith(("BEGIN", "COMMIT", "UPDATE")) and disk.lot.random() < 0.12:
                    disk.failed += 1
                    if sql == "COMMIT" and disk.lot.random() < 0.3:
                        super().execute("ROLLBACK")  # as SQLite does by itself when a disk is full
                    error = sqlite3.OperationalError("a fault of the test")
                    busy = sql.startswith("BEGIN") and disk.lot.random() < 0.5
                    error.sqlite_errorcode = sqlite3.SQLITE_BUSY if busy else sqlite3.SQLITE_IOERR
                    raise error
                return super().execute(sql, *values)

        made: sqlite3.Connection = _connect(*args, **{**options, "factory": Connection})
        return made


@pytest.fixture(params=range(2))
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Disk]:
    one = _Disk(request.param)
    monkeypatch.setattr(sqlite3, "connect", one.connect)
    yield one
    one.fails = False


class _Saved:
    """What is in the file, seen by another process."""

    def __init__(self, path: Path) -> None:
        self._db = _connect(path, timeout=5)

    def replies(self, call: str) -> set[str]:
        rows = self._db.execute("SELECT reply FROM turns WHERE call=? AND reply NOT NULL", (call,))
        return {msgspec.json.decode(reply)["body"] for (reply,) in rows}

    def turns(self, call: str) -> list[int]:
        rows = self._db.execute("SELECT records FROM turns WHERE call=? ORDER BY version", (call,))
        return [msgspec.json.decode(line)["turn"] for (records,) in rows for line in records.splitlines()]

    def close(self) -> None:
        self._db.close()


async def _ask(wire: Wire, path: str, fields: Mapping[str, str]) -> str | None:
    """The document; None where there is none yet."""
    wire.send(webhook(path, urlencode(fields).encode()))
    status, _, body = await wire.answer()
    assert status == 200
    return None if "<Pause" in body else body


@pytest.mark.parametrize("front", FRONTS)
async def test_what_is_heard_was_saved_before_and_once(tmp_path: Path, front: str, disk: _Disk) -> None:
    path = tmp_path / "state.db"
    async with running(write_project(tmp_path), front=front, store=path) as (server, _):
        saved = _Saved(path)
        disk.fails = True

        async def carry(call: str) -> None:
            fields = {"call_id": call, "from": "+15557650001", "to": "+15551230000", "status": "ringing"}
            target = "/telefonie/voice"
            async with wired(server) as one, wired(server) as other:
                for keys in _KEYS:
                    heard: set[str] = set()
                    while not heard:
                        answers = await asyncio.gather(_ask(one, target, fields), _ask(other, target, fields))
                        heard = {answer for answer in answers if answer is not None}
                        assert heard <= saved.replies(call)
                    [document] = heard
                    action = re.search(r'action="[^"]*?(/telefonie/[^"]+)"', document)
                    assert action is not None
                    target = action[1]
                    fields = {**fields, "status": "in-progress", "digits": keys}

        await asyncio.gather(*(carry(f"CA{number}") for number in range(_CALLS)))
        turns = [saved.turns(f"CA{number}") for number in range(_CALLS)]
        disk.fails = False
        saved.close()
    assert disk.failed > 10
    assert all(numbers == list(range(1, len(_KEYS) + 1)) for numbers in turns)
