"""From the word of a command line to a store: `memory`, `sqlite:PATH`, a path, or the URL of Redis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowengine.carriers.contract import Carrier
from flowengine.runtime.store.contract import Store, StoreError
from flowengine.runtime.store.memory import MemoryStore
from flowengine.runtime.store.sealing import Seal, SealError, beside, from_environment
from flowengine.runtime.store.sqlite import SqliteStore

MEMORY = "memory"
_SQLITE = "sqlite:"


def is_shared(where: str) -> bool:
    """Whether more than one process may use the store."""
    return where != MEMORY


def is_elsewhere(where: str) -> bool:
    """Whether calls leave this machine's files and memory."""
    return "://" in where


def seal_of(where: str, environment: Mapping[str, str]) -> Seal | None:
    """What seals the calls of a store: the environment's key, else for a file the one beside it; None where there is
    no key, and for calls in memory.

    Raises:
        StoreError: the key is none, or cannot be read.
    """
    if where == MEMORY:
        return None
    try:
        seal = from_environment(environment)
        return seal if seal is not None or is_elsewhere(where) else beside(_path(where))
    except (SealError, OSError) as error:
        raise StoreError(str(error)) from error


def _path(where: str) -> Path:
    return Path(where.removeprefix(_SQLITE))


async def open_store(where: str, carriers: Mapping[str, Carrier], seal: Seal | None = None) -> Store:
    """Open a store. `carriers` are by name, and may be filled in until the first call is loaded.

    Raises:
        StoreError: it cannot be opened, or what it needs is not installed.
    """
    if where == MEMORY:
        return MemoryStore()
    if not is_elsewhere(where):
        return SqliteStore(_path(where), carriers, seal)
    try:
        from flowengine.runtime.store.redis import RedisStore
    except ImportError as error:
        raise StoreError("calls in Redis need an extra: pip install 'flowengine[redis]'") from error
    store = RedisStore(where, carriers, seal=seal)
    try:
        await store.open()
    except StoreError:
        await store.close()
        raise
    return store
