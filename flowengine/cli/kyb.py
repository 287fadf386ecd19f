"""`flowengine kyb show|draft|submit`: the verification of a business, which some carriers want before they sell.

What is handed in stands in a file in JSON: `{"businessProfile": {…}, "authorizedRepresentative": {…}}`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from flowengine.cli.carrier_api import add_options, ask
from flowengine.cli.main import UsageError

_COLUMNS = ("status", "id", "submitted", "reason")
_PARTS = ("businessProfile", "authorizedRepresentative")


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_options(actions.add_parser("show", help="how far it is"))
    for name, text in (("draft", "save what is to be handed in"), ("submit", "hand it in")):
        action = actions.add_parser(name, help=text)
        action.add_argument("file", metavar="FILE", help="JSON with businessProfile and authorizedRepresentative")
        if name == "submit":
            action.add_argument("--attest", action="store_true", help="I attest that what the file says is true")
        add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    if options.action == "show":
        return ask(options, _COLUMNS, lambda client: client.get_kyb())
    business, person = _read(options.file)
    if options.action == "draft":
        return ask(options, _COLUMNS, lambda client: client.draft_kyb(business, person))
    if not options.attest:
        raise UsageError("--attest is needed: somebody has to attest that what the file says is true")
    return ask(options, _COLUMNS, lambda client: client.submit_kyb(business, person))


def _read(file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file}: no JSON: {error}") from error
    business, person = (_part(file, document, name) for name in _PARTS)
    return business, person


def _part(file: str, document: Any, name: str) -> dict[str, Any]:
    part = document.get(name) if isinstance(document, dict) else None
    if not isinstance(part, dict):
        raise UsageError(f"{file}: there is no object {name}")
    return part
