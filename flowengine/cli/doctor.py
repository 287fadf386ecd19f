"""`flowengine doctor [DIR]`: whether a deployment is well, and what to do where it is not."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from flowengine.cli.checkup import address, carriers, machine, project
from flowengine.cli.checkup.findings import Deployment, Finding, Level, fail
from flowengine.cli.running import project as find_project
from flowengine.cli.running import run as run_loop
from flowengine.cli.serve import store_name
from flowengine.compiler.build import build

CHECKS: tuple[Callable[[Deployment], Awaitable[list[Finding]]], ...] = (
    project.flows,
    project.settings,
    project.numbers,
    address.public_url,
    address.signatures,
    address.others,
    carriers.carriers,
    machine.store,
    machine.disk,
    machine.files,
    machine.speech,
)
"""Every check, in the order of the report."""

_COLOURS = {Level.OK: "\x1b[32m", Level.WARN: "\x1b[33m", Level.FAIL: "\x1b[31m"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which deployment."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="the project's folder (default: the present one)"
    )
    parser.add_argument("--store", metavar="WHERE", help="where calls are kept, as `serve` is told")
    parser.add_argument("--public-url", metavar="URL", default="", help="as `serve` is told; else the project's")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=5.0, help="for each request (default: 5)")
    parser.add_argument("--json", action="store_true", help="a list of objects, for programs")


def run(options: argparse.Namespace) -> int:
    """Look at everything; 1 when something fails."""
    root = find_project(options.folder)
    built = build(root)
    url = (options.public_url or built.config.project_table.public_url or "").rstrip("/")
    about = Deployment(root, built, store_name(root, options.store), url, os.environ, options.timeout)
    return run_loop(_examine(about, options.json))


async def _examine(about: Deployment, as_json: bool) -> int:
    found: list[Finding] = []
    for check in CHECKS:
        try:
            fresh = await check(about)
        except Exception as error:
            # Whatever is odd about a deployment, the other checks are still wanted.
            fresh = [
                fail(
                    check.__name__,
                    f"this could not be looked at: {type(error).__name__}: {error}",
                    "this is a fault of `flowengine doctor`: please report it",
                )
            ]
        found += fresh
        if not as_json:
            for finding in fresh:
                print(_line(finding), flush=True)
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        count = {level: sum(finding.level is level for finding in found) for level in Level}
        print(f"\n{count[Level.OK]} ok, {count[Level.WARN]} to look at, {count[Level.FAIL]} failed")
    return 1 if any(finding.level is Level.FAIL for finding in found) else 0


def _line(finding: Finding) -> str:
    level = f"{finding.level:<4}"
    if sys.stdout.isatty():
        level = f"{_COLOURS[finding.level]}{level}\x1b[0m"
    line = f"{level}  {finding.about}: {finding.message}"
    return f"{line}\n      {finding.advice}" if finding.advice else line
