"""The page that is shipped is what its sources build, and is small."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowengine.web.page import built_files
from tests.house.project import ROOT


def _npm(folder: Path, *words: str) -> None:
    # Node comes with the development tools, so that none has to be there.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["npm", *words], cwd=folder, env=environment, check=True, timeout=240, capture_output=True)


@pytest.mark.slow
def test_it_is_what_its_sources_build(tmp_path: Path) -> None:
    copy = tmp_path / "web" / "ui"
    shutil.copytree(ROOT / "flowengine/web/ui", copy, ignore=shutil.ignore_patterns("node_modules"))
    _npm(copy, "ci", "--no-audit", "--no-fund")
    _npm(copy, "run", "build")
    page = tmp_path / "web" / "page"
    built = {path.relative_to(page).as_posix(): path.read_bytes() for path in page.rglob("*") if path.is_file()}
    assert built == built_files(), "run `make ui`"


def test_it_is_small() -> None:
    assert sum(len(gzip.compress(data)) for data in built_files().values()) < 500_000
