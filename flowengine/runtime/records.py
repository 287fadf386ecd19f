"""Calls that are over: found, listed page by page, looked at turn by turn, and deleted.

What is read here was kept without sensitive values: they read `••••` in the journal, and what was typed is in no event.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from flowengine.core import replay
from flowengine.core.commands import Wait
from flowengine.core.journal import Entry
from flowengine.runtime.ending import ending
from flowengine.runtime.store import CallRecord, Detail, Query, Store

_AT_ONCE = 500


class Page(Struct, frozen=True):
    """Some of the calls that were asked for; `after` is for the query of the next page, None on the last one."""

    calls: list[Detail]
    after: tuple[float, str] | None = None


class Passed(Struct, frozen=True, omit_defaults=True):
    """One step of a call's path: entered at `at` (Unix time), at `line` of its file. `outcomes` are those of its verbs,
    as `menu: 2` for the choice of that key, in order; `seconds` is how long the call stayed."""

    flow: str
    step: str
    line: int
    at: float
    seconds: float
    outcomes: list[str] = []


class PastCall(Struct, frozen=True):
    """A call that is over, with everything that is kept of it: enough to live it again.

    `journal` has each turn's event and entries; with `detail.flow`, `detail.facts` and `detail.arguments` it is what
    `core.replay` takes. `path` is made from it, `recordings` are the URLs of what was recorded.
    """

    detail: Detail
    path: list[Passed]
    recordings: list[str]
    journal: list[replay.Record]


class Records:
    """Reads and deletes what is kept of calls that are over. All methods raise StoreError when the store is away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, query: Query) -> Page:
        """A page of calls, the latest first, `query.limit` on it."""
        found = await self._store.details(replace(query, limit=query.limit + 1))
        calls = found[: query.limit]
        more = len(found) > query.limit and calls
        return Page(calls, (calls[-1].begun, calls[-1].id) if more else None)

    async def all(self, query: Query) -> AsyncIterator[Detail]:
        """Every call that is asked for, the latest first; the query's limit does not count."""
        after = query.after
        while True:
            page = await self.list(replace(query, limit=_AT_ONCE, after=after))
            for detail in page.calls:
                yield detail
            if page.after is None:
                return
            after = page.after

    async def get(self, call: str) -> PastCall | None:
        """One call; None when nothing is kept of it, or when it is not over."""
        detail = await self._store.detail(call)
        if detail is None:
            return None
        journal = await self._store.journal(call)
        return PastCall(detail, path(journal, detail.ended), recordings(journal), journal)

    async def delete(self, calls: Sequence[str]) -> int:
        """Delete all that is kept of these calls: records, journals, what could not be delivered. Calls that are not
        over go on. Gives how many had a record. Recordings lie at the carrier, and stay there."""
        gone = 0
        for start in range(0, len(calls), _AT_ONCE):
            gone += await self._store.drop_details(calls[start : start + _AT_ONCE])
        return gone


def detail(record: CallRecord, wait: Wait) -> Detail:
    """What stays of a call that `wait` has ended."""
    session = record.session
    return Detail(
        session.call, record.flow, session.program, record.updated, ending(wait), session.turn, record.arguments
    )


def path(journal: Sequence[replay.Record], ended: float) -> list[Passed]:
    """The steps that a call has gone through. `ended` is the end of the last one, in Unix time."""
    found: list[Passed] = []
    given = ""
    for entry in (entry for turn in journal for entry in turn.entries):
        if entry.kind == "input":
            given = entry.text
        elif entry.kind == "step":
            if found:
                found[-1] = replace(found[-1], seconds=_span(found[-1].at, entry.at))
            found.append(Passed(entry.flow, entry.step or entry.name, entry.line, entry.at, 0.0, []))
        elif found and (word := _outcome(entry, given)):
            found[-1].outcomes.append(word)
    if found:
        found[-1] = replace(found[-1], seconds=_span(found[-1].at, ended))
    return found


def recordings(journal: Sequence[replay.Record]) -> list[str]:
    """The URLs of what a call has recorded."""
    urls = [getattr(turn.event, "url", None) for turn in journal]
    return [url for url in urls if url]


def as_row(detail: Detail) -> dict[str, Any]:
    """A call as one row of a table, for programs: flat, with times in ISO 8601."""
    facts = detail.facts
    return {
        "id": detail.id,
        "begun": detail.begun,
        "ended": detail.ended,
        "seconds": _span(detail.begun, detail.ended),
        "direction": facts.direction,
        "from": facts.caller,
        "to": facts.called,
        "carrier": facts.carrier,
        "flow": detail.flow,
        "version": detail.program,
        "ending": detail.ending,
        "turns": detail.turns,
        "answered_by": facts.answered_by,
    }


def _outcome(entry: Entry, given: str) -> str:
    match entry.kind:
        case "outcome":
            # A choice is named by its place among the others; what was typed or said for it tells more.
            chosen = given if given and entry.name.startswith("when ") else entry.name
            return f"{entry.text}: {chosen}"
        case "error" | "limit":
            return f"{entry.kind}: {entry.name}"
        case _:
            return ""


def _span(since: float, until: float) -> float:
    return round(max(0.0, until - since), 3)
