"""`flowengine conferences [list|create|people|add]`: conferences at a carrier."""

from __future__ import annotations

import argparse

from flowengine.cli.carrier_api import add_options, ask

_COLUMNS = ("id", "name", "status", "participants", "seats", "created")
_PEOPLE = ("call", "status", "muted", "held")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes; without one they are listed."""
    add_options(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="those that there are")
    create = actions.add_parser("create", help="make one")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--seats", metavar="N", type=int, help="at most so many people")
    people = actions.add_parser("people", help="who is in one")
    people.add_argument("conference", metavar="ID")
    add = actions.add_parser("add", help="call somebody into one")
    add.add_argument("conference", metavar="ID")
    add.add_argument("to", metavar="TO", help="the number to call")
    add.add_argument("--from", dest="sender", metavar="NUMBER", required=True, help="our number")
    add.add_argument("--muted", action="store_true", help="they hear, and are not heard")
    for action in (listed, create, people, add):
        add_options(action, again=True)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    match options.action:
        case "create":
            return ask(options, _COLUMNS, lambda client: client.create_conference(options.name, seats=options.seats))
        case "people":
            return ask(options, _PEOPLE, lambda client: client.list_participants(options.conference))
        case "add":
            return ask(
                options,
                _PEOPLE,
                lambda client: client.add_participant(
                    options.conference, options.to, sender=options.sender, muted=options.muted
                ),
            )
        case _:
            return ask(options, _COLUMNS, lambda client: client.list_conferences())
