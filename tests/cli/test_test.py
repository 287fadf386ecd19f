"""`flowengine test`."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowengine.cli.main import main
from tests.cli.projects import CALLS, WRONG, make_project


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status, and what was printed with its times made equal."""
    status = main(["test", *arguments])
    return status, re.sub(r"\d+\.\d\d s", "0.00 s", capsys.readouterr().out)


def test_scripts_that_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert run(capsys, str(tmp_path)) == (0, "calls/good.call ..\n\n2 passed in 0.00 s\n")


def test_a_script_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, good=CALLS, wrong=WRONG)
    status, shown = run(capsys, str(tmp_path))
    assert status == 1
    assert (
        shown
        == """\
calls/good.call ..
calls/wrong.call F

FAILED calls/wrong.call:4 "a choice that is not there"

  4 |     hear "Goodbye"
    |     ^^^^^^^^^^^^^^

  expected: to hear "Goodbye"
  instead:  For sales, press 1. To leave a message, press 2.

  The conversation so far:

    12:00:00  flow    For sales, press 1. To leave a message, press 2.
    12:00:00  caller  presses 3
    12:00:00  flow    For sales, press 1. To leave a message, press 2.

2 passed, 1 failed in 0.00 s
"""
    )


def test_the_present_folder_and_what_is_picked_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(tmp_path, good=CALLS, wrong=WRONG)
    monkeypatch.chdir(tmp_path)
    assert run(capsys)[0] == 1
    assert run(capsys, "-k", "BUSY") == (0, "calls/good.call .\n\n1 passed in 0.00 s\n")
    assert run(capsys, "calls/good.call") == (0, "calls/good.call ..\n\n2 passed in 0.00 s\n")
    assert run(capsys, "calls")[0] == 1
    assert run(capsys, "flows") == (0, "0 passed in 0.00 s\n")
    assert run(capsys, "flows/main.flow", "-k", "good")[0] == 0


@pytest.mark.parametrize("arguments", [["nowhere"], ["-k", "nothing like it"], ["--format", "yaml"]])
def test_misuse(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_project(tmp_path))
    assert main(["test", *arguments]) == 2
    assert capsys.readouterr().err != ""


def test_a_project_with_errors_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, wrong=WRONG.replace("main", "mian"))
    status, shown = run(capsys, str(tmp_path))
    assert status == 1
    assert "error[FE280]" in shown
    assert "did you mean `main`?" in shown
    assert "no script was run" in shown
    (tmp_path / "flows" / "main.flow").write_text("flow main\n\nstart:\n    sya 1\n", "utf-8")
    status, shown = run(capsys, str(tmp_path))
    assert status == 1
    assert "error[FE201]" in shown


def test_results_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, good=CALLS, wrong=WRONG)
    status, shown = run(capsys, str(tmp_path), "--format", "json")
    value = json.loads(shown)
    assert (status, value["passed"], value["failed"], value["diagnostics"]) == (1, 2, 1, [])
    assert [test["outcome"] for test in value["tests"]] == ["passed", "passed", "failed"]
    failed = value["tests"][2]
    assert (failed["name"], failed["file"], failed["line"]) == ("a choice that is not there", "calls/wrong.call", 1)
    assert failed["failure"]["line"] == 4
    assert failed["failure"]["expected"] == 'to hear "Goodbye"'
    assert failed["failure"]["instead"] == ["For sales, press 1. To leave a message, press 2."]
    assert len(failed["failure"]["conversation"]) == 3


def test_errors_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, wrong=WRONG.replace("main", "mian"))
    status, shown = run(capsys, str(tmp_path), "--format", "json")
    value = json.loads(shown)
    assert (status, value["tests"]) == (1, [])
    assert [(found["code"], found["file"], found["line"]) for found in value["diagnostics"]] == [
        ("FE280", "calls/wrong.call", 2)
    ]


def test_results_as_junit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, good=CALLS, wrong=WRONG)
    status, shown = run(capsys, str(tmp_path), "--format", "junit")
    root = ElementTree.fromstring(shown)
    assert status == 1
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    assert [suite.get("name") for suite in root] == ["calls/good.call", "calls/wrong.call"]
    failure = root.find(".//failure")
    assert failure is not None
    assert "The conversation so far" in (failure.text or "")


def test_errors_as_junit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, wrong=WRONG.replace("main", "mian"))
    status, shown = run(capsys, str(tmp_path), "--format", "junit")
    root = ElementTree.fromstring(shown)
    assert (status, root.get("tests"), root.get("errors")) == (1, "1", "1")


def test_several_projects_are_one_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = make_project(tmp_path / "one"), make_project(tmp_path / "two")
    status, shown = run(capsys, str(one), str(two), "--format", "json")
    assert (status, json.loads(shown)["passed"]) == (0, 4)
    status, shown = run(capsys, str(one), str(two), "--format", "junit")
    assert ElementTree.fromstring(shown).get("tests") == "4"
