"""Where calls are kept: one contract, and what keeps it."""

from flowengine.runtime.store.contract import CallRecord, Change, ConflictError, Outgoing, Store, StoreError, Told
from flowengine.runtime.store.details import Detail, Query
from flowengine.runtime.store.memory import MemoryStore
from flowengine.runtime.store.opening import open_store
from flowengine.runtime.store.sqlite import SqliteStore

__all__ = [
    "CallRecord",
    "Change",
    "ConflictError",
    "Detail",
    "MemoryStore",
    "Outgoing",
    "Query",
    "SqliteStore",
    "Store",
    "StoreError",
    "Told",
    "open_store",
]
