"""The pages that are made from the program are what the program would make now."""

import sys

from tests.house.project import ROOT, run


def test_verbs_and_findings_are_up_to_date() -> None:
    checked = run(sys.executable, str(ROOT / "docs" / "generate.py"), "--check")
    assert checked.returncode == 0, checked.stderr
