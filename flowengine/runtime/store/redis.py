"""A store in Redis, Redis Cluster or Valkey: for several workers, and several machines.

Calls are spread over `SHARDS` shards by their id. All keys of a shard have its number as their hash tag, so they lie
in one slot: a call with its answers and journal, and the shard's indexes of what is due. Each change is one script,
which Redis runs whole; in a cluster, shards move between nodes as their slots do.

    flowengine:{7}:call:ID       hash: all of a call       flowengine:{7}:due      zset: call by its first timer
    flowengine:{7}:outbox:ID     list: keys of its items   flowengine:{7}:ended    zset: call by the time it ended
    flowengine:{7}:items:ID      hash: item by key         flowengine:{7}:leaving  zset: call by its first item
    flowengine:{7}:told          hash: what was told       flowengine:{7}:dead     hash: item by key
    flowengine:{7}:heard         zset: its keys by time    flowengine:{7}:open     how many calls are open
                                                           flowengine:{7}:uses     hash: calls by project version

The hash of a call has

    mark      its version, and the attempt that made it     a:KEY     the reply to the event of that key
    place     project version, over, when due, when ended   j:TURN    the journal of a turn
    record    all else that is in its record

A turn that neither begins nor ends a call writes mark, record, reply and journal in one command of the script, and
touches no index. Times in indexes are whole milliseconds.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterError,
    NoScriptError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
)

from flowengine.carriers.contract import Carrier, Reply
from flowengine.core import replay
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
from flowengine.runtime.store.contract import CallRecord, Change, ConflictError, Outgoing, StoreError, Told
from flowengine.runtime.store.details import Detail, Query, dump_detail
from flowengine.runtime.store.redis_batches import Argument, RedisBatches
from flowengine.runtime.store.redis_details import DROP, RedisDetails
from flowengine.runtime.store.sealing import Seal

T = TypeVar("T")

SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")
SHARDS = 64
LAYOUT = "2"
PATIENCE = 1.6
"""Seconds that an operation is tried again, through restarts and failovers of Redis."""

_PREFIX = "flowengine:"
_CONNECTIONS = 64
_CONNECT_SECONDS = 0.5
_ANSWER_SECONDS = 0.9
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.25
_FORGET_AT_ONCE = 500
_TRANSIENT = ("BUSY", "LOADING", "MASTERDOWN", "NOREPLICAS", "UNBLOCKED")


def _lua(name: str) -> str:
    return files("flowengine.runtime.store").joinpath("lua", f"{name}.lua").read_text("utf-8")


_LOAD, _SAVE, _TAKE, _SETTLE, _FORGET, _NOTE = map(_lua, ("load", "save", "take", "settle", "forget", "note"))
_DIGESTS = {
    script: hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
    for script in (_LOAD, _SAVE, _TAKE, _SETTLE, _FORGET, _NOTE, DROP)
}

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[float, str, bytes, bytes, bytes])
"""When a call was changed, its carrier, and the parts of its record."""


def shard(call: str) -> str:
    """What the keys of a call's shard begin with."""
    return _PREFIXES[zlib.crc32(call.encode("utf-8", "surrogatepass")) % SHARDS]


_PREFIXES = [f"{_PREFIX}{{{number}}}:" for number in range(SHARDS)]


def _milliseconds(at: float) -> int:
    """A time in an index: as a whole number, which Redis keeps and compares at a fifth of a fraction's cost."""
    return int(at * 1000)


def _place(record: CallRecord) -> str:
    """What the indexes have of a call: as long as it is the same, they are not touched."""
    due = "" if record.due is None else _milliseconds(record.due)
    if record.ended:
        return f"{record.session.program} 1 {due} {_milliseconds(record.updated)}"
    return f"{record.session.program} 0 {due} "


