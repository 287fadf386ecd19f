"""`flowengine flows push|list|show|delete`: flows that a carrier keeps, and carries out without our server."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from flowengine.carriers.client import CarrierClient, UnableError
from flowengine.carriers.directory import EMBEDDED_KEYS
from flowengine.carriers.paging import collect
from flowengine.carriers.registry import CarrierConfigError, read_table
from flowengine.carriers.voipbin import rest
from flowengine.carriers.voipbin.adapter import Voipbin
from flowengine.carriers.voipbin.compiled import ArgumentsError, Compiled, compile_flow
from flowengine.carriers.voipbin.config import VoipbinConfig
from flowengine.carriers.voipbin.models import Flow, Page
from flowengine.cli.carrier_api import Chosen, add_options, ask_and_tell, choose, table
from flowengine.cli.main import UsageError
from flowengine.cli.projects import open_projects
from flowengine.cli.running import show_findings
from flowengine.compiler.build import Build
from flowengine.compiler.environment import UnsetVariableError, resolve
from flowengine.diagnostics.suggest import closest

T = TypeVar("T")

_KEEPS = "voipbin"
_PAGE = 100
_DETAIL = "Flowengine"


def arguments(parser: argparse.ArgumentParser) -> None:
    """One action, with what it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    push = actions.add_parser("push", help="give the carrier a flow of the project; one of the same name is replaced")
    push.add_argument("flow", metavar="FLOW")
    push.add_argument("--number", metavar="NUMBER", help="let it answer this number of ours")
    push.add_argument("--set", dest="values", metavar="NAME=VALUE", action="append", default=[], help="a parameter")
    push.add_argument(
        "--served", action="store_true", help="not the flow itself, but the one action that lets our server run it"
    )
    push.add_argument("--public-url", metavar="URL", help="with --served: how the carrier reaches the server")
    push.add_argument("--print", dest="only_print", action="store_true", help="send nothing, print the actions")
    listed = actions.add_parser("list", help="those that the carrier keeps")
    show = actions.add_parser("show", help="one of them, with its actions")
    show.add_argument("flow", metavar="ID")
    delete = actions.add_parser("delete", help="delete one; numbers that it answered are answered no more")
    delete.add_argument("flow", metavar="ID")
    for action in (push, listed, show, delete):
        add_options(action)


def run(options: argparse.Namespace) -> int:
    """Do the action; 1 where the flow needs our server, or the carrier refuses."""
    match options.action:
        case "push":
            return _push(options)
        case "show":
            return _ask(options, lambda client: client.run(rest.get_flow(options.flow)), _print_flow)
        case "delete":
            return _ask(
                options,
                lambda client: client.run(rest.delete_flow(options.flow)),
                lambda flow: print(f"{flow.name or flow.id} is deleted"),
            )
        case _:
            return _ask(options, _all, lambda flows: _print_flows(flows, as_json=options.json))


def _ask(options: argparse.Namespace, work: Callable[[CarrierClient], Awaitable[T]], tell: Callable[[T], None]) -> int:
    async def able(client: CarrierClient) -> T:
        if client.name != _KEEPS:
            raise UnableError(
                client.name, f"flows.{options.action}", f"{_KEEPS} keeps flows, with `--carrier {_KEEPS}`"
            )
        return await work(client)

    return ask_and_tell(options, able, tell)


async def _all(client: CarrierClient) -> list[Flow]:
    async def page(token: str) -> tuple[list[Flow], str | None]:
        found: Page[Flow] = await client.run(rest.list_flows(token, _PAGE))
        return found.result, found.next_page_token or None

    return await collect(page, "", None)


# ---------------------------------------------------------------------------------------------------------------- push


