"""A verb of another package, found by its entry point: checked, explained and performed like ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

VERB = """
from flowengine.core.commands import Say
from flowengine.verbs.base import Argument, Verb, VerbNode
from flowengine.verbs.kinds import whole


class KnockNode(VerbNode):
    __slots__ = ()
    kind = "knock"

    def enter(self, run):
        if run.session.gone:
            return run.caller_left()
        text = " ".join(["Knock."] * self.arg(run, "times"))
        run.prompt(Say(text, run.language))
        run.asked("knock", (text,), {})
        run.note("said", text=text, heard=text)
        return self.exits["next"]


VERB = Verb(
    name="knock",
    summary="Knock at the caller's door.",
    arguments=(Argument("times", whole(1, 9), "How often.", positional=True),),
    lower=lambda into, use: into.add(KnockNode(use)),
    example='flow knock_example\\n\\nstart:\\n    knock 2\\n    hangup\\n',
    prompt=True,
)
"""
FLOW = """\
flow main

start:
    knock 3
    menu choice:
        knock 1
        when 1
        on failed:
            hangup
    say "You chose {{ choice }}."
    hangup
"""
SCRIPT = """\
call "knocked at":
    flow main
    hear "Knock. Knock. Knock."
    expect knock "Knock."
    press 1
    hear "You chose 1."
    expect hangup
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that uses the verb, in a folder where the verb is installed beside."""
    installed = tmp_path / "installed" / "knock-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: knock\nVersion: 1\n", "utf-8")
    (installed / "entry_points.txt").write_text("[flowengine.verbs]\nknock = knock:VERB\n", "utf-8")
    (installed.parent / "knock.py").write_text(VERB, "utf-8")
    places = [str(installed.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))
    for name, text in (("flows/main.flow", FLOW), ("calls/main.call", SCRIPT), ("flowengine.toml", "[project]\n")):
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text, "utf-8")
    return tmp_path / "project"


def flowengine(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the command says to a project."""
    command = [sys.executable, "-m", "flowengine", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)


def test_it_is_checked_and_performed(project: Path) -> None:
    for command in (("check", "."), ("test", "."), ("test", ".", "--over", "telefonie")):
        ran = flowengine(project, *command)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_its_arguments_are_checked(project: Path) -> None:
    (project / "flows" / "main.flow").write_text(FLOW.replace("knock 3", "knock 10"), "utf-8")
    ran = flowengine(project, "check", ".")
    assert ran.returncode == 1
    assert "flows/main.flow:4:" in ran.stdout + ran.stderr
