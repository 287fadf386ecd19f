"""Walks flows that are written in the tests."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.sources import Sources
from flowengine.simulator.coverage import Coverage, Kind
from flowengine.simulator.explore import Bounds, Exploration, explore, write_scripts
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import simulate

CONFIG = """\
[project]
timezone = "Europe/Berlin"

[numbers]
"+15551230000" = "main"

[calendars.office]
timezone = "Europe/Berlin"
hours = { mon-fri = "09:00-17:00" }

[http]
allow = ["*.example"]

[transfer]
allow = ["+1555*"]

[sms]
allow = ["+1555*"]
"""


def built(flow: str | Mapping[str, str], config: str = CONFIG, calls: str = "") -> Build:
    """A project of these flows; it has no errors."""
    flows = {"flows/main.flow": flow} if isinstance(flow, str) else flow
    build = build_sources(Sources(Path(), config, flows, {"main.call": calls} if calls else {}))
    assert build.program is not None, build.diagnostics
    return build


def walked(flow: str | Mapping[str, str], config: str = CONFIG, bounds: Bounds | None = None) -> Exploration:
    """The walk of the flow `main`."""
    return explore(built(flow, config), "main", bounds)


def found(flow: str, config: str = CONFIG) -> list[tuple[str, int]]:
    """The problems of the flow `main`, with their lines."""
    return sorted((str(finding.problem), finding.line) for finding, _ in walked(flow, config).findings)


def never(exploration: Exploration, kind: Kind | None = None) -> list[str]:
    """What the walk has not reached."""
    return [point.never for point in exploration.coverage.missed if kind in (None, point.kind)]


def rewritten(build: Build, exploration: Exploration) -> Coverage:
    """What the scripts of the walk take when they are read again as a file of the project; all of them pass."""
    assert build.program is not None
    scripts = write_scripts(exploration, build, Coverage(build.program, build.flows, exploration.flows))
    text = "\n".join(script.text for script in scripts)
    sources = build.sources
    again = build_sources(replace(sources, calls={"explored.call": text}))
    project = read_scripts(again)
    assert project.program is not None, project.diagnostics
    assert len(project.cases) == len(scripts)
    coverage = Coverage(project.program, again.flows, exploration.flows)
    for case in project.cases:
        result = simulate(case, project.program)
        assert result.passed, (case.name, result.failure)
        coverage.take(result.conversation.entries)
    return coverage
