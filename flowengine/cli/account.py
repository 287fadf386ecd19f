"""`flowengine account caller-id|sip-password|top-up`: the SIP account at a carrier."""

from __future__ import annotations

import argparse
import getpass
import sys
from decimal import Decimal, InvalidOperation

from flowengine.cli.carrier_api import add_options, ask
from flowengine.cli.main import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    caller = actions.add_parser("caller-id", help="the number that its calls show")
    caller.add_argument("number", metavar="NUMBER")
    password = actions.add_parser("sip-password", help="its password; it is asked for, or read from the standard input")
    top_up = actions.add_parser("top-up", help="move money to it")
    top_up.add_argument("amount", metavar="AMOUNT", help="such as 25, in the currency of the account")
    for action in (caller, password, top_up):
        add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    match options.action:
        case "caller-id":
            done = f"{options.number} is the number that calls show now"
            return ask(options, (), lambda client: client.set_caller_id(options.number), done=done)
        case "sip-password":
            # As an argument it would stand in the list of processes, and in the shell's history.
            password = _password()
            return ask(options, (), lambda client: client.set_sip_password(password), done="the password is set")
        case _:
            amount = _amount(options.amount)
            return ask(options, (), lambda client: client.top_up(amount), done=f"{amount} is moved to the SIP account")


def _password() -> str:
    given = getpass.getpass("SIP password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise UsageError("the password is empty")
    return given


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{text} is no amount: write a number such as 25 or 12.50") from None
