"""Findings of large projects are kept, and used only while nothing has changed that they depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.cli.main import main
from tests.benchmarks.large import large_project

FLOWS = 40
"""Enough to be a large project."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A large project with one warning; findings are kept in a folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sources = large_project(FLOWS)
    root = tmp_path / "project"
    (root / "flows").mkdir(parents=True)
    (root / "flowengine.toml").write_text(sources.config or "", "utf-8")
    for file, text in sources.flows.items():
        (root / file).write_text(text, "utf-8")
    edited = root / "flows" / "desk_7.flow"
    edited.write_text(edited.read_text("utf-8").replace("goodbye:\n", "goodbye:\n    set spare = 1\n"), "utf-8")
    return root


def kept(project: Path) -> list[Path]:
    """The files that findings are kept in."""
    return list((project.parent / "cache").rglob("*.json"))


def checked(project: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What `check` prints."""
    assert main(["check", str(project), *options]) == 0
    return capsys.readouterr().out


def test_the_second_check_tells_what_the_first_one_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = checked(project, capsys)
    assert "`spare`" in first
    (file,) = kept(project)
    assert checked(project, capsys) == first
    # What is kept is what is told: another message in it comes out.
    file.write_text(file.read_text("utf-8").replace("`spare`", "`kept`"), "utf-8")
    assert "`kept`" in checked(project, capsys)
    assert "`spare`" in checked(project, capsys, "--no-cache")


def test_what_has_changed_is_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked(project, capsys)
    flow = project / "flows" / "desk_9.flow"
    flow.write_text(flow.read_text("utf-8").replace("goodbye:\n", "goodbye:\n    set other = 1\n"), "utf-8")
    assert "`other`" in checked(project, capsys)
    config = project / "flowengine.toml"
    config.write_text(config.read_text("utf-8").replace("crm.example", "elsewhere.example"), "utf-8")
    assert main(["check", str(project)]) == 1
    assert len(kept(project)) == 3


def test_what_is_damaged_is_checked_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = checked(project, capsys)
    (file,) = kept(project)
    file.write_bytes(b"[{")
    assert checked(project, capsys) == first


def test_a_named_file_is_picked_from_what_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked(project, capsys)
    assert "`spare`" in checked(project / "flows" / "desk_7.flow", capsys)
    assert checked(project / "flows" / "desk_8.flow", capsys) == "no findings\n"


def test_a_small_project_is_not_kept(tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = tmp_path / "small"
    small.mkdir()
    (small / "small.flow").write_text('flow small\n\nstart:\n    say "Welcome."\n    hangup\n', "utf-8")
    checked(small, capsys)
    assert kept(project) == []
