"""What turns ask of Redis together, where it fails."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from typing import Any

import pytest

from flowengine.runtime.store import StoreError
from flowengine.runtime.store.redis_batches import RedisBatches


class _Change:
    """Something that can be watched going."""


async def test_what_could_not_be_done_is_forgotten() -> None:
    async def fail(_keys: list[str], _arguments: list[Any]) -> Sequence[Any]:
        await asyncio.sleep(0)
        raise StoreError("away")

    batches = RedisBatches[_Change](fail, lambda _: (), by_shard=False)
    asked: list[weakref.ref[_Change]] = []

    async def ask(key: str) -> None:
        change = _Change()
        asked.append(weakref.ref(change))
        with pytest.raises(StoreError, match="away"):
            await batches.ask("shard", key, change)

    await asyncio.gather(*(ask(f"call {number}") for number in range(3)))
    gc.collect()
    assert [each() for each in asked] == [None] * 3
