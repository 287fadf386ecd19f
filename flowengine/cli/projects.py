"""From the paths of a command line to built projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flowengine.carriers.abilities import abilities
from flowengine.cli.main import UsageError
from flowengine.cli.paths import is_among, roots_of
from flowengine.compiler.build import Build, build
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.order import in_order


@dataclass(frozen=True, slots=True)
class Opened:
    """A project that a command works on. `wanted` are the files that were named; none means all."""

    root: Path
    build: Build
    wanted: frozenset[str]

    def wants(self, file: str) -> bool:
        """Whether a file was asked for: by its name, by a folder above it, or because nothing was named."""
        return is_among(file, self.wanted)

    def shown(self) -> list[Diagnostic]:
        """The findings in the files that were asked for, those in call scripts among them."""
        return [finding for finding in findings_of(self.build) if self.wants(finding.span.file)]


def findings_of(build: Build) -> list[Diagnostic]:
    """All findings of a project, those in its call scripts among them."""
    found = build.diagnostics
    if build.sources.calls:
        # Only a project with scripts needs the simulator, which reads them.
        from flowengine.simulator.project import read_scripts

        found = read_scripts(build).diagnostics
    return in_order(found)


def open_projects(paths: Sequence[str]) -> list[Opened]:
    """Build each project that one of the paths belongs to; the present folder when there are none.

    Raises:
        UsageError: a path is not there, or cannot be read.
    """
    opened: list[Opened] = []
    for root, wanted in roots_of(paths).items():
        try:
            built = build(root, abilities())
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        opened.append(Opened(root, built, wanted))
    return opened
