"""Every script of every example, kept as a journal and written anew from it, passes again."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.compiler.build import Build, build
from flowengine.core import replay
from flowengine.core.ending import rerun
from flowengine.core.events import Event
from flowengine.core.graph import Program
from flowengine.core.journal import MASK
from flowengine.core.machine import Turn, step
from flowengine.core.session import Facts, Session
from flowengine.simulator import phone
from flowengine.simulator.line import finished
from flowengine.simulator.phone import Phone
from flowengine.simulator.project import read_scripts
from flowengine.simulator.relived import relive
from flowengine.simulator.runner import play
from flowengine.simulator.script import Case, Give
from flowengine.simulator.world import Variable
from tests.house.project import ROOT

PROJECTS = [ROOT / "flows", *sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())]


class Line:
    """A call of a script with its journal, as a server would have kept it."""

    def __init__(self, built: Build, case: Case, tap: pytest.MonkeyPatch) -> None:
        assert built.program is not None
        self.case = case
        self.records: list[replay.Record] = []
        tap.setattr(phone, "step", self._step)
        line = Phone(built.program, case.setup)
        assert finished(play(case, line)).passed
        self.program = line.world.program
        setup = case.setup
        self.facts = Facts(
            "simulated", setup.caller, setup.called, setup.direction, "simulated", setup.at, setup.answered_by
        )

    def _step(self, program: Program, session: Session, event: Event) -> tuple[Session, Turn | None]:
        after, turn = step(program, session, event)
        if turn is not None:
            kept = replay.record(session, event, turn)
            self.records.append(replay.load(replay.dump(kept)))
        return after, turn

    @property
    def is_secret(self) -> bool:
        """Whether something was typed that is not kept."""
        return any(entry.text == MASK for turn in self.records for entry in turn.entries if entry.kind == "input")

    @property
    def has_other_variables(self) -> bool:
        """Whether the script gives `[vars]` other values: no journal knows of that."""
        return any(isinstance(one, Give) and isinstance(one.given, Variable) for one in self.case.steps)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_each_script_lives_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = build(project)
    cases = read_scripts(built).cases
    assert cases
    for case in cases:
        line = Line(built, case, monkeypatch)
        setup = case.setup
        monkeypatch.undo()

        again = rerun(line.program, setup.flow, line.facts, line.records, setup.arguments)
        assert (again.differs, again.parting, again.unused) == (False, None, 0), case.name

        relived = relive("again", line.program, setup.flow, line.facts, line.records, setup.arguments, built)
        if line.is_secret:
            assert "sensitive" in relived.problem
        elif not line.has_other_variables:
            assert relived.problem == "", f"{case.name}\n{relived.text}"
