"""What the commands over a carrier's API have in common: which carrier, how results are shown, what errors advise."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from flowengine.carriers.client import CarrierClient, InvalidRequestError, UnableError
from flowengine.carriers.directory import DIRECTORY, entries
from flowengine.carriers.models import Model, as_json
from flowengine.carriers.operation import Operation
from flowengine.carriers.registry import CarrierConfigError
from flowengine.cli.main import UsageError
from flowengine.cli.running import project
from flowengine.cli.running import run as run_loop
from flowengine.compiler.build import build
from flowengine.compiler.environment import UnsetVariableError
from flowengine.diagnostics.suggest import closest
from flowengine.runtime.connecting import SANDBOX_URL, connect
from flowengine.runtime.http.rest import (
    CarrierError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NoCreditError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    UnauthorisedError,
    UnreachableError,
)

T = TypeVar("T")
Result = Sequence[Model] | Model | None
Work = Callable[[CarrierClient], Awaitable[Result]]

_NOTES = re.compile(r" ssl:\S+ \[.*\]$")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The carrier that is meant. `table` is the project's; None: the embedded carrier."""

    name: str
    table: dict[str, Any] | None


def add_options(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """The options that all these commands take. `again`: the command itself takes them too, and so has their values
    where its action does not."""

    def default(value: object) -> object:
        return argparse.SUPPRESS if again else value

    parser.add_argument(
        "--carrier",
        metavar="NAME",
        default=default(None),
        help="the carrier (default: the project's only one, else telefonie)",
    )
    parser.add_argument("--json", action="store_true", default=default(False), help="print JSON")
    parser.add_argument(
        "--project", metavar="DIR", default=default("."), help="the project's folder (default: the present one)"
    )
    parser.add_argument(
        "--sandbox",
        metavar="URL",
        default=default(SANDBOX_URL),
        help=f"the embedded carrier, for what the project does not configure (default: {SANDBOX_URL})",
    )


def choose(options: argparse.Namespace) -> Chosen:
    """The carrier that the options mean.

    Raises:
        UsageError: there is no such carrier, or it is not clear which.
    """
    tables = build(project(options.project)).config.carriers
    name = options.carrier
    if name is None:
        if len(tables) > 1:
            raise UsageError(f"--carrier is needed: the project has {', '.join(tables)}")
        name = next(iter(tables), DIRECTORY[0].name)
    known = entries()
    if name not in known:
        near = closest(name, known)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"there is no carrier `{name}`: {hint}")
    return Chosen(name, tables.get(name))


def ask(options: argparse.Namespace, columns: Sequence[str], work: Work, *, done: str = "done") -> int:
    """Ask the carrier and show what it says; `columns` are the fields of a table, `done` is said when it says nothing.

    Gives 1 where the carrier refuses or cannot do it, or is not there.
    """
    chosen = choose(options)
    return run_loop(_ask(options, chosen, columns, work, done))


def ask_raw(options: argparse.Namespace, operation: Operation[Any]) -> int:
    """Carry out an operation and print what it gives as JSON. Gives 1 as `ask` does."""

    async def work(client: CarrierClient) -> Any:
        return await client.run(operation)

    return run_loop(_carry_out(options, choose(options), work, lambda answer: print(json.dumps(answer, indent=2))))


def ask_and_tell(
    options: argparse.Namespace, work: Callable[[CarrierClient], Awaitable[T]], tell: Callable[[T], None]
) -> int:
    """Ask the carrier, and tell what it says in a way of one's own. Gives 1 as `ask` does."""
    return run_loop(_carry_out(options, choose(options), work, tell))


async def _ask(options: argparse.Namespace, chosen: Chosen, columns: Sequence[str], work: Work, done: str) -> int:
    def tell(result: Result) -> None:
        show(result, columns, as_text=not options.json, done=done)

    return await _carry_out(options, chosen, work, tell)


async def _carry_out(
    options: argparse.Namespace,
    chosen: Chosen,
    work: Callable[[CarrierClient], Awaitable[T]],
    tell: Callable[[T], None],
) -> int:
    try:
        async with connect(chosen.name, chosen.table, sandbox=options.sandbox) as client:
            result = await work(client)
    except (CarrierConfigError, UnsetVariableError) as error:
        raise UsageError(str(error)) from None
    except (CarrierError, UnreachableError, OutcomeUnknownError, UnableError, InvalidRequestError) as error:
        where = options.sandbox if chosen.table is None else None
        words = plain(error)
        named = words.startswith(f"{chosen.name} ")
        print(f"flowengine: {words if named else f'{chosen.name}: {words}'}", file=sys.stderr)
        if hint := advice(error, chosen.name, where):
            print(f"  {hint}", file=sys.stderr)
        return 1
    tell(result)
    return 0


def show(result: Result, columns: Sequence[str], *, as_text: bool, done: str = "done") -> None:
    """Print a result: as a table, or as JSON."""
    if not as_text:
        print(json.dumps(_as_json(result), indent=2))
    elif result is None:
        print(done)
    else:
        rows = [{name: _cell(getattr(each, name)) for name in columns} for each in _many(result)]
        told = [name for name in columns if any(row[name] for row in rows)]
        heads = ["from" if name == "sender" else name for name in told]
        print(table(heads, [[row[name] for name in told] for row in rows]) if rows else "none")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under their heads, each column as wide as it needs."""
    lines = [[head.upper() for head in heads], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _as_json(result: Result) -> Any:
    if result is None:
        return None
    return [as_json(each) for each in result] if isinstance(result, Sequence) else as_json(result)


def _many(result: Result) -> Sequence[Model]:
    if result is None:
        return ()
    return result if isinstance(result, Sequence) else (result,)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_cell(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_cell(each) for each in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return _amount(value) if isinstance(value, Decimal) else str(value)


def _amount(value: Decimal) -> str:
    """An amount of money: with cents, and with parts of one only where there are some."""
    whole, _, part = f"{value:f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def plain(error: Exception) -> str:
    """The words of an error, without what the HTTP library notes for itself when a connection fails."""
    return _NOTES.sub("", str(error))


def advice(error: Exception, carrier: str, embedded: str | None) -> str:
    """What to do about an error; empty where there is nothing to say beyond its own words.

    Args:
        error: what went wrong.
        carrier: where.
        embedded: the URL of the embedded carrier, where that was asked.
    """
    match error:
        case UnableError():
            able = [entry.name for entry in entries().values() if error.task in entry.client.means]
            return f"carriers that can: {', '.join(able)}" if able else ""
        case InvalidRequestError() if "a number to" in str(error):
            return "give it with --from NUMBER"
        case UnreachableError():
            if embedded is not None:
                return f"nothing answers at {embedded}: `flowengine sandbox` starts the embedded carrier"
            return f"check carriers.{carrier}.base_url, and the way there"
        case OutcomeUnknownError():
            return "it may have been done: look with `list` before you do it again"
        case UnauthorisedError():
            return f"check the key in [carriers.{carrier}]; a key of another environment is not known here"
        case NoCreditError():
            return "top up the account, then try again"
        case ForbiddenError():
            if "kyb" in error.code.lower():
                return f"the business has to be verified first: `flowengine kyb show --carrier {carrier}`"
            if "balance" in error.code.lower():
                return "top up the account, then try again"
            return "the account may be blocked, not verified, or not allow this address: its dashboard says which"
        case NotFoundError():
            return "it is not there, or belongs to another account"
        case ConflictError():
            return "look how things are now: it is taken already, or in another state"
        case RateLimitError():
            return "wait a minute, then try again"
        case InvalidError():
            return "the carrier does not take one of the values"
        case _:
            return ""
