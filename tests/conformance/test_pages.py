"""Each carrier's page as a new user follows it: its commands and its program, against an embedded carrier."""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from flowengine.carriers.directory import entries
from flowengine.carriers.listening import LISTENING
from flowengine.cli.main import main
from flowengine.compiler.environment import resolve
from tests.cli.test_carrier_commands import Carrier

DOCS = Path(__file__).parents[2] / "docs" / "carriers"
PAGES = ["telefonie", "finespeak", "sms-voip", "speko"]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    tokens = MarkdownIt("commonmark").parse((DOCS / f"{page}.md").read_text("utf-8"))
    return [token.content for token in tokens if token.type == "fence" and token.info == language]


def commands(page: str) -> list[list[str]]:
    """The words of a page's commands, without the one that starts the embedded carrier."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    words = [shlex.split(line.removeprefix("$ flowengine ")) for line in lines]
    return [each for each in words if each[0] != "sandbox"]


def test_the_commands_of_all_pages_do_what_they_are_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, on the same embedded carrier: what one page buys, no other wants."""
    monkeypatch.chdir(tmp_path)
    assert min(len(commands(page)) for page in PAGES) >= 3
    with Carrier() as carrier:
        wanted = [each for page in PAGES for each in commands(page)]
        assert [each for each in wanted if main([*each, "--sandbox", carrier.url]) != 0] == []


@pytest.mark.parametrize("page", PAGES)
def test_its_commands_do_what_they_are_for(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Carrier() as carrier:
        assert [each for each in commands(page) if main([*each, "--sandbox", carrier.url]) != 0] == []


@pytest.mark.parametrize("page", ["telefonie", "voipbin", "finespeak", "sms-voip", "speko"])
def test_its_settings_are_taken(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = [table for block in blocks(page, "toml") for table in tomllib.loads(block).get("carriers", {}).items()]
    assert tables
    for name, table in tables:
        for value in table.values():
            if isinstance(value, str) and value.startswith("$"):
                monkeypatch.setenv(value[1:], "s3cret")
        settings = resolve(table, os.environ, f"carriers.{name}")
        entries()[name].open(settings)
        assert LISTENING[name](settings).signed == any(key.startswith("webhook") for key in table)


def test_one_of_each_is_shown_ended_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """What the pages say in words: the id that `calls place` tells is what the other commands take."""
    monkeypatch.chdir(tmp_path)
    with Carrier() as carrier:
        for page, more in (("finespeak", ("--from", "+14155550100")), ("speko", ())):
            words = ("--carrier", page, "--sandbox", carrier.url)
            assert main(["calls", "place", "+15557650001", *more, *words, "--json"]) == 0
            call = json.loads(capsys.readouterr().out)["id"]
            assert main(["calls", "show", call, *words]) == 0
            assert main(["calls", "end", call, *words]) == 0
            assert f"{call} is ended" in capsys.readouterr().out
        words = ("--carrier", "speko", "--sandbox", carrier.url)
        monkeypatch.setenv("SPEKO_WEBHOOK_SECRET", "whsec_s3cret")
        add = ["webhooks", "add", "https://example.com/speko/events", "--secret", "SPEKO_WEBHOOK_SECRET"]
        assert main([*add, *words]) == 0
        assert main(["api", "GET", "/v1/credits/ledger", *words]) == 0


@pytest.mark.parametrize("page", ["finespeak", "sms-voip", "speko"])
def test_its_program_places_a_call(page: str, tmp_path: Path) -> None:
    (program,) = blocks(page, "python")
    asked = f'connect("{page}")'
    assert asked in program
    with Carrier() as carrier:
        there = program.replace(asked, f'connect("{page}", sandbox="{carrier.url}")')
        (tmp_path / "program.py").write_text(there, "utf-8")
        ran = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert len(ran.stdout.split()) == 2
        account = carrier.sandbox.accounts[page].all[0]
        assert list(account.calls) == [ran.stdout.split()[0]]
