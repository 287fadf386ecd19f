"""`python -m tests.fuzz flows|webhooks SECONDS`: looks for what breaks, guided by which code a file or request reaches.

What it learns is kept in `.fuzz/`, and what breaks in `.fuzz/found/`: put a small one into `corpus/`, which the tests
run through, and mend it. It needs atheris (`make fuzz` installs it; Linux, CPython).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

CORPUS = Path(__file__).parent / "corpus"
KEPT = Path(".fuzz")
_LONGEST_FILE = 4096
_SECONDS_EACH = 10
_MEGABYTES = 1024


def main(target: str, seconds: str) -> None:
    """Run until the time is up, or something breaks."""
    with atheris.instrument_imports(include=["flowengine"]):
        from tests.fuzz import flow_files, webhooks

    kept, found = KEPT / target, KEPT / "found"
    kept.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    root = flow_files.project(Path(tempfile.mkdtemp()) / "project")
    check = webhooks.Webhooks().check if target == "webhooks" else lambda data: flow_files.check(root, data)
    words = [
        sys.argv[0], str(kept), str(CORPUS / target), f"-max_total_time={seconds}", f"-max_len={_LONGEST_FILE}",
        f"-timeout={_SECONDS_EACH}", f"-rss_limit_mb={_MEGABYTES}", f"-artifact_prefix={found}/{target}-",
        f"-dict={CORPUS / target}.dict", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup(words, check)
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("flows", "webhooks"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
