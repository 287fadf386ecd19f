"""`flowengine explain CODE|VERB`: the page on a finding or on a verb."""

from __future__ import annotations

import argparse

from flowengine.cli.main import UsageError
from flowengine.diagnostics.pages import CODES
from flowengine.diagnostics.suggest import closest
from flowengine.verbs import all_verbs
from flowengine.verbs.page import page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to explain."""
    parser.add_argument("subject", metavar="CODE|VERB", help="a code such as FE101, or a verb such as gather")


def run(options: argparse.Namespace) -> int:
    """Print the page; 2 when there is none."""
    subject: str = options.subject
    if subject.upper() in CODES:
        print(CODES[subject.upper()].markdown, end="")
        return 0
    verbs = all_verbs()
    if subject.lower() in verbs:
        print(page(verbs[subject.lower()]), end="")
        return 0
    near = closest(subject.lower(), verbs) or closest(subject.upper(), CODES)
    raise UsageError(
        f"nothing is known about `{subject}`"
        + (f": did you mean `{near}`?" if near else ": give a code such as FE101, or a verb such as gather")
    )
