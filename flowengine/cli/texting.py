"""`flowengine messages send|list|show|delete`: text messages at a carrier."""

from __future__ import annotations

import argparse
from typing import Any

from flowengine.cli import told
from flowengine.cli.carrier_api import add_options, ask
from flowengine.runtime.noticing import messages_of

_COLUMNS = ("id", "status", "direction", "sender", "to", "text", "price")


def add_actions(actions: Any) -> None:
    """The actions; each has the function that does it as `do`."""
    send = actions.add_parser("send", help="send a text message")
    send.add_argument("to", metavar="TO", help="the number to send it to")
    send.add_argument("text", metavar="TEXT")
    send.add_argument("--from", dest="sender", metavar="NUMBER", help="our number, where the carrier needs one")
    send.add_argument("--callback", metavar="URL", help="told what becomes of it, where the carrier does that")
    send.set_defaults(do=_send)
    listed = actions.add_parser("list", help="the latest text messages")
    listed.add_argument("--limit", metavar="N", type=int, default=20, help="at most so many (default: 20)")
    listed.set_defaults(do=_list)
    show = actions.add_parser("show", help="one text message")
    show.add_argument("message", metavar="ID")
    show.set_defaults(do=_show)
    delete = actions.add_parser("delete", help="let the carrier forget a text message")
    delete.add_argument("message", metavar="ID")
    delete.set_defaults(do=_delete)
    for action in (send, listed, show, delete):
        add_options(action)
    told.add_options(listed)


def _send(options: argparse.Namespace) -> int:
    return ask(
        options,
        _COLUMNS,
        lambda client: client.send_message(
            options.to, options.text, sender=options.sender, callback_url=options.callback
        ),
    )


def _list(options: argparse.Namespace) -> int:
    if options.told:
        return told.show_told(options, _COLUMNS, messages_of)
    return ask(options, _COLUMNS, lambda client: client.list_messages(limit=options.limit))


def _show(options: argparse.Namespace) -> int:
    return ask(options, _COLUMNS, lambda client: client.get_message(options.message))


def _delete(options: argparse.Namespace) -> int:
    done = f"{options.message} is deleted"
    return ask(options, (), lambda client: client.delete_message(options.message), done=done)
