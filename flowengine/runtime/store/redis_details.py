"""The records of calls that are over, in Redis: in the shard of the call, ordered by when it began.

    flowengine:{7}:call:ID       hash: `detail`, the record; `stays`, the project's version, to live it again
    flowengine:{7}:details       zset: call by the time it began

There is no index beside that of time: other things are looked for by reading what lies in between, a page at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from flowengine.runtime.store.details import Detail, Query, load_detail

_PAGE = 100
_AT_ONCE = 500
DROP = files("flowengine.runtime.store").joinpath("lua", "drop.lua").read_text("utf-8")

Place = tuple[float, str]
"""Where a call stands in the list: when it began, and its id."""


@dataclass(frozen=True, slots=True)
class RedisDetails:
    """Finds and drops records. What it is made of are the client and the ways in which its store uses it."""

    client: Any
    attempt: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    everywhere: Callable[[Callable[[Any, str], Any]], Awaitable[list[Any]]]
    script: Callable[..., Awaitable[Any]]
    shard: Callable[[str], str]

    async def find(self, query: Query) -> list[Detail]:
        """The records that are asked for. Raises StoreError."""
        found: list[Detail] = []
        after, page = query.after, _PAGE
        while len(found) < query.limit:
            places, is_last = await self._places(query, after, page)
            if places:
                after = places[-1]
                found += [detail for detail in await self._read([call for _, call in places]) if query.takes(detail)]
            elif not is_last:
                page *= 2  # more calls of one moment than fit on a page
            if is_last:
                break
        return found[: query.limit]

    async def read(self, call: str) -> Detail | None:
        """The record of a call, or None. Raises StoreError."""
        found = await self._read([call])
        return found[0] if found else None

    async def drop(self, calls: Sequence[str], *, whole: bool = True) -> int:
        """Drop the records of calls; with `whole`, everything that is kept of those that are over. Gives how many had a
        record. Raises StoreError."""
        by_shard: defaultdict[str, list[str]] = defaultdict(list)
        for call in calls:
            by_shard[self.shard(call)].append(call)
        gone = 0
        for prefix, ids in by_shard.items():
            indexes = ("details", "uses", "ended", "due", "dead")
            keys = [prefix + index for index in indexes]
            for start in range(0, len(ids), _AT_ONCE):
                gone += await self.script(DROP, keys, prefix, int(whole), *ids[start : start + _AT_ONCE])
        return gone

    async def forget(self, before: float) -> int:
        """Drop records, with their journals, of calls that began before this time; gives how many. Raises
        StoreError."""
        old = await self.everywhere(
            lambda pipeline, prefix: pipeline.zrangebyscore(f"{prefix}details", "-inf", f"({before}", 0, _AT_ONCE)
        )
        return await self.drop([call.decode() for of_shard in old for call in of_shard], whole=False)

    async def _places(self, query: Query, after: Place | None, page: int) -> tuple[list[Place], bool]:
        """The next places of the list, the latest first, and whether there are no more."""
        highest: float | str = "+inf" if query.until is None else f"({query.until}"
        if after is not None and (query.until is None or after[0] < query.until):
            highest = after[0]
        lowest: float | str = "-inf" if query.since is None else query.since
        shards = await self.everywhere(
            lambda pipeline, prefix: pipeline.zrevrangebyscore(
                f"{prefix}details", highest, lowest, 0, page, withscores=True
            )
        )
        # A full page has more behind it: nothing that comes after its end may be shown before that is read.
        ends = [(of_shard[-1][1], of_shard[-1][0].decode()) for of_shard in shards if len(of_shard) == page]
        places = sorted(((at, call.decode()) for of_shard in shards for call, at in of_shard), reverse=True)
        safe = max(ends, default=None)
        return (
            [place for place in places if (safe is None or place >= safe) and (after is None or place < after)],
            safe is None,
        )

    async def _read(self, calls: Sequence[str]) -> list[Detail]:
        async def ask() -> list[Any]:
            pipeline = self.client.pipeline(transaction=False)
            for call in calls:
                pipeline.hget(f"{self.shard(call)}call:{call}", "detail")
            return list(await pipeline.execute())

        return [load_detail(data) for data in await self.attempt(ask) if data is not None]
