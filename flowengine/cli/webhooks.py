"""`flowengine webhooks list|add|remove`: the webhooks that a carrier tells what happens."""

from __future__ import annotations

import argparse
import os

from flowengine.cli.carrier_api import add_options, ask
from flowengine.cli.main import UsageError

_COLUMNS = ("id", "name", "url", "events")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="those that there are")
    add = actions.add_parser("add", help="let the carrier tell one more")
    add.add_argument("url", metavar="URL", help="of our server: https://HOST/CARRIER/events")
    add.add_argument("--event", dest="events", metavar="EVENT", action="append", default=[], help="only this; again")
    add.add_argument("--name", default="", help="a name for it")
    add.add_argument("--secret", metavar="VARIABLE", help="the environment variable that holds what signs it")
    remove = actions.add_parser("remove", help="let the carrier tell it no more")
    remove.add_argument("webhook", metavar="ID")
    for action in (listed, add, remove):
        add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    match options.action:
        case "add":
            secret = _secret(options.secret)
            return ask(
                options,
                _COLUMNS,
                lambda client: client.add_webhook(options.url, options.events, name=options.name, secret=secret),
            )
        case "remove":
            done = f"{options.webhook} is removed"
            return ask(options, (), lambda client: client.remove_webhook(options.webhook), done=done)
        case _:
            return ask(options, _COLUMNS, lambda client: client.list_webhooks())


def _secret(variable: str | None) -> str | None:
    if variable is None:
        return None
    # The name of a variable, as in the project's file: a secret on the command line is seen by others.
    found = os.environ.get(variable.removeprefix("$"))
    if not found:
        raise UsageError(f"the environment variable {variable.removeprefix('$')} is not set")
    return found
