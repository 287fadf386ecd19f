"""How long the command line takes to be there.

The time is the processor's, so that other work on the machine does not count; nothing in these commands waits.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.reloading import FLOWS, written

SMALL = 'flow small\n\nstart:\n    say "Welcome."\n    hangup\n'
TIMES = 11


def measure() -> list[Figure]:
    """`--version`, and `check` of a project of one small file, and of a large one that was checked before."""
    with tempfile.TemporaryDirectory() as folder:
        flow = Path(folder) / "small.flow"
        flow.write_text(SMALL, "utf-8")
        project = Path(folder) / "project"
        written(project)
        return [
            Figure("flowengine --version", _milliseconds("--version"), "ms", 100),
            Figure("flowengine check, one small file", _milliseconds("check", str(flow)), "ms", 300),
            Figure(
                f"flowengine check, {FLOWS} flows that were checked before",
                _milliseconds("check", str(project), XDG_CACHE_HOME=folder),
                "ms",
                300,
            ),
        ]


def _milliseconds(*arguments: str, **environment: str) -> float:
    command = (str(Path(sys.executable).with_name("flowengine")), *arguments)
    # Compiled modules and the parser's tables are kept, as on the machine of any user.
    user = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    user |= environment

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=user)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    once()  # what is kept for the next time is there from here on
    return 1000 * min(once() for _ in range(TIMES))
