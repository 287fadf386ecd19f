"""`flowengine messages`: the texts of flows in other languages, and text messages at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli import catalogues, texting


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    catalogues.add_actions(actions)
    texting.add_actions(actions)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    status: int = options.do(options)
    return status
