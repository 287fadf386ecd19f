"""`flowengine calls list|show|end`: calls at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli.carrier_api import add_options, ask

_COLUMNS = ("id", "state", "direction", "sender", "to", "seconds", "reason", "price")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the latest calls")
    listed.add_argument("--limit", type=int, default=20, help="at most so many (default: 20)")
    show = actions.add_parser("show", help="one call")
    show.add_argument("call", metavar="CALL", help="its id")
    end = actions.add_parser("end", help="hang up")
    end.add_argument("call", metavar="CALL", help="its id")
    for action in (listed, show, end):
        add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    match options.action:
        case "show":
            return ask(options, _COLUMNS, lambda client: client.get_call(options.call))
        case "end":
            return ask(options, (), lambda client: client.end_call(options.call), done=f"{options.call} is ended")
        case _:
            return ask(options, _COLUMNS, lambda client: client.list_calls(limit=options.limit))
