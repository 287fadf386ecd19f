"""`flowengine recordings [list|delete]`: recordings at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli.carrier_api import add_options, ask

_COLUMNS = ("id", "call", "status", "seconds", "created", "url")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes; without one they are listed."""
    parser.add_argument("--call", metavar="CALL", help="only those of this call")
    add_options(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="those that there are")
    listed.add_argument("--call", metavar="CALL", default=argparse.SUPPRESS, help="only those of this call")
    delete = actions.add_parser("delete", help="let the carrier forget one; it cannot be undone")
    delete.add_argument("recording", metavar="ID")
    for action in (listed, delete):
        add_options(action, again=True)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    if options.action == "delete":
        done = f"{options.recording} is deleted"
        return ask(options, (), lambda client: client.delete_recording(options.recording), done=done)
    return ask(options, _COLUMNS, lambda client: client.list_recordings(call=options.call))
