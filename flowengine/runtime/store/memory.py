"""A store in this process: nothing outlives it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from msgspec.structs import replace

from flowengine.carriers.contract import Reply
from flowengine.core import replay
from flowengine.runtime.store.contract import CallRecord, Change, ConflictError, Outgoing, Told
from flowengine.runtime.store.details import Detail, Query


class MemoryStore:
    """Keeps calls as the objects they are; sessions are never changed in place, so nothing is copied."""

    def __init__(self) -> None:
        self._calls: dict[str, CallRecord] = {}
        self._answers: dict[str, dict[str, Reply]] = {}
        self._journals: dict[str, tuple[replay.Record, ...]] = {}
        self._outgoing: dict[str, Outgoing] = {}
        self._told: dict[tuple[str, str], Told] = {}
        self._details: dict[str, Detail] = {}
        self._programs: dict[str, tuple[bytes, float]] = {}
        self._secrets: dict[str, bytes] = {}
        self._tallies: dict[str, tuple[int, float]] = {}

    async def load(self, call: str) -> CallRecord | None:
        return self._calls.get(call)

    async def save(self, change: Change) -> None:
        self.put(change)

    def put(self, change: Change) -> None:
        """As `save`, at once. Raises ConflictError."""
        record = change.record
        old = self._calls.get(record.id)
        if (0 if old is None else old.version) != record.version - 1:
            raise ConflictError(record.id)
        self._calls[record.id] = record
        if old is not None and old.reply is not None and old.key != record.key:
            self._answers.setdefault(record.id, {})[old.key] = old.reply  # the latest is in the record itself
        if change.journal:
            self._journals[record.id] = (*self._journals.get(record.id, ()), *change.journal)
        for item in change.outgoing:
            self._outgoing.setdefault(item.key, item)
        if change.detail is not None:
            self._details[record.id] = change.detail

    async def answer(self, call: str, key: str) -> Reply | None:
        record = self._calls.get(call)
        if record is not None and key and record.key == key:
            return record.reply
        return self._answers.get(call, {}).get(key)

    async def journal(self, call: str) -> list[replay.Record]:
        return list(self._journals.get(call, ()))

    async def due(self, now: float, limit: int = 100) -> list[str]:
        found = [(due, call) for call, record in self._calls.items() if (due := record.due) is not None and due <= now]
        return [call for _, call in sorted(found)[:limit]]

    async def open_calls(self) -> int:
        return sum(not record.ended for record in self._calls.values())

    async def take_outgoing(self, now: float, lease: float, limit: int = 50) -> list[Outgoing]:
        first: dict[str, Outgoing] = {}
        for item in self._outgoing.values():
            if not item.dead:
                first.setdefault(item.call, item)
        taken = [item for item in first.values() if item.due <= now][:limit]
        for item in taken:
            self._outgoing[item.key] = replace(item, due=now + lease)
        return taken

    async def settle_outgoing(self, item: Outgoing, again: Outgoing | None = None) -> None:
        if again is None:
            self._outgoing.pop(item.key, None)
        elif item.key in self._outgoing:
            self._outgoing[item.key] = again

    async def dead_outgoing(self, limit: int = 1000) -> list[Outgoing]:
        return [item for item in self._outgoing.values() if item.dead][:limit]

    async def leaving(self) -> tuple[int, int]:
        items = self._outgoing.values()
        return len({item.call for item in items if not item.dead}), sum(item.dead for item in items)

    async def note(self, told: Told, leaving: Outgoing) -> bool:
        if (told.carrier, told.key) in self._told:
            return False
        self._told[told.carrier, told.key] = told
        self._outgoing.setdefault(leaving.key, leaving)
        return True

    async def noted(self, carrier: str) -> list[Told]:
        return sorted((told for told in self._told.values() if told.carrier == carrier), key=lambda told: told.at)

    async def details(self, query: Query) -> list[Detail]:
        found = filter(query.takes, self._details.values())
        return sorted(found, key=lambda each: (each.begun, each.id), reverse=True)[: query.limit]

    async def detail(self, call: str) -> Detail | None:
        return self._details.get(call)

    async def drop_details(self, calls: Sequence[str]) -> int:
        for call in calls:
            record = self._calls.get(call)
            if record is not None and record.ended:
                del self._calls[call]
                self._answers.pop(call, None)
        wanted = set(calls)
        for item in [item for item in self._outgoing.values() if item.dead and item.call in wanted]:
            del self._outgoing[item.key]
        return self._drop(calls)

    async def forget_details(self, before: float) -> int:
        return self._drop([call for call, detail in self._details.items() if detail.begun < before])

    def _drop(self, calls: Sequence[str]) -> int:
        gone = sum(self._details.pop(call, None) is not None for call in calls)
        for call in calls:
            if call not in self._calls:
                self._journals.pop(call, None)
        return gone

    async def keep_program(self, version: str, sources: bytes, at: float) -> None:
        self._programs[version] = (sources, at)

    async def program(self, version: str) -> bytes | None:
        kept = self._programs.get(version)
        return None if kept is None else kept[0]

    async def secret(self, name: str) -> bytes:
        return self._secrets.setdefault(name, secrets.token_bytes(32))

    async def tally(self, name: str, until: float) -> int:
        count = self._tallies.get(name, (0, 0.0))[0] + 1
        self._tallies[name] = count, until
        return count

    async def forget(self, before: float) -> int:
        self._tallies = {name: kept for name, kept in self._tallies.items() if kept[1] >= before}
        over = [key for key, record in self._calls.items() if record.ended and record.updated < before]
        for key in over:
            del self._calls[key]
            self._answers.pop(key, None)
            if key not in self._details:
                self._journals.pop(key, None)
        self._told = {key: told for key, told in self._told.items() if told.at >= before}
        used = {record.session.program for record in self._calls.values()}
        used.update(detail.program for detail in self._details.values())
        for version in [v for v, (_, at) in self._programs.items() if v not in used and at < before]:
            del self._programs[version]
        return len(over)

    async def ping(self) -> None:
        """It is always there."""

    async def close(self) -> None:
        """Nothing is held."""
