"""Runs scripts of small projects that are written in the tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from flowengine.diagnostics import Diagnostic
from flowengine.simulator.project import Scripts, read_scripts
from flowengine.simulator.runner import Result, simulate

CONFIG = """\
[project]
timezone = "Europe/Berlin"

[vars]
company = "Acme"

[numbers]
"+15551230000" = "main"

[http]
allow = ["*.example"]

[transfer]
allow = ["+1555*"]

[sms]
allow = ["+1555*"]
"""


def scripts(flow: str | Mapping[str, str], calls: str, config: str = CONFIG) -> Scripts:
    """The scripts of a project of these flows."""
    flows = {"flows/main.flow": flow} if isinstance(flow, str) else flow
    sources = Sources(Path(), config, flows, {"main.call": calls})
    return read_scripts(build_sources(sources))


def errors(flow: str | Mapping[str, str], calls: str, config: str = CONFIG) -> list[Diagnostic]:
    """What stands in the way of running them."""
    return [found for found in scripts(flow, calls, config).diagnostics if found.is_error]


def results(flow: str | Mapping[str, str], calls: str, config: str = CONFIG) -> list[Result]:
    """Every script of the project, run."""
    project = scripts(flow, calls, config)
    assert project.program is not None, project.diagnostics
    return [simulate(case, project.program) for case in project.cases]


def passes(flow: str | Mapping[str, str], lines: str, config: str = CONFIG) -> None:
    """One script of these lines passes."""
    (result,) = results(flow, _script(lines), config)
    assert result.failure is None, result


def fails(flow: str | Mapping[str, str], lines: str, config: str = CONFIG) -> tuple[int, str, tuple[str, ...], str]:
    """One script of these lines fails: at which of them (1 is the first), on what, with what instead, and the note."""
    (result,) = results(flow, _script(lines), config)
    assert result.failure is not None, "the script passed"
    failure = result.failure
    return failure.span.line - 2, failure.expected, failure.instead, failure.note


def _script(lines: str) -> str:
    """The lines as a script that begins in the flow `main`."""
    rows = [line.strip() for line in lines.strip().splitlines()]
    return "\n".join(['call "the call":', "    flow main", *(f"    {row}" for row in rows)]) + "\n"
