"""`flowengine replay`: calls that were taken by a server, in the flows as they are now."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from flowengine.cli.main import main
from tests.web.console_stage import stage, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two calls in its store: an order, and one that was given up."""
    root = write_project(tmp_path / "project")

    async def call() -> None:
        async with stage(root, store=root / ".flowengine" / "state.db") as at:
            await at.order("CA1", "+15557650001")
            await at.leave("CA2", "+15557650002")

    asyncio.run(call())
    return root


def _edit(root: Path, old: str, new: str) -> None:
    flow = root / "flows" / "main.flow"
    flow.write_text(flow.read_text().replace(old, new))


def test_nothing_has_changed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--project", str(project)]) == 0
    assert capsys.readouterr().out == "2 calls, 0 would end differently\n"


def test_what_would_end_differently_is_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(project, "when 1 -> order", "when 1 -> agent")
    assert main(["replay", "--project", str(project)]) == 1
    shown = capsys.readouterr().out
    assert "+15557650001 -> +15551230000  main  CA1\n" in shown
    assert "    it ended: flow, in bye of main\n    now:      waits, in agent of main\n" in shown
    assert shown.endswith("2 calls, 2 would end differently\n")


def test_some_of_them(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(project, "when 1 -> order", "when 1 -> agent")
    assert main(["replay", "--project", str(project), "--number", "+15557650002", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["looked_at"], [one["row"]["id"] for one in found["different"]]) == (1, ["CA2"])
    assert main(["replay", "CA1", "--project", str(project)]) == 1
    assert "1 call, 1 would end differently" in capsys.readouterr().out
    assert main(["replay", "--project", str(project), "--until", "2020-01-01"]) == 0


def test_a_flow_that_is_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "flows" / "main.flow").rename(project / "flows" / "shop.flow")
    _edited = (project / "flows" / "shop.flow").read_text().replace("flow main:", "flow shop:")
    (project / "flows" / "shop.flow").write_text(_edited)
    (project / "flowengine.toml").write_text((project / "flowengine.toml").read_text().replace('= "main"', '= "shop"'))
    assert main(["replay", "--project", str(project)]) == 1
    assert "There is no flow main any more." in capsys.readouterr().out


def test_a_call_is_kept_as_a_script(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "CA1", "--save", "an order", "--project", str(project)]) == 0
    assert "saved as calls/an order.call" in capsys.readouterr().out
    assert main(["test", str(project)]) == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["none"], "no such call"),
        (["--save", "x"], "--save takes one CALL"),
        (["CA1", "--save", "../x"], "A name is made of"),
        (["--since", "soon"], "soon is no date"),
        (["--store", "nowhere.db"], "no calls are kept"),
    ],
)
def test_misuse_is_told(project: Path, capsys: pytest.CaptureFixture[str], words: list[str], reason: str) -> None:
    assert main(["replay", *words, "--project", str(project)]) == 2
    assert reason in capsys.readouterr().err
