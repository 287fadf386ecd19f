"""Changes of calls on their way to Redis: those of turns that come together go in one script and one answer.

While one script is under way, what is to be saved gathers for the next: so many turns share a round trip. In a cluster,
a script has the calls of one shard only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

_AT_ONCE = 64

Argument = str | bytes | int


class _Save(Struct, gc=False):
    key: str
    arguments: Sequence[Argument]
    done: asyncio.Future[bool]


class RedisSaves:
    """Sends changes. `script` makes those of the calls at some keys, with the arguments of all of them; it tells of
    each whether it was made, and raises StoreError."""

    def __init__(
        self, script: Callable[[list[str], list[Argument]], Awaitable[Sequence[int]]], *, by_shard: bool
    ) -> None:
        self._script = script
        self._by_shard = by_shard
        self._waiting: dict[str, list[_Save]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def save(self, shard: str, key: str, arguments: Sequence[Argument]) -> asyncio.Future[bool]:
        """Whether the change was made; False when the call was not in the version before."""
        loop = asyncio.get_running_loop()
        save = _Save(key, arguments, loop.create_future())
        group = shard if self._by_shard else ""
        waiting = self._waiting.get(group)
        if waiting is None:
            self._waiting[group] = [save]
            task = loop.create_task(self._send(group), name="changes of calls")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            waiting.append(save)
        return save.done

    async def _send(self, group: str) -> None:
        """Send what waits in a group, until nothing does."""
        while batch := self._waiting[group][:_AT_ONCE]:
            del self._waiting[group][:_AT_ONCE]
            arguments: list[Argument] = []
            for save in batch:
                arguments += save.arguments
            failure: Exception | None = None
            results: Sequence[int] = ()
            try:
                results = await self._script([save.key for save in batch], arguments)
            except Exception as error:
                failure = error
            except BaseException:
                # The loop is ending: whoever waits is told, and whatever still gathers.
                for save in (*batch, *self._waiting.pop(group)):
                    save.done.cancel()
                raise
            for place, save in enumerate(batch):
                if save.done.done():
                    continue  # nobody waits for it any more
                if failure is not None:
                    save.done.set_exception(failure)
                else:
                    save.done.set_result(bool(results[place]))
        del self._waiting[group]
