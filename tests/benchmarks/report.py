"""The figures of a whole run, kept as data, and the page and the picture that are made from them."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from tests.benchmarks.figures import Figure
from tests.benchmarks.peers.measuring import node_program
from tests.benchmarks.picture import picture

DOCS = Path(__file__).parents[2] / "docs"
DATA = DOCS / "performance.json"
PAGE = DOCS / "performance.md"
PICTURE = DOCS / "images" / "performance.svg"
BEGIN, END = "<!-- made by make bench: begin -->", "<!-- made by make bench: end -->"
PACKAGES = ("aiohttp", "uvloop", "msgspec", "jinja2", "lark", "redis")


class Group(msgspec.Struct, frozen=True):
    """The figures of one benchmark; `failed` tells why there are none."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    failed: str = ""


class Report(msgspec.Struct, frozen=True):
    """A whole run: when, on what, with what."""

    date: str
    machine: str
    versions: dict[str, str]
    groups: tuple[Group, ...]

    @classmethod
    def of(cls, groups: Sequence[Group]) -> Report:
        """The report of figures that were taken here and now."""
        versions = {"Python": platform.python_version()}
        for package in PACKAGES:
            try:
                versions[package] = version(package)
            except PackageNotFoundError:
                continue
        for name, command in (("Redis server", "redis-server"), ("Node", node_program("node"))):
            shown = _version_of(command)
            if shown:
                versions[name] = shown
        return cls(datetime.now(UTC).date().isoformat(), _machine(), versions, tuple(groups))


def kept() -> Report:
    """The report of the last whole run."""
    return msgspec.json.decode(DATA.read_bytes(), type=Report)


def write(report: Report) -> None:
    """Keep the figures, and make the page's tables and the picture from them; what is written by hand stays."""
    # Read again before it is kept, so that the same figures are the same text: 281 is 281.0.
    report = msgspec.json.decode(msgspec.json.encode(report), type=Report)
    DATA.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    PICTURE.write_text(picture([figure for group in report.groups for figure in group.figures]), "utf-8")
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{tables(report)}{END}{after}", "utf-8")


def tables(report: Report) -> str:
    """Machine, versions, and a table for each benchmark: a target that is missed says so."""
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    lines = [f"Measured by `make bench` on {report.date}: {report.machine}. {versions}.", ""]
    missed = [figure for group in report.groups for figure in group.figures if not figure.met]
    targets = sum(figure.target is not None for group in report.groups for figure in group.figures)
    lines += [f"{targets - len(missed)} of {targets} targets are met.", ""]
    for group in report.groups:
        lines += [f"### {group.title}", ""]
        if group.failed:
            lines += [group.failed, ""]
            continue
        lines += ["| what | measured | target | ratio | |", "|---|---:|---:|---:|---|"]
        for figure in group.figures:
            verdict = "" if figure.target is None else "met" if figure.met else "**missed**"
            lines.append(f"| {figure.name} | {figure.measured} | {figure.wanted} | {figure.ratio} | {verdict} |")
        lines.append("")
    return "\n".join(lines)


def _machine() -> str:
    model = platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass  # not Linux
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def _version_of(command: str) -> str:
    try:
        shown = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    words = [word.removeprefix("v").removeprefix("=") for word in shown.split()]
    return next((word for word in words if word[:1].isdigit()), "")
