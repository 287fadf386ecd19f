"""A store in this process: nothing outlives it."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection

from flowengine.carriers.contract import Reply
from flowengine.core import replay
from flowengine.runtime.store.contract import CallRecord, Change, ConflictError, Outgoing


class MemoryStore:
    """Keeps calls as the objects they are; sessions are never changed in place, so nothing is copied."""

    def __init__(self) -> None:
        self._calls: dict[str, CallRecord] = {}
        self._answers: defaultdict[str, dict[str, Reply]] = defaultdict(dict)
        self._journals: defaultdict[str, list[replay.Record]] = defaultdict(list)
        self._outgoing: dict[str, Outgoing] = {}
        self._programs: dict[str, bytes] = {}
        self._secrets: dict[str, bytes] = {}

    async def load(self, call: str) -> CallRecord | None:
        return self._calls.get(call)

    async def save(self, change: Change) -> None:
        record = change.record
        old = self._calls.get(record.id)
        if (0 if old is None else old.version) != record.version - 1:
            raise ConflictError(record.id)
        self._calls[record.id] = record
        if change.claim and record.reply is not None:
            self._answers[record.id][record.key] = record.reply
        if change.journal:
            self._journals[record.id].extend(change.journal)
        for item in change.outgoing:
            self._outgoing.setdefault(item.key, item)

    async def answer(self, call: str, key: str) -> Reply | None:
        answers = self._answers.get(call)
        return None if answers is None else answers.get(key)

    async def journal(self, call: str) -> list[replay.Record]:
        return list(self._journals.get(call, ()))

    async def due(self, now: float, limit: int = 100) -> list[CallRecord]:
        found = [(due, record) for record in self._calls.values() if (due := record.due) is not None and due <= now]
        return [record for _, record in sorted(found, key=lambda pair: pair[0])[:limit]]

    async def open_calls(self) -> int:
        return sum(not record.ended for record in self._calls.values())

    async def take_outgoing(self, now: float, lease: float, limit: int = 50) -> list[Outgoing]:
        taken = [item for item in self._outgoing.values() if item.due <= now and not item.dead][:limit]
        for item in taken:
            self._outgoing[item.key] = _later(item, now + lease)
        return taken

    async def settle_outgoing(self, key: str, again: Outgoing | None = None) -> None:
        if again is None:
            self._outgoing.pop(key, None)
        else:
            self._outgoing[key] = again

    async def keep_program(self, version: str, sources: bytes) -> None:
        self._programs[version] = sources

    async def program(self, version: str) -> bytes | None:
        return self._programs.get(version)

    async def secret(self, name: str) -> bytes:
        return self._secrets.setdefault(name, secrets.token_bytes(32))

    async def forget(self, before: float, keep: Collection[str] = ()) -> int:
        over = [key for key, record in self._calls.items() if record.ended and record.updated < before]
        for key in over:
            del self._calls[key]
            self._answers.pop(key, None)
            self._journals.pop(key, None)
        used = {record.session.program for record in self._calls.values()}.union(keep)
        for version in [version for version in self._programs if version not in used]:
            del self._programs[version]
        return len(over)

    async def close(self) -> None:
        """Nothing is held."""


def _later(item: Outgoing, due: float) -> Outgoing:
    return Outgoing(item.key, item.kind, item.call, item.carrier, item.body, due, item.attempts, item.dead)
