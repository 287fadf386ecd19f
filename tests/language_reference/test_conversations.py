"""The sentences of the language reference as conversations: every script of every project here does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.compiler.build import build
from flowengine.simulator.project import Scripts, read_scripts
from flowengine.simulator.report import describe
from flowengine.simulator.runner import simulate

ROOT = Path(__file__).parent / "conversations"
FAILS = "# fails"
"""A script with a line that ends so must fail there; every other script must pass."""


@pytest.mark.parametrize("project", sorted(path.name for path in ROOT.iterdir() if path.is_dir()))
def test_scripts_do_what_they_say(project: str) -> None:
    scripts = read_scripts(build(ROOT / project))
    assert [finding for finding in scripts.diagnostics if finding.is_error] == []
    assert scripts.cases
    surprises = _surprises(scripts)
    assert not surprises, "\n\n".join(surprises)


def _surprises(scripts: Scripts) -> list[str]:
    assert scripts.program is not None
    surprises = []
    for case in scripts.cases:
        wanted = _failing_line(scripts, case.span.file, case.span.line)
        result = simulate(case, scripts.program)
        line = result.failure.span.line if result.failure else None
        if line != wanted:
            wish = f"{case.file}: {case.name!r} is to fail at line {wanted}\n" if wanted else ""
            report = describe(result, scripts.sources, scripts.zone) or "It passed."
            surprises.append(wish + report)
    return surprises


def _failing_line(scripts: Scripts, file: str, start: int) -> int | None:
    """The line at which the script that begins at line `start` says that it fails."""
    number = start + 1
    while (line := scripts.sources.line(file, number)) is not None and not line.startswith("call "):
        if line.rstrip().endswith(FAILS):
            return number
        number += 1
    return None
