"""Where the project's own files are, and which of them the tests of this folder read."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "flowengine"


def modules(*rooms: str) -> list[Path]:
    """The Python files of the package, or of the given rooms of it."""
    folders = [PACKAGE / room for room in rooms] or [PACKAGE]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def pages() -> list[Path]:
    """The Markdown files that a reader of the project may come to."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command at the project's root and wait for it, for a minute at most."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
