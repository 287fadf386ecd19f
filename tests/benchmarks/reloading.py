"""An edit under load: how long until new calls run on it, and whether any call noticed that it was taken over."""

from __future__ import annotations

import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.figures import Figure
from tests.benchmarks.large import large_project
from tests.benchmarks.load import FIELDS
from tests.benchmarks.turns import IVR, SECRET, server

FLOWS = 200
EDITS = 5
ROUNDS = 3
RATE = 200
"""Requests a second, of 64 connections."""

_PATH = "/telefonie/voice"
_LOOK = 0.005
_PAUSE = 0.4
_LONGEST = 10.0


def measure() -> list[Figure]:
    """Save a flow of a large project again and again while calls go on.

    The slowest turn is that of the best of the rounds: when something else on the machine holds everything up, the
    server cannot help it.
    """
    with tempfile.TemporaryDirectory() as folder:
        flow = written(Path(folder))
        words = ("serve", folder, "--port", "{port}", "--store", "memory", "--log-level", "warning", "--reload")
        with server((sys.executable, "-m", "flowengine", *words)) as (_, port):
            _load(port, 1.0).communicate(timeout=60)  # warm
            lives: list[float] = []
            rounds: list[dict[str, Any]] = []
            for number in range(ROUNDS):
                client = _load(port, EDITS * (_PAUSE + 0.3) + 0.5)
                lives += [_live(port, flow, EDITS * number + edit) for edit in range(EDITS)]
                rounds.append(json.loads(client.communicate(timeout=60)[0]))
    turns = sum(seen["turns"] for seen in rounds)
    slowest = min(seen["max"] for seen in rounds)
    return [
        Figure(f"a saved edit of a project of {FLOWS} flows is live after", 1000 * statistics.median(lives), "ms", 200),
        Figure(f"requests that failed meanwhile, of {turns:,}", sum(len(seen["wrong"]) for seen in rounds), "", 0),
        Figure(f"the slowest turn meanwhile, best of {ROUNDS} rounds", 1000 * slowest, "ms", 50),
    ]


def _load(port: int, seconds: float) -> subprocess.Popen[bytes]:
    words = [str(port), _PATH, str(seconds), "--rate", str(RATE), "--secret", SECRET]
    return subprocess.Popen([sys.executable, "-m", "tests.benchmarks.load", *words], stdout=subprocess.PIPE)


def written(root: Path) -> Path:
    """The large project with the IVR of the benchmarks beside it; gives the IVR's file."""
    sources = large_project(FLOWS)
    root.mkdir(exist_ok=True)
    (root / "flowengine.toml").write_text(
        f'{sources.config}"+15551230000" = "ivr"\n\n[calendars.always]\nhours = {{ mon-sun = "00:00-24:00" }}\n\n'
        '[carriers.telefonie]\nwebhook_secret = "$IVR_SECRET"\n',
        "utf-8",
    )
    for file, text in sources.flows.items():
        path = root / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    flow = root / "flows" / "ivr.flow"
    flow.write_text((IVR / "flows" / "ivr.flow").read_text("utf-8"), "utf-8")
    return flow


def _live(port: int, flow: Path, number: int) -> float:
    """Save another greeting; the seconds until a new call hears it."""
    time.sleep(_PAUSE)
    greeting = f"Welcome to Acme, edition {number}."
    lines = [
        f'    say "{greeting}"' if line.startswith('    say "Welcome to Acme') else line
        for line in flow.read_text("utf-8").splitlines()
    ]
    aside = flow.with_suffix(".tmp")
    aside.write_text("\n".join(lines) + "\n", "utf-8")
    connection = HTTPConnection("127.0.0.1", port, timeout=_LONGEST)
    began = time.perf_counter()
    aside.replace(flow)
    looks = 0
    while greeting not in _first_turn(connection, f"CAedit{number}look{looks}"):
        if time.perf_counter() - began > _LONGEST:
            raise RuntimeError(f"the edit was not live after {_LONGEST:g} s")
        looks += 1
        time.sleep(_LOOK)
    connection.close()
    return time.perf_counter() - began


def _first_turn(connection: HTTPConnection, call: str) -> str:
    body = urlencode({"call_id": call, **FIELDS})
    at = str(int(time.time()))
    mac = hmac.digest(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hex()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Signature": f"t={at},v1={mac}"}
    connection.request("POST", _PATH, body, headers)
    return connection.getresponse().read().decode()
