"""The journal of a call, lived again: the same turns, without the sensitive values that it never held."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.compiler.build import build
from flowengine.core import machine, replay
from flowengine.core.events import Event
from flowengine.core.graph import Program
from flowengine.core.machine import Turn
from flowengine.core.session import Session
from flowengine.simulator import phone
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import simulate

ROOT = Path(__file__).parents[2]
PROJECTS = sorted(path.parent for path in (*ROOT.glob("examples/*/flowengine.toml"), ROOT / "flows/flowengine.toml"))


class Recorder:
    """Stands between the phone and the machine and keeps each turn as a server would: as JSON."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.first: Session | None = None

    def step(self, program: Program, session: Session, event: Event) -> tuple[Session, Turn | None]:
        if self.first is None:
            self.first = session
        after, turn = machine.step(program, session, event)
        if turn is not None:
            self.records.append(replay.dump(replay.record(session, event, turn)))
        return after, turn


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_every_example_call_replays_to_the_same_journal(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = read_scripts(build(project))
    assert scripts.program is not None
    assert scripts.cases
    for case in scripts.cases:
        recorder = Recorder()
        monkeypatch.setattr(phone, "step", recorder.step)
        assert simulate(case, scripts.program).failure is None, case.name
        first = recorder.first
        assert first is not None
        assert recorder.records
        records = [replay.load(data) for data in recorder.records]
        arguments = first.frames[0].variables
        program = _as_given(scripts.program, case)
        assert replay.compare(program, first.frames[0].flow, first.call, records, arguments) is None, case.name


def _as_given(program: Program, case: object) -> Program:
    """The program with the project variables that the script replaces."""
    world = phone.World(program)
    for line in getattr(case, "steps", ()):
        given = getattr(line, "given", None)
        if given is not None:
            world.give(given)
    return world.program
