"""The scripts of a built project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from flowengine.compiler.build import Build
from flowengine.core.graph import Program
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.order import in_order
from flowengine.diagnostics.sources import Sources
from flowengine.language.calls import parse_calls
from flowengine.simulator.binding import bind_script
from flowengine.simulator.script import Case


@dataclass(frozen=True, slots=True)
class Scripts:
    """A project's scripts, ready to run, with all that is wrong in them and in the project.

    `cases` is empty and `program` None when there is an error.
    """

    cases: tuple[Case, ...]
    diagnostics: tuple[Diagnostic, ...]
    program: Program | None
    sources: Sources
    zone: tzinfo


def read_scripts(build: Build) -> Scripts:
    """Check every script of the project."""
    found = list(build.diagnostics)
    sources = Sources(build.sources.texts)
    cases: list[Case] = []
    for file, text in build.sources.calls.items():
        parsed = parse_calls(text, file)
        found += parsed.diagnostics
        for script in parsed.scripts:
            case, wrong = bind_script(script, build, sources)
            found += wrong
            if case is not None:
                cases.append(case)
    program = build.program
    if program is None or any(diagnostic.is_error for diagnostic in found):
        program, cases = None, []
    return Scripts(tuple(cases), tuple(in_order(found)), program, sources, build.config.zone)
