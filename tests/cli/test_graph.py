"""`flowengine graph`."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowengine.cli.main import main
from tests.cli.projects import FLOW, make_project


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("svg", "<svg "), ("mermaid", "---\ntitle:"), ("dot", 'digraph "main" {'), ("json", '{\n  "flow": "main"')],
)
def test_each_form(form: str, beginning: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert main(["graph", "main", "--project", str(tmp_path), "--format", form]) == 0
    assert capsys.readouterr().out.startswith(beginning)


def test_the_name_of_the_file_tells_the_form(tmp_path: Path) -> None:
    make_project(tmp_path)
    for name in ("a.svg", "a.json"):
        assert main(["graph", "main", "--project", str(tmp_path), "-o", str(tmp_path / name)]) == 0
    ElementTree.fromstring((tmp_path / "a.svg").read_text("utf-8"))
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["flow"] == "main"


def test_a_flow_with_findings_can_be_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    (tmp_path / "flows" / "main.flow").write_text(FLOW.replace("-> sales", "-> nowhere"), "utf-8")
    assert main(["graph", "main", "--project", str(tmp_path), "--format", "json"]) == 0
    assert "step:message" in capsys.readouterr().out


def test_a_flow_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert main(["graph", "mian", "--project", str(tmp_path)]) == 2
    assert "did you mean `main`?" in capsys.readouterr().err
