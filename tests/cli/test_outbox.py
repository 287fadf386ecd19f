"""What could not be delivered: looked at, sent again, dropped."""

import asyncio
import json
from pathlib import Path

import pytest

from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.carriers.telefonie.memo import Memo
from flowengine.cli import main
from flowengine.core.session import Facts, Frame, Session
from flowengine.runtime.store import CallRecord, Change, Outgoing, SqliteStore

CARRIERS = {"telefonie": Telefonie(TelefonieConfig(), b"k")}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A project's store with two dead texts and one that is still tried."""
    path = tmp_path / "calls.db"

    async def fill() -> None:
        kept = SqliteStore(path, CARRIERS)
        items = [
            Outgoing(key, "text", "CA1", "telefonie", {"to": "+15551239999"}, 1.0, 8, key != "k3", "status 503")
            for key in ("k1", "k2", "k3")
        ]
        session = Session("v1", Facts("CA1", "+1", "+2", "inbound", "telefonie", 1.0), [Frame("f", 0)])
        await kept.save(Change(CallRecord("CA1", 1, "telefonie", session, Memo("CA1", "t")), outgoing=items))
        for item in items:
            await kept.settle_outgoing(item, item)
        await kept.close()

    asyncio.run(fill())
    return path


def _kept(path: Path) -> tuple[list[str], list[str]]:
    """The keys of what is dead, and of what is due to leave."""

    async def read() -> tuple[list[str], list[str]]:
        kept = SqliteStore(path, CARRIERS)
        dead = [item.key for item in await kept.dead_outgoing()]
        leaving = []
        while items := await kept.take_outgoing(1e12, lease=1.0):
            leaving += [item.key for item in items]
            for item in items:
                await kept.settle_outgoing(item)
        await kept.close()
        return dead, leaving

    return asyncio.run(read())


def test_listed(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outbox", "list", "--store", str(store)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["k1", "k2"]
    assert "+15551239999" in lines[0]
    assert "status 503" in lines[0]
    assert main(["outbox", "list", "--json", "--store", str(store)]) == 0
    assert [item["key"] for item in json.loads(capsys.readouterr().out)] == ["k1", "k2"]


def test_sent_again(store: Path) -> None:
    assert main(["outbox", "retry", "k2", "--store", str(store)]) == 0
    assert _kept(store) == (["k1"], ["k2", "k3"])


def test_dropped(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outbox", "drop", "all", "--store", str(store)]) == 0
    assert _kept(store) == ([], ["k3"])
    assert main(["outbox", "list", "--store", str(store)]) == 0
    assert "Everything was delivered" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status"), [(["retry", "nope"], 1), (["retry"], 2), (["list", "--store", "nowhere.db"], 2)]
)
def test_misuse(store: Path, words: list[str], status: int) -> None:
    if "--store" not in words:
        words = [*words, "--store", str(store)]
    assert main(["outbox", *words]) == status
