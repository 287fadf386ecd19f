"""`flowengine status`: how a carrier's service does."""

from __future__ import annotations

import argparse

from flowengine.cli.carrier_api import add_options, ask


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which carrier, and how to show it."""
    add_options(parser)


def run(options: argparse.Namespace) -> int:
    """Show it."""
    return ask(options, ("status", "notice", "components"), lambda client: client.get_status())
