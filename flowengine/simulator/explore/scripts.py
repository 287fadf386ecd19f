"""Writes the ways that a walk has found as call scripts, and runs each before it is handed out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flowengine.compiler.build import Build
from flowengine.diagnostics.sources import Sources
from flowengine.language.calls import parse_calls
from flowengine.simulator.binding import bind_script
from flowengine.simulator.coverage import Coverage, Key, Kind, Point
from flowengine.simulator.explore.acts import HANG_UP
from flowengine.simulator.explore.answers import Subject
from flowengine.simulator.explore.beginnings import lines_of
from flowengine.simulator.explore.explorer import Exploration, Way
from flowengine.simulator.line import finished
from flowengine.simulator.phone import Phone
from flowengine.simulator.recorder import Recorder
from flowengine.simulator.runner import simulate


@dataclass(frozen=True, slots=True)
class Written:
    """A script that passes.

    `why` are the sentences above it: the finding that it shows, or the points that no other script takes.
    """

    name: str
    why: tuple[str, ...]
    text: str


def write_scripts(exploration: Exploration, build: Build, tested: Coverage) -> list[Written]:
    """The shortest script for each finding, then scripts that take every point that no test takes.

    `tested` is what the tests have taken; what the scripts take is added to it.
    """
    writer = _Writer(build, exploration)
    found: list[Written] = []
    for finding, way in exploration.findings:
        why = f"{finding.file}:{finding.line}  {finding.problem}: {finding.message}"
        found += writer.write(way, f"{finding.problem}, {_place(finding.file, finding.line)}", [why], tested)
    missed = {point.key: point for point in tested.missed if point.kind is not Kind.LINE}
    # A long way takes on its way what short ones would be written for.
    keys = sorted((key for key in missed if key in exploration.first), key=lambda key: -exploration.first[key].length)
    for key in keys:
        if key not in tested.taken:
            point = missed[key]
            name = f"{_place(point.span.file, point.span.line)}, {point.what}"
            found += writer.write(exploration.first[key], name.replace('"', "'"), [], tested)
    return found


def write_call(name: str, way: Way, exploration: Exploration, build: Build) -> str:
    """A way as a script: what is done, and all that is heard. A call that goes on is ended by hanging up."""
    program = build.program
    assert program is not None
    steps = _steps(way)
    if way.state is not None:
        steps.append(Way(way, way.setup, exploration.partings.get(way.state, ()), HANG_UP, way.length + 1))
    setup = steps[0].setup
    phone = Phone(program, setup)
    recorder = Recorder(name, lines_of(setup, build))
    world: dict[Subject, str] = {}
    for step in steps:
        for give in step.gives:
            if world.get(give.subject) != give.line:
                world[give.subject] = give.line
                phone.give(give.given)
                recorder.did(give.line, phone.transcript)
        if step.action is None:
            finished(phone.start())
            continue
        recorder.did(step.action.line, phone.transcript)
        phone.transcript.mark()
        finished(getattr(phone, step.action.kind)(*step.action.args))
    return recorder.text(phone.transcript, phone.ended)


class _Writer:
    def __init__(self, build: Build, exploration: Exploration) -> None:
        self.build = build
        self.exploration = exploration
        self.names: dict[str, int] = {}

    def write(self, way: Way, name: str, why: list[str], tested: Coverage) -> list[Written]:
        """The script, once it has passed; what it takes counts from then on."""
        count = self.names[name] = self.names.get(name, 0) + 1
        if count > 1:
            name = f"{name} ({count})"
        text = write_call(name, way, self.exploration, self.build)
        taken = self._run(text)
        if taken is None:
            return []
        new = [point for point in tested.missed if point.key in taken and point.kind is not Kind.LINE]
        tested.taken |= taken
        return [Written(name, (*why, *_sentences(new)), text)]

    def _run(self, text: str) -> set[Key] | None:
        """What the script takes when it is run; None when it does not pass."""
        program = self.build.program
        assert program is not None
        taken: set[Key] = set()
        for script in parse_calls(text, "explored.call").scripts:
            case, _ = bind_script(script, self.build, Sources({"explored.call": text}))
            if case is None:
                return None
            result = simulate(case, program)
            if not result.passed:
                return None
            taken |= self.exploration.coverage.reader().read(result.conversation.entries)
        return taken


def _steps(way: Way) -> list[Way]:
    steps: list[Way] = []
    here: Way | None = way
    while here is not None:
        steps.append(here)
        here = here.before
    return steps[::-1]


def _place(file: str, line: int) -> str:
    return f"{file.rpartition('/')[2].removesuffix('.flow')} line {line}"


def _sentences(points: Iterable[Point]) -> list[str]:
    return [f"{point.span.file}:{point.span.line}  {point.what}" for point in points]
