"""The findings that the language reference promises: at their lines, with their severity, and none besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from flowengine.diagnostics import Diagnostic
from flowengine.simulator.project import read_scripts
from tests.language_reference.cases import Case, read_cases

ROOT = Path(__file__).parent / "findings"
CASES = [(path.stem, case) for path in sorted(ROOT.glob("*.cases")) for case in read_cases(path)]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{topic}: {case.name}") for topic, case in CASES])
def test_exactly_these_findings(case: Case) -> None:
    scripts = read_scripts(build_sources(_sources(case)))
    expected = sorted((wanted.file, wanted.line, wanted.group, wanted.severity) for wanted in case.expected)
    found = sorted(
        (finding.span.file, finding.span.line, _as_wanted(case, finding), str(finding.severity))
        for finding in scripts.diagnostics
    )
    assert found == expected, "\n".join(f"{d.span} {d.code} {d.severity}: {d.message}" for d in scripts.diagnostics)


def _sources(case: Case) -> Sources:
    config = case.files.get("flowengine.toml", (ROOT / "flowengine.toml").read_text("utf-8"))
    flows = {name: text for name, text in case.files.items() if name.endswith(".flow")}
    calls = {name: text for name, text in case.files.items() if name.endswith(".call")}
    return Sources(ROOT, config, flows, calls)


def _as_wanted(case: Case, finding: Diagnostic) -> str:
    """The code in the form in which the case gives it for this line: whole, or only its group."""
    for wanted in case.expected:
        here = (wanted.file, wanted.line) == (finding.span.file, finding.span.line)
        if here and finding.code.startswith(wanted.group) and str(finding.severity) == wanted.severity:
            return wanted.group
    return finding.code
