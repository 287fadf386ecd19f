"""`flowengine messages`: from the texts of flows to catalogues and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.cli.main import main
from flowengine.compiler.build import build

FLOW = """\
flow main(count=2):
    on failed -> bye

start:
    say "Welcome, 100 % {count}."
    say "You have {{ count }} {{ count | plural("message", "messages") }}."
    sms "+15551239999" "A call."
    -> bye

bye:
    say "Good bye."
    hangup
"""
CONFIG = '[project]\nlocale = "texts"\n\n[sms]\nallow = ["+1555*"]\n'
PO = "texts/es/LC_MESSAGES/flows.po"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose catalogues lie in the folder `texts`."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flowengine.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "flows" / "main.flow").write_text(FLOW, "utf-8")
    return tmp_path


def fill(folder: Path) -> None:
    """Translate everything into upper-case letters, as a translator in a hurry would."""
    rows = (folder / PO).read_text("utf-8").split("\n")
    source = ""
    for number, row in enumerate(rows):
        if row.startswith(("msgid ", "msgid_plural ")):
            source = row.partition('"')[2][:-1]
        elif row.startswith("msgstr") and row.endswith(' ""') and source:
            rows[number] = row[:-2] + f'"¡{source}!"'
    (folder / PO).write_text("\n".join(rows), "utf-8")


def test_from_a_flow_to_a_translation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["messages", "update", str(folder), "--language", "es"]) == 0
    assert "4 texts, 4 to translate, 0 to look at again" in capsys.readouterr().out
    text = (folder / PO).read_text("utf-8")
    assert "#. say in the step start of main\n#: flows/main.flow:5\n" in text
    assert 'msgid_plural "You have {{ count }} messages."\nmsgstr[0] ""\nmsgstr[1] ""\n' in text
    assert "format" not in text
    assert "A call." not in text
    assert main(["messages", "check", str(folder)]) == 1
    assert capsys.readouterr().out.count("warning[FE353]") == 4
    fill(folder)
    assert main(["messages", "check", str(folder)]) == 0
    assert capsys.readouterr().out == "every text is translated: es\n"
    assert [finding.code for finding in build(folder).diagnostics] == []


def test_an_update_keeps_what_is_translated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["messages", "update", str(folder), "--language", "es"])
    fill(folder)
    whole = (folder / PO).read_text("utf-8")
    main(["messages", "update", str(folder)])
    assert (folder / PO).read_text("utf-8").rstrip("\n") == whole.rstrip("\n")
    changed = FLOW.replace("Good bye.", "Goodbye.").replace('say "Welcome, 100 % {count}."', 'say "A wholly new text."')
    (folder / "flows" / "main.flow").write_text(changed, "utf-8")
    capsys.readouterr()
    assert main(["messages", "update", str(folder)]) == 0
    assert "4 texts, 1 to translate, 1 to look at again" in capsys.readouterr().out
    text = (folder / PO).read_text("utf-8")
    assert '#, fuzzy\n#| msgid "Good bye."\nmsgid "Goodbye."\nmsgstr "¡Good bye.!"\n' in text
    assert '#~ msgid "Welcome, 100 % {count}."\n' in text
    assert main(["messages", "check", str(folder)]) == 1


def test_the_template(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["messages", "extract", str(folder)]) == 0
    path = folder / "texts" / "flows.pot"
    assert capsys.readouterr().out == f"{path}: 4 texts\n"
    before = path.read_bytes()
    assert b'msgid "Good bye."\nmsgstr ""\n' in before
    main(["messages", "extract", str(folder)])
    assert path.read_bytes() == before


def test_a_catalogue_that_cannot_be_read_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["messages", "update", str(folder), "--language", "es"])
    (folder / PO).write_text("msgid Welcome\n", "utf-8")
    capsys.readouterr()
    assert main(["messages", "update", str(folder)]) == 1
    assert "error[FE317]" in capsys.readouterr().out
    assert (folder / PO).read_text("utf-8") == "msgid Welcome\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["check"], "there is no catalogue"),
        (["update"], "begin one with"),
        (["update", "--language", "Spanish"], "--language must be a language"),
        ([], "required: ACTION"),
    ],
)
def test_wrong_use(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str) -> None:
    assert main(["messages", *words, *([str(folder)] if words else [])]) == 2
    assert why in capsys.readouterr().err


def test_texts_of_a_file_that_does_not_parse_would_be_lost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["messages", "update", str(folder), "--language", "es"])
    (folder / "flows" / "main.flow").write_text(FLOW.replace('"Good bye."', '"Good bye.'), "utf-8")
    assert main(["messages", "update", str(folder)]) == 2
    assert "syntax error" in capsys.readouterr().err
