"""`flowengine messages send|list`: text messages at a carrier."""

from __future__ import annotations

import argparse
from typing import Any

from flowengine.cli.carrier_api import add_options, ask

_COLUMNS = ("id", "status", "direction", "sender", "to", "text", "price")


def add_actions(actions: Any) -> None:
    """The actions `send` and `list`; each has the function that does it as `do`."""
    send = actions.add_parser("send", help="send a text message")
    send.add_argument("to", metavar="TO", help="the number to send it to")
    send.add_argument("text", metavar="TEXT")
    send.add_argument("--from", dest="sender", metavar="NUMBER", help="our number, where the carrier needs one")
    send.set_defaults(do=_send)
    listed = actions.add_parser("list", help="the latest text messages")
    listed.add_argument("--limit", type=int, default=20, help="at most so many (default: 20)")
    listed.set_defaults(do=_list)
    for action in (send, listed):
        add_options(action)


def _send(options: argparse.Namespace) -> int:
    return ask(options, _COLUMNS, lambda client: client.send_message(options.to, options.text, sender=options.sender))


def _list(options: argparse.Namespace) -> int:
    return ask(options, _COLUMNS, lambda client: client.list_messages(limit=options.limit))
