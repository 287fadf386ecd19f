"""`flowengine calls place|list|show|end|transfer`: calls at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli import told
from flowengine.cli.carrier_api import add_options, ask
from flowengine.runtime.noticing import calls_of

_COLUMNS = ("id", "state", "direction", "sender", "to", "seconds", "reason", "price")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    place = actions.add_parser("place", help="call a number; `flowengine dial` calls it into a flow")
    place.add_argument("to", metavar="TO", help="the number to call")
    place.add_argument("--from", dest="sender", metavar="NUMBER", help="our number, where the carrier needs one")
    place.add_argument("--callback", metavar="URL", help="told what becomes of the call, where the carrier does that")
    listed = actions.add_parser("list", help="the latest calls")
    listed.add_argument("--limit", metavar="N", type=int, default=20, help="at most so many (default: 20)")
    show = actions.add_parser("show", help="one call")
    show.add_argument("call", metavar="CALL", help="its id")
    end = actions.add_parser("end", help="hang up")
    end.add_argument("call", metavar="CALL", help="its id")
    transfer = actions.add_parser("transfer", help="let a call go on with somebody else, who is not asked first")
    transfer.add_argument("call", metavar="CALL", help="its id")
    transfer.add_argument("to", metavar="TO", help="the number that it goes on with")
    for action in (place, listed, show, end, transfer):
        add_options(action)
    for action in (listed, show):
        told.add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    match options.action:
        case "place":
            return ask(
                options,
                _COLUMNS,
                lambda client: client.place_call(options.to, sender=options.sender, callback_url=options.callback),
            )
        case "show" if options.told:
            return told.show_told(options, _COLUMNS, calls_of, about=options.call)
        case "show":
            return ask(options, _COLUMNS, lambda client: client.get_call(options.call))
        case "end":
            return ask(options, (), lambda client: client.end_call(options.call), done=f"{options.call} is ended")
        case "transfer":
            done = f"{options.call} goes on with {options.to}"
            return ask(options, (), lambda client: client.transfer_call(options.call, options.to), done=done)
        case _ if options.told:
            return told.show_told(options, _COLUMNS, calls_of)
        case _:
            return ask(options, _COLUMNS, lambda client: client.list_calls(limit=options.limit))
