"""`flowengine recordings`: recordings at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli.carrier_api import add_options, ask

_COLUMNS = ("id", "call", "status", "seconds", "created", "url")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which recordings."""
    parser.add_argument("--call", metavar="CALL", help="only those of this call")
    add_options(parser)


def run(options: argparse.Namespace) -> int:
    """Show them."""
    return ask(options, _COLUMNS, lambda client: client.list_recordings(call=options.call))
