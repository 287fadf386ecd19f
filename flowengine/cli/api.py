"""`flowengine api METHOD PATH`: any request to a carrier's API, with its key, its retries and its pace."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from flowengine.carriers.contract import Request
from flowengine.carriers.operation import Operation
from flowengine.cli.carrier_api import add_options, ask_raw
from flowengine.cli.main import UsageError

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The request, and which carrier."""
    parser.add_argument("method", metavar="METHOD", type=str.upper, choices=_METHODS, help=", ".join(_METHODS))
    parser.add_argument("path", metavar="PATH", help="below the base URL of the carrier's API, such as /calls")
    parser.add_argument(
        "-q", "--query", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the query; again"
    )
    parser.add_argument("-d", "--data", metavar="JSON", help="the body; @FILE reads it from a file")
    parser.add_argument(
        "--key", metavar="TEXT", help="an Idempotency-Key, where the carrier takes one: the request may be sent again"
    )
    add_options(parser)


def run(options: argparse.Namespace) -> int:
    """Make the request and print the answer's JSON."""
    headers = {"Idempotency-Key": options.key} if options.key else {}
    request = Request(
        options.method,
        _path(options.path),
        None if options.data is None else _body(options.data),
        dict(_pair(text) for text in options.query),
        again=bool(options.key),
        headers=headers,
    )
    return ask_raw(options, Operation(request, lambda answer: answer))


def _path(path: str) -> str:
    # The key goes with the request, so it only goes to the carrier.
    if "://" in path or path.startswith("//"):
        raise UsageError("PATH is a path below the base URL of the carrier's API, no URL")
    return f"/{path.lstrip('/')}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--query takes NAME=VALUE, not {text}")
    return name, value


def _body(data: str) -> Any:
    try:
        return json.loads(Path(data[1:]).read_text(encoding="utf-8") if data.startswith("@") else data)
    except OSError as error:
        raise UsageError(f"{data[1:]}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"--data: no JSON: {error}") from error
