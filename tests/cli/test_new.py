"""`flowengine new`: what it makes has no finding, and its tests pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.cli import main


def test_a_new_project_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "corner-shop"
    assert main(["new", str(folder)]) == 0
    assert "flowengine test" in capsys.readouterr().out
    assert main(["check", "--strict", str(folder)]) == 0
    assert capsys.readouterr().out == "no findings\n"
    assert main(["test", str(folder)]) == 0
    assert "3 passed" in capsys.readouterr().out
    assert 'company = "Corner Shop"' in (folder / "flowengine.toml").read_text("utf-8")


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path)]) == 0


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    assert main(["new", str(tmp_path)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert main(["new", str(tmp_path / "notes.txt")]) == 2