def _push(options: argparse.Namespace) -> int:
    (project,) = open_projects([options.project])
    built = project.build
    if built.program is None:
        show_findings(built)
        return 1
    if options.flow not in built.program.flows:
        near = closest(options.flow, built.program.flows)
        raise UsageError(f"there is no flow `{options.flow}`" + (f": did you mean `{near}`?" if near else ""))
    config = _config(choose(options))
    values = dict(_value(text) for text in options.values)
    compiled = Compiled()
    if options.served:
        if not config.token:
            print("flowengine: without a `token` in [carriers.voipbin], anybody may ask for this URL", file=sys.stderr)
        actions = [_entry(options, built, config, values)]
    else:
        try:
            compiled = compile_flow(built.program, options.flow, config, values)
        except ArgumentsError as error:
            raise UsageError(f"{error}: --set NAME=VALUE gives it") from None
        if compiled.reasons:
            print(f"flowengine: the flow {options.flow} needs the server:", file=sys.stderr)
            for reason in compiled.reasons:
                print(f"  {reason}", file=sys.stderr)
            print("  with --served, the carrier is told to ask the server for it", file=sys.stderr)
            return 1
        actions = compiled.as_json()
    for note in compiled.notes:
        print(f"flowengine: without the server, {note}", file=sys.stderr)
    if options.only_print:
        print(json.dumps(actions, indent=2))
        return 0
    return _ask(
        options,
        lambda client: _send(client, options, actions, compiled),
        lambda flow: _print_pushed(flow, options.number, as_json=options.json),
    )


async def _send(
    client: CarrierClient, options: argparse.Namespace, actions: list[dict[str, Any]], compiled: Compiled
) -> Flow:
    for room, name in compiled.rooms.items():
        # Under an id of ours: to make it once more makes none.
        await client.run(rest.create_conference(name, conference=room))
    before = next((flow for flow in await _all(client) if flow.name == options.flow), None)
    operation = (
        rest.create_flow(options.flow, actions, _DETAIL)
        if before is None
        else rest.update_flow(before.id, options.flow, actions, _DETAIL)
    )
    flow = await client.run(operation)
    if options.number:
        await client.route_number(options.number, flow.id)
    return flow


def _config(chosen: Chosen) -> VoipbinConfig:
    given = {"accesskey": EMBEDDED_KEYS[_KEEPS]} if chosen.table is None or chosen.name != _KEEPS else chosen.table
    try:
        return read_table(VoipbinConfig, _KEEPS, resolve(dict(given), os.environ, f"carriers.{_KEEPS}"))
    except (CarrierConfigError, UnsetVariableError) as error:
        raise UsageError(str(error)) from None


def _entry(options: argparse.Namespace, built: Build, config: VoipbinConfig, values: dict[str, Any]) -> dict[str, Any]:
    url = options.public_url or built.config.project_table.public_url
    if not url:
        raise UsageError("--public-url is needed: the carrier must reach the server, and the project names no URL")
    return Voipbin(config, b"", url).entry(options.flow, values)


def _value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set takes NAME=VALUE, not {text}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


# --------------------------------------------------------------------------------------------------------------- shown


def _row(flow: Flow) -> dict[str, Any]:
    changed = flow.tm_update.isoformat(timespec="seconds") if flow.tm_update is not None else ""
    return {"id": flow.id, "name": flow.name, "detail": flow.detail, "actions": len(flow.actions), "changed": changed}


def _print_flows(flows: list[Flow], *, as_json: bool) -> None:
    rows = [_row(flow) for flow in flows]
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        columns = ("id", "name", "detail", "actions", "changed")
        print(table(columns, [[str(row[name]) for name in columns] for row in rows]) if rows else "none")


def _print_flow(flow: Flow) -> None:
    print(json.dumps(flow.model_dump(mode="json"), indent=2))


def _print_pushed(flow: Flow, number: str | None, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_row(flow) | {"number": number}, indent=2))
        return
    answers = f", and answers {number}" if number else ""
    print(f"{flow.name} is kept as {flow.id}, with {len(flow.actions)} actions{answers}")