class RedisStore:
    """Keeps calls in Redis. `carriers` are by name: they know how a memo is written down."""

    def __init__(
        self, url: str, carriers: Mapping[str, Carrier], patience: float = PATIENCE, seal: Seal | None = None
    ) -> None:
        """`url` is `redis://`, `rediss://`, `unix://`, or with `+cluster` a node of a cluster; `patience` in seconds.

        Raises:
            StoreError: the URL is not one of Redis.
        """
        self._carriers = carriers
        self._seal = seal
        self._patience = patience
        self._address = urlsplit(url)._replace(query="").geturl().rpartition("@")[2]
        self._client = _client(url)
        self._known: set[str] = set()
        self._writer = secrets.token_hex(8)
        self._saved = itertools.count()
        by_shard = isinstance(self._client, RedisCluster)
        self._loads = RedisBatches[None](partial(self._batch, _LOAD), lambda _: (), by_shard=by_shard)
        self._saves = RedisBatches(partial(self._batch, _SAVE), self._written, by_shard=by_shard)
        self._details = RedisDetails(self._client, self._try, self._everywhere, self._script, shard)

    async def open(self) -> None:
        """Look whether it is there, and ours to read. Raises StoreError."""

        async def check() -> str:
            await self._client.set(f"{_PREFIX}layout", LAYOUT, nx=True)
            found: bytes = await self._client.get(f"{_PREFIX}layout")
            return found.decode()

        layout = await self._try(check)
        if layout != LAYOUT:
            raise StoreError(f"{self._address} has layout {layout}; this release reads {LAYOUT}")

    # ------------------------------------------------------------------------------------------------------- attempts

    async def _try(self, work: Callable[[], Awaitable[T]]) -> T:
        """As `_attempt`, from a turn."""
        # In a task: the client uses `asyncio.timeout`, and a turn may have begun without one.
        return await asyncio.ensure_future(self._attempt(work))

    async def _attempt(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again while Redis is away for moments. All that is done here may be done twice without harm."""
        deadline = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return await work()
            except (RedisError, RedisClusterException, OSError, TimeoutError) as error:
                lasting = isinstance(error, ResponseError) and not (
                    isinstance(error, ClusterError | ReadOnlyError) or str(error).startswith(_TRANSIENT)
                )
                if lasting or time.monotonic() + pause > deadline:
                    raise StoreError(f"{self._address}: {error or type(error).__name__}") from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _script(self, script: str, keys: list[str], *arguments: Any) -> Any:
        return await self._try(lambda: self._run(self._client.execute_command, script, keys, arguments))

    async def _run(
        self, execute: Callable[..., Awaitable[Any]], script: str, keys: Sequence[str], arguments: Sequence[Any]
    ) -> Any:
        if script in self._known:
            try:
                return await execute("EVALSHA", _DIGESTS[script], len(keys), *keys, *arguments)
            except NoScriptError:
                pass  # it was restarted, or this is another node
        result = await execute("EVAL", script, len(keys), *keys, *arguments)
        self._known.add(script)
        return result

    async def _batch(self, script: str, keys: list[str], arguments: list[Argument]) -> Sequence[Any]:
        """What a script gives for many calls, in a task of its own."""
        execute = self._client.execute_command if isinstance(self._client, RedisCluster) else self._packed
        found: Sequence[Any] = await self._attempt(lambda: self._run(execute, script, keys, arguments))
        return found

    async def _packed(self, *command: Argument) -> Any:
        """What a command of many arguments gives. The client packs them one by one in Python, 0.8 µs each; in C it is
        0.1 µs, and a script that saves 30 calls has 400. A cluster's client cannot be given what is packed."""
        pool = self._client.connection_pool
        connection = await pool.get_connection()
        try:
            await connection.send_packed_command(pack_command(command))  # type: ignore[arg-type]  # its stub has a tuple of one
            return await connection.read_response()
        finally:
            await pool.release(connection)

    async def _everywhere(self, command: Callable[[Any, str], Any]) -> list[Any]:
        """The answers of all shards to a command that reads."""

        async def ask() -> list[Any]:
            pipeline: Any = self._client.pipeline(transaction=False)
            for number in range(SHARDS):
                command(pipeline, _PREFIXES[number])
            return list(await pipeline.execute())

        return await self._try(ask)

    # ---------------------------------------------------------------------------------------------------------- calls

    async def load(self, call: str) -> CallRecord | None:
        prefix = shard(call)
        mark, record = await self._loads.ask(prefix, f"{prefix}call:{call}", None)
        if mark is None:
            return None
        version = int(mark.partition(b" ")[0])
        updated, carrier, session, memo, rest = _decoder.decode(record)
        return load_call(call, version, carrier, (session, memo, rest), updated, self._carriers, self._seal)

    async def save(self, change: Change) -> None:
        call = change.record.id
        prefix = shard(call)
        if not await self._saves.ask(prefix, f"{prefix}call:{call}", change):
            raise ConflictError(call)

    def _written(self, change: Change) -> list[Argument]:
        """A change as the script takes it."""
        record, detail, leaving = change.record, change.detail, change.outgoing
        fields: list[Argument] = [
            "record",
            _encoder.encode((record.updated, record.carrier, *dump_call(record, self._carriers, self._seal))),
        ]
        if change.claim and record.reply is not None:
            fields += (f"a:{record.key}", dump_reply(record.reply))
        for entry in change.journal:
            fields += (f"j:{entry.turn}", replay.dump(entry))
        if detail is not None:
            fields += ("detail", dump_detail(detail), "stays", record.session.program)
        mark = f"{record.version} {self._writer}{next(self._saved):x}"
        begun = "" if detail is None else repr(detail.begun)
        arguments: list[Argument] = [mark, _place(record), begun, len(fields), 3 * len(leaving), *fields]
        for item in leaving:
            arguments += (item.key, dump_outgoing(item), repr(item.due))
        return arguments

    async def answer(self, call: str, key: str) -> Reply | None:
        found = await self._try(lambda: self._client.hget(f"{shard(call)}call:{call}", f"a:{key}"))
        return None if found is None else load_reply(found)

    async def journal(self, call: str) -> list[replay.Record]:
        found = await self._try(lambda: self._client.hgetall(f"{shard(call)}call:{call}"))
        turns = {int(field[2:]): entry for field, entry in found.items() if field.startswith(b"j:")}
        return [replay.load(entry) for _, entry in sorted(turns.items())]

    async def due(self, now: float, limit: int = 100) -> list[str]:
        last = _milliseconds(now)
        found = await self._everywhere(
            lambda pipeline, prefix: pipeline.zrangebyscore(f"{prefix}due", "-inf", last, 0, limit, withscores=True)
        )
        calls = sorted((at, call.decode()) for of_shard in found for call, at in of_shard)
        return [call for _, call in calls[:limit]]

    async def open_calls(self) -> int:
        return sum(int(of_shard or 0) for of_shard in await self._everywhere(lambda p, prefix: p.get(f"{prefix}open")))

    # ------------------------------------------------------------------------------------------------ what is to leave

    async def take_outgoing(self, now: float, lease: float, limit: int = 50) -> list[Outgoing]:
        waiting = await self._everywhere(lambda p, prefix: p.zcount(f"{prefix}leaving", "-inf", now))
        taken: list[Outgoing] = []
        for number, count in enumerate(waiting):
            if count and len(taken) < limit:
                prefix = _PREFIXES[number]
                found = await self._script(_TAKE, [f"{prefix}leaving"], prefix, now, now + lease, limit - len(taken))
                taken += map(load_outgoing, found)
        return taken

    async def settle_outgoing(self, item: Outgoing, again: Outgoing | None = None) -> None:
        prefix, call = shard(item.call), item.call
        keys = [f"{prefix}outbox:{call}", f"{prefix}items:{call}", f"{prefix}leaving", f"{prefix}dead"]
        if again is None:
            await self._script(_SETTLE, keys, call, item.key, "", 0, 0)
        else:
            await self._script(_SETTLE, keys, call, item.key, dump_outgoing(again), again.due, int(again.dead))

    async def dead_outgoing(self, limit: int = 1000) -> list[Outgoing]:
        found = await self._everywhere(lambda pipeline, prefix: pipeline.hvals(f"{prefix}dead"))
        return [load_outgoing(item) for of_shard in found for item in of_shard][:limit]

    async def leaving(self) -> tuple[int, int]:
        waiting = await self._everywhere(lambda pipeline, prefix: pipeline.zcard(f"{prefix}leaving"))
        dead = await self._everywhere(lambda pipeline, prefix: pipeline.hlen(f"{prefix}dead"))
        return sum(waiting), sum(dead)

    # ------------------------------------------------------------------------------------------ what carriers have told

    async def note(self, told: Told, leaving: Outgoing) -> bool:
        # What is to leave lies in the shard of what it is about, and so both are kept in one script.
        prefix, about = shard(leaving.call), leaving.call
        keys = [f"{prefix}told", f"{prefix}heard", f"{prefix}outbox:{about}", f"{prefix}items:{about}"]
        name = f"{told.carrier}:{told.key}"
        item, at = dump_told(told), told.at
        out = (leaving.key, dump_outgoing(leaving), leaving.due)
        return bool(await self._script(_NOTE, [*keys, f"{prefix}leaving"], name, item, at, about, *out))

    async def noted(self, carrier: str) -> list[Told]:
        found = await self._everywhere(lambda pipeline, prefix: pipeline.hvals(f"{prefix}told"))
        told = [load_told(item) for of_shard in found for item in of_shard]
        return sorted((each for each in told if each.carrier == carrier), key=lambda each: (each.at, each.key))

    async def _forget_told(self, before: float) -> None:
        old = await self._everywhere(lambda p, prefix: p.zrangebyscore(f"{prefix}heard", "-inf", f"({before}"))
        for number, names in enumerate(old):
            if names:
                prefix = _PREFIXES[number]
                await self._try(lambda prefix=prefix, names=names: self._client.hdel(f"{prefix}told", *names))  # type: ignore[misc]
                await self._try(lambda prefix=prefix, names=names: self._client.zrem(f"{prefix}heard", *names))  # type: ignore[misc]

    # ------------------------------------------------------------------------------------------- calls that are over

    async def details(self, query: Query) -> list[Detail]:
        return await self._details.find(query)

    async def detail(self, call: str) -> Detail | None:
        return await self._details.read(call)

    async def drop_details(self, calls: Sequence[str]) -> int:
        return await self._details.drop(calls)

    async def forget_details(self, before: float) -> int:
        return await self._details.forget(before)

    # ------------------------------------------------------------------------------------------------------- the rest

    async def keep_program(self, version: str, sources: bytes, at: float) -> None:
        async def keep() -> None:
            await self._client.set(f"{_PREFIX}program:{version}", sources)
            await self._client.zadd(f"{_PREFIX}programs", {version: at})

        await self._try(keep)

    async def program(self, version: str) -> bytes | None:
        found: bytes | None = await self._try(lambda: self._client.get(f"{_PREFIX}program:{version}"))
        return found

    async def secret(self, name: str) -> bytes:
        async def make() -> bytes:
            await self._client.set(f"{_PREFIX}secret:{name}", secrets.token_bytes(32), nx=True)
            kept: bytes = await self._client.get(f"{_PREFIX}secret:{name}")
            return kept

        return await self._try(make)

    async def tally(self, name: str, until: float) -> int:
        key = f"{_PREFIX}tally:{name}"

        async def count() -> int:
            found: int = await self._client.incr(key)
            if found == 1:
                await self._client.expireat(key, int(until) + 1)
            return found

        return await self._try(count)

    async def forget(self, before: float) -> int:
        first = _milliseconds(before)
        over = await self._everywhere(lambda pipeline, prefix: pipeline.zcount(f"{prefix}ended", "-inf", f"({first}"))
        gone = 0
        for number, count in enumerate(over):
            if count:
                prefix = _PREFIXES[number]
                keys = [f"{prefix}ended", f"{prefix}due", f"{prefix}uses"]
                gone += await self._script(_FORGET, keys, prefix, first, _FORGET_AT_ONCE)
        await self._forget_told(before)
        old = await self._try(lambda: self._client.zrangebyscore(f"{_PREFIX}programs", "-inf", f"({before}"))
        if old:
            used = {
                version for of_shard in await self._everywhere(lambda p, x: p.hkeys(f"{x}uses")) for version in of_shard
            }
            for version in [version for version in old if version not in used]:
                await self._try(lambda version=version: self._drop_program(version))  # type: ignore[misc]
        return gone

    async def _drop_program(self, version: bytes) -> None:
        await self._client.zrem(f"{_PREFIX}programs", version)
        await self._client.delete(f"{_PREFIX}program:{version.decode()}")

    async def settings(self) -> tuple[bool, str]:
        """Whether what it has answered is written to its disk, and what it does when its memory is full. Raises
        StoreError."""
        kept = await self._try(lambda: self._client.info("persistence"))
        memory = await self._try(lambda: self._client.info("memory"))
        return bool(kept.get("aof_enabled")), str(memory.get("maxmemory_policy", ""))

    async def ping(self) -> None:
        await self._try(lambda: self._client.get(f"{_PREFIX}layout"))

    async def close(self) -> None:
        await self._client.aclose()


def _client(url: str) -> Any:
    scheme = url.partition("://")[0]
    settings: dict[str, Any] = {
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        "socket_keepalive": True,
    }
    try:
        if scheme.endswith("+cluster"):
            return RedisCluster.from_url(url.replace("+cluster", "", 1), max_connections=_CONNECTIONS, **settings)
        if scheme not in SCHEMES:
            raise ValueError(f"a URL begins with one of {', '.join(SCHEMES)}")
        if scheme == "unix":
            del settings["socket_keepalive"]
        # One attempt each: how long it is tried is up to us, since a caller waits.
        retry: Any = Retry(NoBackoff(), 0)
        pool = BlockingConnectionPool.from_url(
            url, max_connections=_CONNECTIONS, timeout=_ANSWER_SECONDS, retry=retry, **settings
        )
        return Redis.from_pool(pool)
    except ValueError as error:
        raise StoreError(f"{scheme}: {error}") from error
