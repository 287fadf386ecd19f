"""The way in: finds the command and hands over.

A command is a module `flowengine/cli/NAME.py` (with `_` for `-`) and its line in `COMMANDS`. It has two functions:

    def arguments(parser: argparse.ArgumentParser) -> None    declares what the command takes
    def run(options: argparse.Namespace) -> int               does it; gives the exit status

A command is imported only when it is used, so that `--version` and the other commands stay quick. Exit statuses:
0 well, 1 the command found something wrong in what it was given, 2 it was used wrongly, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

import flowengine

COMMANDS: dict[str, str] = {
    "new": "make a small project that runs",
    "dev": "run everything on one machine: the embedded carrier, the server, hot reload",
    "serve": "run the webhook server for production",
    "call": "make a call in the terminal: hear prompts as text, type keys",
    "test": "run call scripts",
    "check": "find what is wrong with the flows, before any call",
    "lsp": "the language server, for editors",
    "explore": "walk every behaviour of a caller, and write the scripts that no test has",
    "graph": "draw a flow",
    "fmt": "give flows and call scripts the one layout",
    "messages": "the texts of flows: extract, update, check; text messages: send, list, show, delete",
    "explain": "show the page on a finding or a verb",
    "dial": "place an outbound call into a flow",
    "doctor": "find out whether a deployment is well: public URL, signatures, clocks, carriers, numbers, store",
    "records": "calls that are over, with their path through the flow: list, show, export, delete",
    "console": "look at calls that are over in the browser, beside the server that has taken them",
    "replay": "calls that are over, in the flows as they are now: which would end differently",
    "outbox": "texts and events that could not be delivered: look at them, send them again",
    "sandbox": "run the embedded carrier alone, with every carrier's API",
    "carriers": "what each carrier can do",
    "numbers": "phone numbers at a carrier: search, buy, import, list, show, release, route",
    "calls": "calls at a carrier: place, list, show, end, transfer",
    "conferences": "conferences at a carrier: list, create, people, add",
    "flows": "flows that a carrier keeps and carries out without our server: push, list, show, delete",
    "recordings": "recordings at a carrier: list, delete",
    "rates": "what calls and messages cost at a carrier",
    "balance": "what there is to spend at a carrier",
    "status": "whether a carrier's service is well",
    "account": "the SIP account at a carrier: caller-id, sip-password, top-up",
    "webhooks": "where a carrier reports what happens: list, add, remove",
    "api": "any request to a carrier's API",
    "kyb": "the verification of a business at a carrier: show, draft, submit",
}
"""Every command with its line in the overview, in the order in which the overview shows them."""


class UsageError(Exception):
    """The command was used wrongly; the message says how. The exit status is 2."""


class _Command(Protocol):
    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int: ...


class _Parser(argparse.ArgumentParser):
    """One line of usage and one of what is wrong, on the error stream, with status 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status. `arguments` are the process's own unless given."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Prompts may be in any script: a terminal that cannot show one must not end the command.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        return _run(words)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 2
    except UsageError as error:
        print(f"flowengine: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`): what is still buffered has nowhere to go.
        sys.stdout = None
        return 0


def _run(words: list[str]) -> int:
    name = words[0] if words else ""
    if name in COMMANDS:
        command = cast(_Command, import_module(f"flowengine.cli.{name.replace('-', '_')}"))
        parser = _Parser(prog=f"flowengine {name}", description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.")
        command.arguments(parser)
        return command.run(parser.parse_args(words[1:]))
    if name and not name.startswith("-"):
        raise UsageError(_unknown(name))
    overview = _overview()
    overview.parse_args(words)
    overview.print_help()
    return 2


def _unknown(name: str) -> str:
    from flowengine.diagnostics.suggest import closest

    near = closest(name, COMMANDS)
    hint = f"did you mean `{near}`?" if near else "`flowengine --help` lists them"
    return f"there is no command `{name}`: {hint}"


def _overview() -> _Parser:
    widest = max((len(name) for name in COMMANDS), default=0)
    lines = "\n".join(f"  {name:<{widest}}  {summary}" for name, summary in COMMANDS.items())
    parser = _Parser(
        prog="flowengine",
        usage="flowengine COMMAND …",
        description="Call flows that read like the script of a phone conversation.",
        epilog=f"commands:\n{lines}\n\n`flowengine COMMAND --help` tells what a command takes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"flowengine {flowengine.__version__}")
    return parser
