"""The rooms of the package: who may import whom, and what the pure ones keep away from."""

import ast
import sys
from pathlib import Path

import pytest

from tests.house.project import PACKAGE, ROOT, modules, run

PURE = ("carriers", "compiler", "core", "diagnostics", "expressions", "language", "simulator", "verbs")
CLOCKS = {"now", "today", "utcnow"}
LONGEST_FILE = 500


def test_import_contracts_hold() -> None:
    checked = run(str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache")
    assert checked.returncode == 0, checked.stdout


def test_every_room_is_pure_or_known_to_await() -> None:
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    assert rooms == {*PURE, "cli", "languageserver", "runtime", "sandbox", "server", "speech", "web"}


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_reads_no_clock(room: str) -> None:
    """`datetime` is a type that all rooms may use, so import contracts cannot keep out its three clocks."""
    found = [
        f"{module.relative_to(ROOT)}:{node.lineno}"
        for module in modules(room)
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and getattr(node.func.value, "id", getattr(node.func.value, "attr", "")) in {"datetime", "date"}
    ]
    assert found == []


def test_no_file_is_too_long_to_read() -> None:
    lengths = {str(module.relative_to(ROOT)): len(module.read_text("utf-8").splitlines()) for module in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(module.relative_to(ROOT))
        for module in modules()
        if not ast.get_docstring(ast.parse(module.read_text("utf-8")))
    ]
    assert silent == []
