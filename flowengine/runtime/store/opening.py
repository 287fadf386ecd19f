"""From the word of a command line to a store: `memory`, `sqlite:PATH`, a path, or the URL of Redis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowengine.carriers.contract import Carrier
from flowengine.runtime.store.contract import Store, StoreError
from flowengine.runtime.store.memory import MemoryStore
from flowengine.runtime.store.sqlite import SqliteStore

MEMORY = "memory"
_SQLITE = "sqlite:"


def is_shared(where: str) -> bool:
    """Whether more than one process may use the store."""
    return where != MEMORY


async def open_store(where: str, carriers: Mapping[str, Carrier]) -> Store:
    """Open a store. `carriers` are by name, and may be filled in until the first call is loaded.

    Raises:
        StoreError: it cannot be opened, or what it needs is not installed.
    """
    if where == MEMORY:
        return MemoryStore()
    if "://" not in where:
        return SqliteStore(Path(where.removeprefix(_SQLITE)), carriers)
    try:
        from flowengine.runtime.store.redis import RedisStore
    except ImportError as error:
        raise StoreError("calls in Redis need an extra: pip install 'flowengine[redis]'") from error
    store = RedisStore(where, carriers)
    try:
        await store.open()
    except StoreError:
        await store.close()
        raise
    return store
