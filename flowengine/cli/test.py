"""`flowengine test`: run call scripts."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from os import environ
from pathlib import Path
from time import perf_counter

from flowengine.cli.main import UsageError
from flowengine.cli.projects import Opened, open_projects
from flowengine.core.graph import Program
from flowengine.diagnostics.render import Style
from flowengine.simulator.coverage import Coverage
from flowengine.simulator.coverage import text as coverage_text
from flowengine.simulator.coverage.html import page as coverage_page
from flowengine.simulator.project import read_scripts
from flowengine.simulator.render import FORMATS, Report, Timed
from flowengine.simulator.runner import Result, simulate
from flowengine.simulator.script import Case


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", default=["."], metavar="PATH", help="a project folder, a folder inside one, or files"
    )
    parser.add_argument("-k", metavar="TEXT", dest="text", help="only scripts whose file or name holds TEXT")
    parser.add_argument(
        "--over", choices=["telefonie", "voipbin"], help="run them through the real server and this carrier"
    )
    parser.add_argument(
        "--format", choices=sorted(FORMATS), default="text", help="how the results are shown (default: text)"
    )
    parser.add_argument("--cover", action="store_true", help="tell which lines, branches and outcomes were never taken")
    parser.add_argument("--cover-html", metavar="DIR", type=Path, help="write the same as a page, DIR/index.html")
    parser.add_argument(
        "--cover-min", metavar="PERCENT", type=_percent, help="fail when less than this of everything was taken"
    )


def run(options: argparse.Namespace) -> int:
    started = perf_counter()
    projects = open_projects(options.paths)
    reports = [_report(project, options.text, options.over) for project in projects]
    wrong = any(report.failed or report.diagnostics for report in reports)
    if options.text and not wrong and not any(report.results for report in reports):
        raise UsageError(f"no script's file or name holds {options.text!r}")
    sys.stdout.write(FORMATS[options.format](reports, perf_counter() - started, _style()))
    if options.cover or options.cover_html is not None or options.cover_min is not None:
        wrong = not _cover(projects, reports, options) or wrong
    return int(wrong)


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError(text)
    return value


def _cover(projects: Sequence[Opened], reports: Sequence[Report], options: argparse.Namespace) -> bool:
    """Tell what was never taken; whether enough was."""
    # The other formats are for machines: what people read goes beside them.
    stream = sys.stdout if options.format == "text" else sys.stderr
    enough = True
    several = len(projects) > 1
    for project, report in zip(projects, reports, strict=True):
        program = project.build.program
        if program is None or report.diagnostics:
            continue
        coverage = Coverage(program, project.build.flows)
        for timed in report.results:
            coverage.take(timed.result.conversation.entries)
        stream.write(f"\n{coverage_text.report(coverage)}")
        if options.cover_html is not None:
            # Projects of one run are kept apart by their folders.
            folder = options.cover_html / project.root.resolve().name if several else options.cover_html
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "index.html").write_text(coverage_page(coverage, report.sources.texts), "utf-8")
            stream.write(f"written to {folder / 'index.html'}\n")
        if options.cover_min is not None and coverage.total.percent < options.cover_min:
            stream.write(f"{coverage.total.percent:.1f} % was taken, less than {options.cover_min:g} %\n")
            enough = False
    return enough


def _report(project: Opened, text: str | None, over: str | None) -> Report:
    """Run what is asked for of one project; only its errors are shown when it has any."""
    scripts = read_scripts(project.build)
    report = Report((), (), scripts.sources, scripts.zone)
    program = scripts.program
    if program is None:
        return replace(report, diagnostics=[found for found in scripts.diagnostics if found.is_error])
    results = []
    for case in scripts.cases:
        # The file of a flow stands for the scripts that begin in it.
        asked_for = project.wants(case.file) or program.flows[case.setup.flow].file in project.wanted
        if asked_for and (not text or text.casefold() in f"{case.file} {case.name}".casefold()):
            before = perf_counter()
            result = simulate(case, program) if over is None else _over(case, project, program, over)
            results.append(Timed(result, perf_counter() - before))
    return replace(report, results=results)


def _over(case: Case, project: Opened, program: Program, carrier: str) -> Result:
    # Imported late: the server takes longer to import than most scripts to run.
    if carrier == "voipbin":
        from flowengine.cli.over_voipbin import run_over_voipbin

        return run_over_voipbin(case, project.build, program)
    from flowengine.cli.over import run_over

    return run_over(case, project.build, program)


def _style() -> Style:
    colour = sys.stdout.isatty() and not environ.get("NO_COLOR")
    return Style(colour=colour, width=min(shutil.get_terminal_size((100, 24)).columns, 120))
