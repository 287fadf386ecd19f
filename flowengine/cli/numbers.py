"""`flowengine numbers search|buy|import|list|show|release|route`: phone numbers at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli.carrier_api import add_options, ask

_OWN = ("number", "id", "label", "status", "target", "monthly")
_FOR_SALE = ("number", "label", "country", "region", "features", "monthly", "upfront", "currency")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    search = actions.add_parser("search", help="numbers that can be bought")
    search.add_argument("--country", default="US", help="two letters (default: US)")
    search.add_argument("--area-code", help="only those of an area")
    search.add_argument("--limit", metavar="N", type=int, help="at most so many")
    buy = actions.add_parser("buy", help="buy a number")
    buy.add_argument("number", metavar="NUMBER")
    buy.add_argument("--label", help="a name for it")
    brought = actions.add_parser("import", help="bring a number of another provider along")
    brought.add_argument("number", metavar="NUMBER")
    brought.add_argument("--connection", metavar="ID", required=True, help="the SIP connection that it is reached over")
    brought.add_argument("--label", help="a name for it")
    listed = actions.add_parser("list", help="our numbers")
    show = actions.add_parser("show", help="one of our numbers")
    show.add_argument("number", metavar="NUMBER")
    release = actions.add_parser("release", help="give a number back; it cannot be undone")
    release.add_argument("number", metavar="NUMBER")
    route = actions.add_parser("route", help="say what answers a number")
    route.add_argument("number", metavar="NUMBER")
    route.add_argument("target", metavar="TARGET", help="a URL, or the id of a flow or an agent, as the carrier has it")
    for action in (search, buy, brought, listed, show, release, route):
        add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    match options.action:
        case "search":
            return ask(
                options,
                _FOR_SALE,
                lambda client: client.search_numbers(
                    country=options.country.upper(), area_code=options.area_code, limit=options.limit
                ),
            )
        case "buy":
            return ask(options, _OWN, lambda client: client.buy_number(options.number, label=options.label))
        case "import":
            return ask(
                options,
                _OWN,
                lambda client: client.import_number(options.number, options.connection, label=options.label),
            )
        case "show":
            return ask(options, _OWN, lambda client: client.get_number(options.number))
        case "release":
            done = f"{options.number} is given back"
            return ask(options, (), lambda client: client.release_number(options.number), done=done)
        case "route":
            return ask(options, _OWN, lambda client: client.route_number(options.number, options.target))
        case _:
            return ask(options, _OWN, lambda client: client.list_numbers())
