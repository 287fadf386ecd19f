"""The forms in which the results of scripts are shown: text for people, JSON, and JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import groupby
from typing import Any
from xml.etree import ElementTree  # makes a document; reads none

from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.json import JSON
from flowengine.diagnostics.render.text import TEXT
from flowengine.diagnostics.sources import Sources
from flowengine.simulator.report import conversation, describe
from flowengine.simulator.runner import Result

_UNFIT_FOR_XML = dict.fromkeys([*range(0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)], "\ufffd") | {
    ord(space): space for space in "\t\n\r"
}


@dataclass(frozen=True, slots=True)
class Timed:
    """A result with the seconds that the script took."""

    result: Result
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of one project's scripts gave. With `diagnostics`, nothing was run."""

    results: Sequence[Timed]
    diagnostics: Sequence[Diagnostic] = ()
    sources: Sources = field(default_factory=lambda: Sources({}))
    zone: tzinfo = UTC

    @property
    def failed(self) -> int:
        """How many scripts did not pass."""
        return sum(not timed.result.passed for timed in self.results)


def _text(reports: Sequence[Report], seconds: float, style: Style) -> str:
    rows: list[str] = []
    for report in reports:
        if report.diagnostics:
            rows += [TEXT.render(report.diagnostics, report.sources, style).rstrip("\n"), "no script was run", ""]
        for file, group in groupby(report.results, lambda timed: timed.result.case.file):
            rows.append(f"{file} {''.join('.' if timed.result.passed else 'F' for timed in group)}")
    for report in reports:
        for timed in report.results:
            if not timed.result.passed:
                rows += ["", describe(timed.result, report.sources, report.zone).rstrip("\n")]
    rows += ["", summary(reports, seconds)] if rows and rows[-1] else [summary(reports, seconds)]
    return "".join(f"{row}\n" for row in rows)


def summary(reports: Sequence[Report], seconds: float) -> str:
    """`12 passed, 1 failed in 0.03 s`"""
    failed = sum(report.failed for report in reports)
    passed = sum(len(report.results) for report in reports) - failed
    counts = [f"{passed} passed"] if passed or not failed else []
    counts += [f"{failed} failed"] if failed else []
    return f"{', '.join(counts)} in {seconds:.2f} s"


def _json(reports: Sequence[Report], seconds: float, style: Style) -> str:
    failed = sum(report.failed for report in reports)
    value = {
        "passed": sum(len(report.results) for report in reports) - failed,
        "failed": failed,
        "seconds": round(seconds, 6),
        "diagnostics": [
            found for report in reports for found in json.loads(JSON.render(report.diagnostics, report.sources, style))
        ],
        "tests": [_test(timed, report) for report in reports for timed in report.results],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _test(timed: Timed, report: Report) -> dict[str, Any]:
    result = timed.result
    failure = result.failure
    return {
        "name": result.case.name,
        "file": result.case.file,
        "line": result.case.span.line,
        "outcome": "passed" if failure is None else "failed",
        "seconds": round(timed.seconds, 6),
        "failure": None
        if failure is None
        else {
            "file": failure.span.file,
            "line": failure.span.line,
            "expected": failure.expected,
            "instead": list(failure.instead),
            "note": failure.note or None,
            "conversation": conversation(result.conversation, report.zone),
        },
    }


def _junit(reports: Sequence[Report], seconds: float, style: Style) -> str:
    root = ElementTree.Element("testsuites", name="flowengine", time=f"{seconds:.6f}")
    for report in reports:
        if report.diagnostics:
            _suite_of_errors(root, report, style)
        for file, group in groupby(report.results, lambda timed: timed.result.case.file):
            _suite(root, file, list(group), report)
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite_of_errors(root: ElementTree.Element, report: Report, style: Style) -> None:
    """What stands in the way of running anything: each finding as a test that could not be run."""
    count = str(len(report.diagnostics))
    suite = ElementTree.SubElement(root, "testsuite", name="check", tests=count, failures="0", errors=count)
    for found in report.diagnostics:
        case = ElementTree.SubElement(suite, "testcase", classname=found.span.file, name=str(found.span))
        error = ElementTree.SubElement(case, "error", type=found.code, message=_clean(found.message))
        error.text = _clean(TEXT.render([found], report.sources, Style(width=style.width)))


def _suite(root: ElementTree.Element, file: str, tests: Sequence[Timed], report: Report) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_clean(file), tests=str(len(tests)), errors="0")
    suite.set("failures", str(sum(not timed.result.passed for timed in tests)))
    suite.set("time", f"{sum(timed.seconds for timed in tests):.6f}")
    for timed in tests:
        result = timed.result
        attributes = {"classname": _clean(file), "name": _clean(result.case.name), "time": f"{timed.seconds:.6f}"}
        case = ElementTree.SubElement(suite, "testcase", attributes, file=file, line=str(result.case.span.line))
        if result.failure is not None:
            failure = ElementTree.SubElement(case, "failure", message=_clean(result.failure.expected))
            failure.text = _clean(describe(result, report.sources, report.zone))


def _clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return text.translate(_UNFIT_FOR_XML)


FORMATS: Mapping[str, Callable[[Sequence[Report], float, Style], str]] = {"text": _text, "json": _json, "junit": _junit}
"""Each form by its name on the command line: of the projects run, the seconds it took, and a style."""
