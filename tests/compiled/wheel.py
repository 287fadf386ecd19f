"""The compiled wheel of the checkout, unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.house.project import ROOT

ON = "HATCH_BUILD_HOOKS_ENABLE"


def run(*words: str, env: Mapping[str, str] | None = None) -> str:
    """What Python says to these words, at the project's root."""
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def unpacked(built: Path) -> Path:
    """The folder of what is in the one wheel of a folder."""
    [wheel] = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(built / "in")
    return built / "in"


def compiled(into: Path) -> Path:
    """Build the compiled wheel in a folder; the folder of what is in it. Two minutes.

    It is built from the source distribution, in a folder of its own: the checkout would import what is compiled
    within it.
    """
    run("-m", "build", "--no-isolation", "--outdir", str(into), ".", env={**os.environ, ON: "1"})
    return unpacked(into)


def using(folder: Path) -> dict[str, str]:
    """The environment in which Python finds Flowengine there, and not in the checkout, wherever it is started."""
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
