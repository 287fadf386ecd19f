"""The findings that the language reference promises: at their lines, with their severity, and none besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.compiler.build import build_sources
from flowengine.compiler.sources import Sources
from tests.language_reference.cases import Case, Expected, read_cases

ROOT = Path(__file__).parent / "findings"
CASES = [(path.stem, case) for path in sorted(ROOT.glob("*.cases")) for case in read_cases(path)]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{topic}: {case.name}") for topic, case in CASES])
def test_exactly_these_findings(case: Case) -> None:
    config = (ROOT / "flowengine.toml").read_text("utf-8")
    built = build_sources(Sources(ROOT, config, {"sample.flow": case.text}))
    expected = sorted((wanted.line, wanted.group, wanted.severity) for wanted in case.expected)
    found = sorted(
        (finding.span.line, _as_wanted(case, finding.span.line, finding.code), str(finding.severity))
        for finding in built.diagnostics
    )
    assert found == expected, "\n".join(f"{d.span} {d.code} {d.severity}: {d.message}" for d in built.diagnostics)


def _as_wanted(case: Case, line: int, code: str) -> str:
    """The code in the form in which the case gives it for this line: whole, or only its group."""

    def fits(wanted: Expected) -> bool:
        return wanted.line == line and code.startswith(wanted.group)

    return next((wanted.group for wanted in case.expected if fits(wanted)), code)
