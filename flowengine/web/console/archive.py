"""The calls that are over: found, and each with what it takes to live it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from flowengine.core.ending import Ending, ending
from flowengine.core.journal import Entry
from flowengine.core.replay import Record
from flowengine.core.session import Facts, SessionVersionError
from flowengine.runtime.records import Records
from flowengine.runtime.store import CallRecord, Detail, Query, Store
from flowengine.web.console.views import CallRow, Page

_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A call with its journal. `ended` is None, and `state` what it waits for, while it goes on."""

    facts: Facts
    flow: str
    program: str
    arguments: dict[str, Any]
    ended: float | None
    state: str
    turns: int
    journal: Sequence[Record]

    @property
    def entries(self) -> list[Entry]:
        """All that happened in it."""
        return [entry for turn in self.journal for entry in turn.entries]

    @property
    def ending(self) -> Ending:
        """Where it ended, or is."""
        return ending(self.entries)

    @property
    def row(self) -> CallRow:
        """The call in a list."""
        facts, place = self.facts, self.ending
        return CallRow(
            facts.id,
            self.flow,
            facts.caller,
            facts.called,
            facts.direction,
            facts.carrier,
            facts.started,
            self.ended,
            self.state,
            place.flow,
            place.step,
            place.line,
            self.turns,
        )


class Archive:
    """Calls in a store. All methods raise StoreError when it is away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = Records(store)

    async def page(self, query: Query, cursor: str) -> Page:
        """A page of past calls, the latest first; `cursor` is that of the page before, empty for the first one.

        Raises:
            ValueError: it is no cursor.
        """
        found = await self._records.list(replace(query, limit=_ON_A_PAGE, after=_after(cursor)))
        calls = found.calls
        if not calls and not cursor and query.number:
            # What is no number may be the id of a call.
            detail = await self._store.detail(query.number.removesuffix("*"))
            calls = [detail] if detail is not None and replace(query, number=None).takes(detail) else []
        kept = await asyncio.gather(*(self._with_journal(detail) for detail in calls))
        after = "" if found.after is None else f"{found.after[0]!r} {found.after[1]}"
        return Page([call.row for call in kept], after)

    async def get(self, call: str) -> Kept | None:
        """A call that goes on or is over; None when nothing is kept of it."""
        detail = await self._store.detail(call)
        if detail is not None:
            return await self._with_journal(detail)
        try:
            record = await self._store.load(call)
        except SessionVersionError:
            return None  # one of a carrier that is not set up here, or of another release
        return None if record is None else _kept(record, await self._store.journal(call))

    async def all(self, query: Query) -> AsyncIterator[Kept]:
        """Every past call that is asked for, the latest first."""
        async for detail in self._records.all(query):
            yield await self._with_journal(detail)

    async def _with_journal(self, detail: Detail) -> Kept:
        journal = await self._store.journal(detail.id)
        return Kept(
            detail.facts,
            detail.flow,
            detail.program,
            detail.arguments,
            detail.ended,
            detail.ending,
            detail.turns,
            journal,
        )


def _kept(record: CallRecord, journal: Sequence[Record]) -> Kept:
    session = record.session
    return Kept(
        session.call, record.flow, session.program, record.arguments, None, session.waiting_for, session.turn, journal
    )


def _after(cursor: str) -> tuple[float, str] | None:
    if not cursor:
        return None
    begun, _, call = cursor.partition(" ")
    return float(begun), call
