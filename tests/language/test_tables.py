"""The parser's tables are kept beside the code, so that starting is quick; without them it is slower, that is all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flowengine.language.grammar import STARTS, Grammar, grammar, tables_file

EXPRESSION = "a + 1 | f(b)"


def parses(made: Grammar) -> bool:
    made.builder.begin("a")
    return made.parse(EXPRESSION, "only_expression", inside_brackets=True) is not None


def test_kept_and_read_again(tmp_path: Path) -> None:
    tables = tmp_path / "new" / "grammar.tables"
    assert parses(Grammar(tables))
    assert [path.name for path in tables.parent.iterdir()] == ["grammar.tables"]
    written = tables.read_bytes()
    assert parses(Grammar(tables))
    assert tables.read_bytes() == written


@pytest.mark.parametrize("damage", [b"", b"no pickle", b"\x80\x04}\x94."])
def test_damaged_tables_are_made_again(tmp_path: Path, damage: bytes) -> None:
    tables = tmp_path / "grammar.tables"
    tables.write_bytes(damage)
    assert parses(Grammar(tables))
    assert len(tables.read_bytes()) > 10_000


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert parses(Grammar(tmp_path / "file" / "grammar.tables"))


def test_several_processes_at_once(tmp_path: Path) -> None:
    """All begin without tables; each parses, and what is left is whole."""
    tables = tmp_path / "grammar.tables"
    program = (
        "import sys; from pathlib import Path; from flowengine.language.grammar import Grammar; "
        f"g = Grammar(Path(sys.argv[1])); g.builder.begin('a'); "
        f"assert g.parse({EXPRESSION!r}, 'only_expression', inside_brackets=True)"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tables)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["grammar.tables"]
    assert parses(Grammar(tables))


def test_only_who_may_change_the_code_may_change_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    file = tables_file()
    assert file is not None
    assert file.parent.parent == Path(grammar.__wrapped__.__code__.co_filename).parent
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert tables_file() is None


def test_every_start_is_known() -> None:
    assert set(grammar().lark.options.start) == set(STARTS)
