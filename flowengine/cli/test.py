"""`flowengine test`: run call scripts."""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from os import environ
from time import perf_counter

from flowengine.cli.main import UsageError
from flowengine.cli.projects import Opened, open_projects
from flowengine.core.graph import Program
from flowengine.diagnostics.render import Style
from flowengine.simulator.project import read_scripts
from flowengine.simulator.render import FORMATS, Report, Timed
from flowengine.simulator.runner import Result, simulate
from flowengine.simulator.script import Case


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", default=["."], metavar="PATH", help="a project folder, a folder inside one, or files"
    )
    parser.add_argument("-k", metavar="TEXT", dest="text", help="only scripts whose file or name holds TEXT")
    parser.add_argument("--over", choices=["telefonie"], help="run them through the real server and this carrier")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text", help="how the results are shown")


def run(options: argparse.Namespace) -> int:
    started = perf_counter()
    reports = [_report(project, options.text, options.over) for project in open_projects(options.paths)]
    wrong = any(report.failed or report.diagnostics for report in reports)
    if options.text and not wrong and not any(report.results for report in reports):
        raise UsageError(f"no script's file or name holds {options.text!r}")
    sys.stdout.write(FORMATS[options.format](reports, perf_counter() - started, _style()))
    return int(wrong)


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
            result = simulate(case, program) if over is None else _over(case, project, program)
            results.append(Timed(result, perf_counter() - before))
    return replace(report, results=results)


def _over(case: Case, project: Opened, program: Program) -> Result:
    # Imported late: the server takes longer to import than most scripts to run.
    from flowengine.cli.over import run_over

    return run_over(case, project.build, program)


def _style() -> Style:
    colour = sys.stdout.isatty() and not environ.get("NO_COLOR")
    return Style(colour=colour, width=min(shutil.get_terminal_size((100, 24)).columns, 120))
