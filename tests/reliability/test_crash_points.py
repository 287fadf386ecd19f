"""The only worker is killed at each point of the way from a webhook to its answer, and started again."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from tests.reliability import crashing
from tests.reliability.size import IS_FULL, within
from tests.server.stage import write_project

pytestmark = pytest.mark.slow

FLOW = """
flow orders:
    on failed -> bye
    on hangup:
        emit "left"

start:
    say "Welcome."
    gather number digits=2:
        say "Your order, please."
    emit "order" data=number
    fetch order "https://crm.example/{{ number }}" method="POST" timeout=100ms:
        on failed:
            say "We look it up later."
            -> bye
    sms "+15551239999" "order {{ number }}"
    say "Thank you, {{ order.name }}."
    menu:
        say "To end, press 1."
        when 1 -> bye

bye:
    say "Goodbye."
    hangup
"""
ANSWERS: tuple[dict[str, str], ...] = ({}, {"digits": "42"}, {"digits": "1"})
LEAST = 30
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.reliability.crashing"])


class Worker:
    """The one worker: started again as often as it dies."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.state = folder / "calls.db"
        self.sent = folder / "sent.txt"
        self.deaths = 0
        self._process: ForkServerProcess | None = None
        self._pipe: Connection | None = None
        self.url = ""

    def start(self, deadly: int) -> None:
        """Start it; `deadly` is the point at which it dies, 0 for none."""
        ours, theirs = _context.Pipe()
        arguments = (self.root, self.state, self.sent, deadly, theirs)
        self._process = _context.Process(target=crashing.run, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        try:
            self.url = ours.recv()
        except EOFError:
            self._died()

    def _died(self) -> None:
        assert self._process is not None
        self._process.join(20)
        assert self._process.exitcode == -9
        self.deaths += 1
        self.start(0)

    def ask(self, path: str, fields: dict[str, str]) -> str:
        """A webhook, sent again until it is answered."""
        facts = {"call_id": "CA1", "from": "+15557650001", "to": "+15551230000", "direction": "inbound"}
        body = urlencode({**facts, "status": "in-progress", **fields}).encode()
        while True:
            try:
                with urlopen(self.url + path, body, timeout=10) as response:
                    text: str = response.read().decode()
                    return text
            except (URLError, ConnectionError):
                self._died()

    def stop(self) -> int:
        """Let it end; the points that it has passed."""
        assert self._process is not None
        assert self._pipe is not None
        try:
            self._pipe.send("stop")
            points: int = self._pipe.recv()
        except (EOFError, ConnectionError):
            self._died()
            return self.stop()
        self._process.join(20)
        return points


def _converse(worker: Worker) -> list[str]:
    """A whole call; what was heard, in order, each document once."""
    heard: list[str] = []
    path = "/telefonie/voice"
    answers = list(ANSWERS)
    fields: dict[str, str] = answers.pop(0)
    for _ in range(40):
        document = ElementTree.fromstring(worker.ask(path, fields))
        heard += [element.text or "" for element in document.iter("Say")]
        actions = [element.get("action") for element in document.iter() if element.get("action")]
        redirects = [element.text for element in document.iter("Redirect")]
        if actions:
            path, fields = str(actions[0]), answers.pop(0)
        elif redirects:
            path, fields = str(redirects[0]), {}
        else:
            return heard
    raise AssertionError(f"the call does not end: {heard}")


def test_killed_at_each_point(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    root = write_project(tmp_path / "project", orders=FLOW)
    config = root / "flowengine.toml"
    rules = '[http]\nallow = ["crm.example"]\n\n[sms]\nallow = ["+1555*"]\n'
    config.write_text(
        config.read_text().replace('"main"', '"orders"').replace('[http]\nallow = ["127.0.0.1"]\n', rules)
    )
    (tmp_path / "whole").mkdir()
    whole = Worker(root, tmp_path / "whole")
    whole.start(0)
    expected = _converse(whole)
    assert expected == ["Welcome.", "Your order, please.", "Thank you, Ada.", "To end, press 1.", "Goodbye."]
    points = whole.stop()
    assert points >= LEAST
    chosen = range(1, points + 1) if IS_FULL else sorted({1 + n * points // (LEAST + 4) for n in range(LEAST + 4)})

    def one(deadly: int) -> tuple[int, bool]:
        """How often the worker died, and whether the text went twice."""
        folder = tmp_path / f"point-{deadly}"
        folder.mkdir()
        worker = Worker(root, folder)
        worker.start(deadly)
        heard = _converse(worker)
        worker.stop()
        sent = worker.sent.read_text().splitlines() if worker.sent.exists() else []
        # A request that must not happen twice, and was under way, is not sent again: the flow says what it says then.
        failed = ["Welcome.", "Your order, please.", "We look it up later.", "Goodbye."]
        assert heard in (expected, failed), f"point {deadly}: {heard}"
        assert sent.count("fetch") <= 1, f"point {deadly}: {sent}"
        # What leaves from the outbox leaves at least once: events by their key, and texts.
        assert len({line for line in sent if line.startswith("event")}) == 1, f"point {deadly}: {sent}"
        texts = [line for line in sent if line.startswith("text")]
        assert len(set(texts)) == (heard == expected), f"point {deadly}: {sent}"
        with sqlite3.connect(worker.state) as db:
            [(ended,)] = db.execute("SELECT ended FROM calls").fetchall()
            left = db.execute("SELECT count(*) FROM outgoing").fetchone()[0]
        db.close()
        assert (ended, left) == (1, 0), f"point {deadly}"
        return worker.deaths, len(texts) > 1

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, chosen))
    killed = sum(deaths for deaths, _ in results)
    twice = sum(again for _, again in results)
    assert killed >= LEAST
    # A text is sent again, too, when its sender took longer than the lease, which is short here.
    assert twice <= within(killed / 10)
    record_property(
        "figure",
        f"{killed} of {points} points: same conversation, requests at most once; the text again at {twice} points,"
        " between its sending and that being saved",
    )
