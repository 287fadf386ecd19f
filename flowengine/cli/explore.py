"""`flowengine explore`: walk every behaviour of a caller, and write the scripts that no test has."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from time import perf_counter

from flowengine.cli.main import UsageError
from flowengine.cli.projects import Opened, open_projects
from flowengine.compiler.build import Build
from flowengine.core.graph import Program
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.text import TEXT
from flowengine.diagnostics.sources import Sources
from flowengine.diagnostics.suggest import closest
from flowengine.simulator.coverage import Coverage, Kind
from flowengine.simulator.coverage.text import missed_rows
from flowengine.simulator.explore import Bounds, Exploration, Written, beginning_flows, explore, write_scripts
from flowengine.simulator.project import read_scripts
from flowengine.simulator.runner import simulate


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "flows", nargs="*", metavar="FLOW", help="where the calls begin (default: every flow in which calls can begin)"
    )
    parser.add_argument("--project", default=".", metavar="DIR", help="the project's folder (default: the present one)")
    parser.add_argument("--write", metavar="DIR", type=Path, help="keep the scripts, as DIR/explored_FLOW.call")
    parser.add_argument("--alone", action="store_true", help="write scripts for all, whatever the project's tests take")
    bounds = Bounds()
    parser.add_argument(
        "--states",
        type=int,
        default=bounds.states,
        metavar="N",
        help=f"states of a call that are looked at, at most (default: {bounds.states})",
    )
    parser.add_argument(
        "--turns",
        type=int,
        default=bounds.turns,
        metavar="N",
        help=f"things that the caller does in one call, at most (default: {bounds.turns})",
    )
    parser.add_argument(
        "--time", type=float, default=60, metavar="SECONDS", help="time for each flow, at most (default: 60)"
    )


def run(options: argparse.Namespace) -> int:
    (project,) = open_projects([options.project])
    build = project.build
    program = build.program
    if program is None:
        errors = [found for found in build.diagnostics if found.is_error]
        sys.stdout.write(TEXT.render(errors, Sources(build.sources.texts), Style()))
        return 1
    wrong = 0
    for flow in options.flows or beginning_flows(build):
        if flow not in program.flows:
            near = closest(flow, program.flows)
            raise UsageError(f"there is no flow `{flow}`" + (f": did you mean `{near}`?" if near else ""))
        wrong += _explore(project, program, flow, options)
    return int(wrong > 0)


def _explore(project: Opened, program: Program, flow: str, options: argparse.Namespace) -> int:
    """Walk one flow and tell what was found; gives the number of findings."""
    build = project.build
    started = perf_counter()
    found = explore(build, flow, Bounds(options.states, options.turns), lambda: perf_counter() - started > options.time)
    seconds = perf_counter() - started
    tested = Coverage(program, build.flows, found.flows)
    if not options.alone:
        _take_tests(build, tested)
    scripts = write_scripts(found, build, tested)
    print("\n".join([*_summary(found, seconds), *_findings(found)]))
    _tell_scripts(found, scripts, tested, options)
    print()
    return len(found.findings)


def _take_tests(build: Build, tested: Coverage) -> None:
    scripts = read_scripts(build)
    if scripts.program is not None:
        for case in scripts.cases:
            tested.take(simulate(case, scripts.program).conversation.entries)


def _summary(found: Exploration, seconds: float) -> list[str]:
    callers = f"{found.callers} kind{'' if found.callers == 1 else 's'} of call"
    rate = found.behaviours / seconds if seconds else 0
    whole = f"stopped {found.stopped}" if found.stopped else "all of it was walked"
    taken = ", ".join(
        f"{kind}{'es' if kind is Kind.BRANCH else 's'} {tally.taken}/{tally.total}"
        for kind in Kind
        for tally in (found.coverage.tally(kind),)
    )
    head = f"{found.flow}: {found.behaviours:,} behaviours of {callers}, {found.states:,} states, "
    return [f"{head}{seconds:.2f} s ({rate:,.0f} a second); {whole}", f"  reached: {taken}"]


def _findings(found: Exploration) -> list[str]:
    rows = [f"  {finding.file}:{finding.line}  {finding.problem}: {finding.message}" for finding, _ in found.findings]
    rows = rows or ["  no dead end, no error, and every call can end"]
    missed = missed_rows(found.coverage.missed)
    if missed:
        rows += ["", "  never reached:", *(f"  {row}" for row in missed)]
    return rows


def _tell_scripts(found: Exploration, scripts: list[Written], tested: Coverage, options: argparse.Namespace) -> None:
    count = f"{len(scripts)} script{'' if len(scripts) == 1 else 's'}"
    if not scripts:
        print("  the tests take every branch and outcome that can be reached")
        return
    tally = tested.tally(Kind.OUTCOME)
    print(f"  {count} take what no test takes, and pass; with them outcomes are {tally.taken}/{tally.total}")
    if options.write is None:
        print("  `--write DIR` keeps them")
        return
    options.write.mkdir(parents=True, exist_ok=True)
    path = options.write / f"explored_{re.sub(r'[^A-Za-z0-9_]', '_', found.flow)}.call"
    path.write_text(_file(found, scripts), "utf-8")
    print(f"  written to {path}")


def _file(found: Exploration, scripts: list[Written]) -> str:
    head = f"# Calls into {found.flow} that `flowengine explore` has found: each takes what is written above it.\n"
    return head + "".join("\n" + "".join(f"# {why}\n" for why in one.why) + one.text for one in scripts)
