"""From the paths of a command line to built projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flowengine.carriers.abilities import abilities
from flowengine.cli.main import UsageError
from flowengine.compiler.build import Build, build
from flowengine.compiler.sources import find_root
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
        return not self.wanted or any(file == name or file.startswith(f"{name}/") for name in self.wanted)

    def shown(self) -> list[Diagnostic]:
        """The findings in the files that were asked for, those in call scripts among them."""
        found = self.build.diagnostics
        if self.build.sources.calls:
            # Only a project with scripts needs the simulator, which reads them.
            from flowengine.simulator.project import read_scripts

            found = read_scripts(self.build).diagnostics
        return [finding for finding in in_order(found) if self.wants(finding.span.file)]


def open_projects(paths: Sequence[str]) -> list[Opened]:
    """Build each project that one of the paths belongs to; the present folder when there are none.

    Raises:
        UsageError: a path is not there, or cannot be read.
    """
    wanted: dict[Path, set[str]] = {}
    whole: set[Path] = set()
    for text in paths or ["."]:
        path = Path(text)
        if not path.exists():
            raise UsageError(f"there is no file or folder {text}")
        root = find_root(path)
        names = wanted.setdefault(root, set())
        relative = path.resolve().relative_to(root.resolve()).as_posix()
        if relative == ".":
            whole.add(root)
        else:
            names.add(relative)
    opened: list[Opened] = []
    for root, names in wanted.items():
        try:
            built = build(root, abilities())
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        opened.append(Opened(root, built, frozenset() if root in whole else frozenset(names)))
    return opened
