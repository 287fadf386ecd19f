"""The compiled wheel does what the checkout does: it is built, looked into, tested and served."""

from __future__ import annotations

import asyncio
import json
import tomllib
from pathlib import Path

import aiohttp
import pytest

from flowengine.server.serving import STATE
from tests.compiled.wheel import ON, compiled, run, unpacked, using
from tests.house.project import ROOT
from tests.reliability.processes import serving
from tests.server.stage import Caller, said, write_project

EXTENSIONS = (".so", ".pyd")

# What runs through compiled modules, and little else: the rest would take minutes more.
TESTS = (
    "core",
    "expressions",
    "runtime",
    "simulator",
    "carriers",
    "examples",
    "conformance/test_flows.py",
    "conformance/test_own_verb.py",
    "observing/test_metrics.py",
    "server/test_answers_are_saved.py",
    "server/test_calls.py",
    "server/test_effects_once.py",
    "server/test_forms.py",
    "server/test_fronts.py",
    "server/test_fronts_alike.py",
    "server/test_last_defence.py",
    "server/test_over_telefonie.py",
    "server/test_over_voipbin.py",
    "server/test_reading.py",
    "server/test_recent.py",
)
# Whether a save is live soon is a matter of the machine, and has nothing to do with what is compiled.
LEFT_OUT = "runtime/test_reload.py"

PLACES = """
import importlib, json, sys
print(json.dumps({name: importlib.import_module(name).__file__ for name in sys.argv[1:]}))
"""
# What has been imported stays: no path that pytest adds leads to the checkout any more.
TESTED = """
import sys
import flowengine.core.machine as machine
import pytest
assert machine.__file__.endswith((".so", ".pyd")), machine.__file__
sys.exit(pytest.main(sys.argv[1:]))
"""


def meant() -> list[str]:
    """The modules that the project's build hook names; each of its patterns names some."""
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    hook = targets["wheel"]["hooks"]["mypyc"]
    named: list[str] = []
    for pattern in hook["include"]:
        files = [file for file in ROOT.glob(pattern.removeprefix("/")) if not any(map(file.match, hook["exclude"]))]
        assert files, pattern
        named += [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return named


async def begin(root: Path, call: str) -> str:
    """The first half of a call by HTTP; gives the document that it waits with."""
    async with serving(root) as served, aiohttp.ClientSession() as client:
        caller = Caller(client, served.url, call)
        assert said(await caller.begin())[0] == "Welcome, you."
        assert said(await caller.go_on(digits="1")) == ["Your PIN, please."]
    assert served.faults() == []
    assert (root / STATE).is_file()
    return caller.document


async def finish(root: Path, call: str, document: str) -> None:
    """The second half, from what the SQLite file keeps of the first one."""
    async with serving(root) as served, aiohttp.ClientSession() as client:
        caller = Caller(client, served.url, call)
        caller.document = document
        assert said(await caller.go_on(digits="1234"))[0] == "Thank you."
        assert said(await caller.go_on(digits="3")) == ["Goodbye."]
        assert await caller.over() == 204
    assert served.faults() == []


@pytest.mark.slow
def test_the_compiled_wheel_does_what_the_checkout_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ON, raising=False)
    run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "plain"))
    assert [file for file in unpacked(tmp_path / "plain").rglob("*") if file.suffix in EXTENSIONS] == []

    folder = compiled(tmp_path / "compiled")
    project = write_project(tmp_path / "project")
    call_of_the_checkout = asyncio.run(begin(project, "CA1"))

    # Of all that is started from here on, also by the tests themselves.
    for name, value in using(folder).items():
        monkeypatch.setenv(name, value)
    places = json.loads(run("-c", PLACES, *meant()))
    strays = [f for f in places.values() if not (f.endswith(EXTENSIONS) and Path(f).is_relative_to(folder))]
    assert strays == []

    asyncio.run(finish(project, "CA1", call_of_the_checkout))
    asyncio.run(finish(project, "CA2", asyncio.run(begin(project, "CA2"))))

    tests = [f"tests/{name}" for name in TESTS]
    own = ["-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tests'}"]
    chosen = ["-m", "not slow", f"--ignore=tests/{LEFT_OUT}"]
    run("-c", TESTED, "-q", "--import-mode=append", "--tb=short", *own, *chosen, *tests)
