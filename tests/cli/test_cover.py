"""`flowengine test --cover`."""

import json
from pathlib import Path

import pytest

from flowengine.cli.main import main
from tests.cli.projects import CALLS, make_project


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["test", *arguments])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_what_was_never_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    status, shown, _ = run(capsys, str(tmp_path), "--cover")
    assert status == 0
    counts = [row.split() for row in shown.splitlines() if row.startswith(("main", "total"))]
    assert [row[1:4] for row in counts] == [["16/16", "100", "%"]] * 2
    assert "flows/main.flow:5  menu: silence was never tried" in shown
    assert "flows/main.flow:14  transfer: completed was never tried" in shown


def test_a_threshold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert run(capsys, str(tmp_path), "--cover-min", "10")[0] == 0
    status, shown, _ = run(capsys, str(tmp_path), "--cover-min", "99.5")
    assert status == 1
    assert "less than 99.5 %" in shown
    assert main(["test", str(tmp_path), "--cover-min", "101"]) == 2


def test_a_failure_stays_one_when_enough_was_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, good=CALLS.replace('hear "Ada"', 'hear "Grace"'))
    assert run(capsys, str(tmp_path), "--cover-min", "1")[0] == 1


def test_a_page_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path / "project")
    status, shown, _ = run(capsys, str(tmp_path / "project"), "--cover-html", str(tmp_path / "html"))
    assert status == 0
    page = tmp_path / "html" / "index.html"
    assert f"written to {page}" in shown
    assert "menu: silence was never tried" in page.read_text("utf-8")


def test_what_machines_read_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    _, out, err = run(capsys, str(tmp_path), "--format", "json", "--cover")
    assert json.loads(out)["passed"] == 2
    assert "menu: silence was never tried" in err
