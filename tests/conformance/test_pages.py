"""Each carrier's page as a new user follows it: its commands and its program, against an embedded carrier."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from flowengine.cli.main import main
from tests.cli.test_carrier_commands import Carrier

DOCS = Path(__file__).parents[2] / "docs" / "carriers"
PAGES = ["telefonie", "finespeak", "sms-voip", "speko"]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    tokens = MarkdownIt("commonmark").parse((DOCS / f"{page}.md").read_text("utf-8"))
    return [token.content for token in tokens if token.type == "fence" and token.info == language]


@pytest.mark.parametrize("page", PAGES)
def test_its_commands_do_what_they_are_for(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    words = [shlex.split(line.removeprefix("$ flowengine ")) for line in lines]
    commands = [each for each in words if each[0] != "sandbox"]
    assert len(commands) >= 3
    with Carrier() as carrier:
        assert [each for each in commands if main([*each, "--sandbox", carrier.url]) != 0] == []


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
