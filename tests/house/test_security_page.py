"""The threat model names a test for each threat, and the test is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.project import ROOT

PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (?P<threat>[^|]+) \| (?P<defence>[^|]+) \| (?P<test>[^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z_0-9]+)`")


def _threats() -> list[tuple[str, str]]:
    found = [(row["threat"], row["test"]) for row in ROW.finditer(PAGE.read_text("utf-8"))]
    return [(threat, test) for threat, test in found if threat != "threat" and not threat.startswith("---")]


def test_there_are_threats() -> None:
    assert len(_threats()) >= 20


@pytest.mark.parametrize(("threat", "test"), _threats(), ids=[threat[:40] for threat, _ in _threats()])
def test_each_threat_is_tried_by_a_test(threat: str, test: str) -> None:
    named = TEST.fullmatch(test)
    assert named is not None, threat
    tree = ast.parse(Path(ROOT / named[1]).read_text("utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert named[2] in functions
