"""A store in this process: nothing outlives it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from msgspec.structs import replace

from flowengine.carriers.contract import Reply
from flowengine.core import replay
from flowengine.runtime.store.contract import CallRecord, Change, ConflictError, Outgoing, Told
from flowengine.runtime.store.details import Detail, Query
from flowengine.runtime.store.memory_calls import MOST, Kept, MemoryCalls

_NO_ANSWERS: dict[str, Reply] = {}
"""Of calls in their first turn; never changed in place."""


class MemoryStore:
    """Keeps calls as the objects they are; sessions are never changed in place, so nothing is copied."""

    def __init__(self, most: int = MOST) -> None:
        """`most` open calls are kept as they are, the others packed."""
        self._calls = MemoryCalls(most)
        self._journals: dict[str, tuple[replay.Record, ...]] = {}
        """Those of calls that are forgotten but for their records."""

        self._outgoing: dict[str, Outgoing] = {}
        self._told: dict[tuple[str, str], Told] = {}
        self._details: dict[str, Detail] = {}
        self._programs: dict[str, tuple[bytes, float]] = {}
        self._secrets: dict[str, bytes] = {}
        self._tallies: dict[str, tuple[int, float]] = {}

    async def load(self, call: str) -> CallRecord | None:
        kept = self._calls.get(call)
        return None if kept is None else kept.record

    async def save(self, change: Change) -> None:
        self.put(change)

    def put(self, change: Change) -> None:
        """As `save`, at once. Raises ConflictError."""
        record = change.record
        kept = self._calls.get(record.id)
        if kept is None:
            if record.version != 1:
                raise ConflictError(record.id)
            self._calls.put(None, Kept(record, _NO_ANSWERS, tuple(change.journal)))
        else:
            old, answers = kept.record, kept.answers
            if old.version != record.version - 1:
                raise ConflictError(record.id)
            if old.reply is not None and old.key != record.key:
                answers = {**answers, old.key: old.reply}
            self._calls.put(kept, Kept(record, answers, (*kept.journal, *change.journal)))
        for item in change.outgoing:
            self._outgoing.setdefault(item.key, item)
        if change.detail is not None:
            self._details[record.id] = change.detail

    async def answer(self, call: str, key: str) -> Reply | None:
        kept = self._calls.get(call)
        if kept is None or not key:
            return None
        return kept.record.reply if kept.record.key == key else kept.answers.get(key)

    async def journal(self, call: str) -> list[replay.Record]:
        kept = self._calls.get(call)
        return list(self._journals.get(call, ()) if kept is None else kept.journal)

    async def due(self, now: float, limit: int = 100) -> list[str]:
        return self._calls.due(now, limit)

    async def open_calls(self) -> int:
        return self._calls.open

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
            self._calls.drop(call)
        wanted = set(calls)
        for item in [item for item in self._outgoing.values() if item.dead and item.call in wanted]:
            del self._outgoing[item.key]
        return self._drop(calls)

    async def forget_details(self, before: float) -> int:
        return self._drop([call for call, detail in self._details.items() if detail.begun < before])

    def _drop(self, calls: Sequence[str]) -> int:
        for call in calls:
            self._journals.pop(call, None)
        return sum(self._details.pop(call, None) is not None for call in calls)

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
        over = [kept for kept in self._calls.over if kept.record.updated < before]
        for kept in over:
            call = kept.record.id
            self._calls.drop(call)
            if call in self._details:
                self._journals[call] = kept.journal
        self._calls.tidy()
        self._told = {key: told for key, told in self._told.items() if told.at >= before}
        used = set(self._calls.programs())
        used.update(detail.program for detail in self._details.values())
        for version in [v for v, (_, at) in self._programs.items() if v not in used and at < before]:
            del self._programs[version]
        return len(over)

    async def ping(self) -> None:
        """It is always there."""

    async def close(self) -> None:
        """Nothing is held."""
