"""Calls that hold what must not be written down lie sealed in every store that writes."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from flowengine.core.session import SessionVersionError
from flowengine.runtime.store import Change, StoreError
from flowengine.runtime.store.contract import CallRecord
from flowengine.runtime.store.opening import open_store, seal_of
from flowengine.runtime.store.sealing import VARIABLE, Seal
from tests.redis_server import RedisServer
from tests.runtime.test_stores import CARRIERS, record

SEAL = Seal([secrets.token_bytes(32)])


def confidential(call: str = "CA1") -> CallRecord:
    made = record(call)
    made.session.sensitive = True
    made.session.keys = "8421"
    return made


@pytest.fixture(params=["sqlite", "redis"])
async def where(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "state.db")
        return
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server.url
    server.stop()


def _everything(folder: Path) -> bytes:
    """All that was written to the disk; Redis writes there what it was told, before it answers."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_sealed_call_is_read_with_its_key_only(where: str, tmp_path: Path) -> None:
    store = await open_store(where, CARRIERS, SEAL)
    await store.save(Change(confidential()))
    await store.save(Change(replace(record("CA2"), id="CA2")))
    assert await store.load("CA1") == confidential()
    await store.close()
    assert b"8421" not in _everything(tmp_path)
    for other, words in ((Seal([secrets.token_bytes(32)]), "not here"), (None, "is not set")):
        store = await open_store(where, CARRIERS, other)
        with pytest.raises(SessionVersionError, match=words):
            await store.load("CA1")
        assert await store.load("CA2") == record("CA2")
        await store.close()


async def test_without_a_key_it_lies_open(where: str, tmp_path: Path) -> None:
    """What the other test looks for would be found."""
    store = await open_store(where, CARRIERS)
    await store.save(Change(confidential()))
    await store.close()
    assert b"8421" in _everything(tmp_path)


async def test_which_key(tmp_path: Path) -> None:
    assert seal_of("memory", {}) is None
    assert seal_of("redis://somewhere", {}) is None
    assert seal_of(str(tmp_path / "new" / "state.db"), {}) is not None
    assert (tmp_path / "new" / "state.db.key").is_file()
    with pytest.raises(StoreError, match=VARIABLE):
        seal_of("redis://somewhere", {VARIABLE: "no key"})
