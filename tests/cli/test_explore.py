"""`flowengine explore`."""

import re
from pathlib import Path

import pytest

from flowengine.cli.main import main
from tests.cli.projects import FLOW, make_project

# Without this, a caller who leaves no message runs into an error: `note` is none.
SOUND = FLOW.replace('tone."\n', 'tone."\n        on empty -> bye\n')


def make_sound(folder: Path) -> None:
    """A project in whose flow nothing is wrong."""
    make_project(folder)
    (folder / "flows" / "main.flow").write_text(SOUND, "utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status, and what was printed with its times made equal."""
    status = main(["explore", *arguments])
    return status, re.sub(r"\d+\.\d\d s \([\d,]+ a second\)", "0.00 s (1 a second)", capsys.readouterr().out)


def test_a_flow_with_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_sound(tmp_path)
    status, shown = run(capsys, "--project", str(tmp_path))
    assert status == 0
    assert re.match(
        r"main: \d+ behaviours of 1 kind of call, \d+ states, 0\.00 s \(1 a second\); all of it was walked", shown
    )
    assert "  no dead end, no error, and every call can end" in shown
    assert "`--write DIR` keeps them" in shown


def test_its_scripts_pass_and_leave_nothing_for_a_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_sound(tmp_path)
    status, shown = run(capsys, "main", "--project", str(tmp_path), "--write", str(tmp_path / "calls"))
    path = tmp_path / "calls" / "explored_main.call"
    assert status == 0
    assert f"written to {path}" in shown
    assert "# flows/main.flow:5  menu: silence\n" in path.read_text("utf-8")
    assert main(["test", str(tmp_path), "--cover"]) == 0
    assert "never" not in capsys.readouterr().out
    _, again = run(capsys, "main", "--project", str(tmp_path))
    assert "the tests take every branch and outcome that can be reached" in again


def test_all_scripts_whatever_the_tests_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    counts = []
    for more in ([], ["--alone"]):
        _, shown = run(capsys, "--project", str(tmp_path), *more)
        found = re.search(r"(\d+) scripts? take", shown)
        assert found is not None
        counts.append(int(found[1]))
    assert counts[0] < counts[1]


def test_what_is_found_is_told_with_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    status, shown = run(capsys, "--project", str(tmp_path), "--write", str(tmp_path / "found"))
    assert status == 1
    assert "flows/main.flow:22  error: " in shown
    assert 'call "error, main line ' in (tmp_path / "found" / "explored_main.call").read_text("utf-8")


def test_the_bounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert "stopped in calls of more than 1 turns" in run(capsys, "--project", str(tmp_path), "--turns", "1")[1]
    assert re.search(r"stopped after \d states", run(capsys, "--project", str(tmp_path), "--states", "2")[1])
    assert "its time was over" in run(capsys, "--project", str(tmp_path), "--time", "0")[1]


def test_a_flow_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert main(["explore", "mian", "--project", str(tmp_path)]) == 2
    assert "did you mean `main`?" in capsys.readouterr().err


def test_a_project_with_errors_is_not_walked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    (tmp_path / "flows" / "main.flow").write_text(FLOW.replace("-> sales", "-> nowhere"), "utf-8")
    status, shown = run(capsys, "--project", str(tmp_path))
    assert status == 1
    assert "nowhere" in shown
