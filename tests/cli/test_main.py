"""The way in: the overview, the version, misspelt commands."""

import subprocess
import sys

import pytest

import flowengine
from flowengine.cli.main import COMMANDS, main


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flowengine {flowengine.__version__}\n"


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " not in shown] == []


def test_without_a_command_it_is_misused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "COMMAND" in capsys.readouterr().out


def test_a_misspelt_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tset"]) == 2
    assert "did you mean `test`?" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_what_it_takes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"usage: flowengine {name}" in capsys.readouterr().out


def test_an_unknown_option_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--nonsense"]) == 2
    assert "--nonsense" in capsys.readouterr().err


def test_the_version_needs_no_room_of_the_house() -> None:
    """`--version` is asked for by shells and editors: it may load the command line and nothing else."""
    code = (
        "import sys\nfrom flowengine.cli import main\nmain(['--version'])\n"
        "print(sorted(n for n in sys.modules if n.startswith('flowengine')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[1] == "['flowengine', 'flowengine.cli', 'flowengine.cli.main']"
