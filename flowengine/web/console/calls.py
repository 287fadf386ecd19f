"""Calls for the page: one in whole, as it would end now, and many counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from flowengine.core.ending import Rerun, rerun
from flowengine.core.graph import Program
from flowengine.core.machine import ArgumentsError
from flowengine.runtime.store import Query
from flowengine.simulator.relived import relive
from flowengine.web.console.archive import Archive, Kept
from flowengine.web.console.exchanges import Exchanges
from flowengine.web.console.lived import turns
from flowengine.web.console.saving import save
from flowengine.web.console.statistics import Counting
from flowengine.web.console.versions import Versions
from flowengine.web.console.views import CallView, Compared, ComparedDay, Saved, Statistics
from flowengine.web.moments import shown

_MOST_CALLS = 20_000
_MOST_DIFFERENT = 1_000
_BATCH = 100
"""Calls that are gone through in one piece, beside the event loop."""


class NoCallError(LookupError):
    """There is no such call, or what it did is not kept any more."""


class Calls:
    """What the console knows of calls. All methods raise StoreError when the store is away."""

    def __init__(self, archive: Archive, versions: Versions, exchanges: Exchanges) -> None:
        self._archive = archive
        self._versions = versions
        self._exchanges = exchanges

    async def view(self, call: str) -> CallView:
        """One call, whole.

        Raises:
            NoCallError: there is none.
        """
        kept = await self._get(call)
        build = await self._versions.get(kept.program)
        touched = {entry.flow for entry in kept.entries} | {kept.flow}
        flows: dict[str, str] = {}
        files: dict[str, str] = {}
        if build is not None:
            flows = {name: build.flows[name].name.span.file for name in sorted(touched) if name in build.flows}
            files = {file: build.sources.flows[file] for file in flows.values()}
        program = self._program()
        return CallView(
            kept.row,
            kept.program,
            program is not None and program.version == kept.program,
            shown(kept.facts.started + kept.facts.ahead, self._versions.zone) if kept.facts.ahead else "",
            kept.arguments,
            turns(build, kept.flow, kept.facts, kept.journal, kept.arguments),
            self._exchanges.of(call),
            files,
            flows,
        )

    async def compare(self, call: str) -> Compared:
        """How a call would end in the flow as it is now.

        Raises:
            NoCallError: there is none.
        """
        return _compared(self._program(), await self._get(call))

    async def compare_all(self, query: Query) -> ComparedDay:
        """Which of the calls that a query finds would end differently now."""
        program = self._program()
        different: list[Compared] = []
        looked_at = same = impossible = 0
        async for batch in self._past(query):
            looked_at += len(batch)
            for compared in await asyncio.to_thread(_compared_all, program, batch):
                if compared.rerun is None:
                    impossible += 1
                elif not compared.rerun.differs:
                    same += 1
                    continue
                different.append(compared)
        truncated = looked_at >= _MOST_CALLS or len(different) > _MOST_DIFFERENT
        return ComparedDay(looked_at, same, different[:_MOST_DIFFERENT], impossible, truncated)

    async def count(self, query: Query, flow: str) -> Statistics:
        """What the calls that a query finds did in a flow."""
        counting = Counting()
        looked_at = 0
        async for batch in self._past(query):
            looked_at += len(batch)
            await asyncio.to_thread(_count, counting, batch)
        if looked_at >= _MOST_CALLS:
            counting.cut()
        return counting.of(flow)

    async def save(self, call: str, name: str) -> Saved:
        """Keep a call as a script.

        Raises:
            NoCallError: there is none, or its version of the flow is gone.
            BadNameError: the script cannot have this name.
            OSError: the file cannot be written.
        """
        kept = await self._get(call)
        build, present = await self._versions.get(kept.program), self._versions.present
        if build is None or build.program is None or present is None:
            raise NoCallError("The version of the flow that the call began with is not kept any more.")
        title = name.strip().removesuffix(".call").strip()
        relived = await asyncio.to_thread(
            relive, title, build.program, kept.flow, kept.facts, kept.journal, kept.arguments, present
        )
        file = await asyncio.to_thread(save, self._versions.root, name, relived.text)
        return Saved(file, relived.text, relived.problem)

    def _program(self) -> Program | None:
        present = self._versions.present
        return None if present is None else present.program

    async def _get(self, call: str) -> Kept:
        kept = await self._archive.get(call)
        if kept is None:
            raise NoCallError("There is no such call, or it is not kept any more.")
        return kept

    async def _past(self, query: Query) -> AsyncIterator[list[Kept]]:
        """The past calls that a query finds, in batches, up to the most that are looked at."""
        batch: list[Kept] = []
        looked_at = 0
        async for kept in self._archive.all(query):
            batch.append(kept)
            looked_at += 1
            if len(batch) == _BATCH:
                yield batch
                batch = []
            if looked_at == _MOST_CALLS:
                break
        if batch:
            yield batch


def _count(counting: Counting, batch: Sequence[Kept]) -> None:
    for kept in batch:
        counting.add(kept.journal, kept.ended)


def _compared_all(program: Program | None, batch: Sequence[Kept]) -> list[Compared]:
    return [_compared(program, kept) for kept in batch]


def _compared(program: Program | None, kept: Kept) -> Compared:
    row = kept.row
    if program is None:
        return Compared(row, None, "The project has errors: there is no version to compare with.")
    if kept.program == program.version:
        return Compared(row, Rerun(kept.ending, kept.ending, None))
    try:
        return Compared(row, rerun(program, kept.flow, kept.facts, kept.journal, kept.arguments))
    except KeyError:
        return Compared(row, None, f"There is no flow {kept.flow} any more.")
    except ArgumentsError as error:
        return Compared(row, None, f"It cannot begin: {error}.")
