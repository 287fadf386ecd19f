"""The project as the page shows it: its numbers, and what is wrong with what was saved last."""

from __future__ import annotations

from flowengine.compiler.build import Build
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.text import TEXT
from flowengine.diagnostics.sources import Sources
from flowengine.runtime.projects import Projects
from flowengine.web.messages import Finding, Line, Project

_MOST_FINDINGS = 100
_STYLE = Style(colour=False, width=100)


def describe(projects: Projects, last: Build) -> Project:
    """The project, after `last` was built from it."""
    lines = [Line(number, target.flow) for number, target in projects.config.numbers.items()]
    sources = Sources(last.sources.texts)
    findings = [_finding(found, sources) for found in last.diagnostics[:_MOST_FINDINGS]]
    program = projects.program
    if projects.build is None or program is None:
        return Project(lines, findings, "none")
    is_present = projects.build.sources.digest() == last.sources.digest()
    flows = [name for name, flow in program.flows.items() if all(each.default is not None for each in flow.parameters)]
    return Project(lines, findings, "present" if is_present else "previous", flows)


def _finding(found: Diagnostic, sources: Sources) -> Finding:
    # The renderer counts the findings in a last line of its own, which one finding does not need.
    shown = TEXT.render([found], sources, _STYLE).rstrip().rpartition("\n\n")[0]
    span = found.span
    return Finding(found.code, found.severity.value, found.message, span.file, span.line, span.column, shown)
