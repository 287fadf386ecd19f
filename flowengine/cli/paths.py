"""The projects that the paths of a command line belong to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flowengine.cli.main import UsageError
from flowengine.compiler.sources import find_root


def roots_of(paths: Sequence[str]) -> dict[Path, frozenset[str]]:
    """The root of each project, with the files and folders in it that were named; none means all of it.

    Raises:
        UsageError: a path is not there.
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
    return {root: frozenset() if root in whole else frozenset(names) for root, names in wanted.items()}


def is_among(file: str, wanted: frozenset[str]) -> bool:
    """Whether a file was asked for: by its name, by a folder above it, or because nothing was named."""
    return not wanted or any(file == name or file.startswith(f"{name}/") for name in wanted)
