"""`flowengine dial TO --flow FLOW`: place an outbound call into a flow."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import Any

import aiohttp

from flowengine.carriers.registry import CarrierConfigError, Connected, offers
from flowengine.carriers.telefonie.rest import Call, get_call
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings
from flowengine.cli.running import run as run_loop
from flowengine.compiler.build import Build, build
from flowengine.compiler.environment import UnsetVariableError, resolve
from flowengine.core.policy import is_number, is_sip
from flowengine.runtime.http.rest import CarrierError, OutcomeUnknownError, RestClient, UnreachableError

_LOCAL = "http://127.0.0.1:8080"
_EMBEDDED: dict[str, Any] = {"api_key": "sandbox", "base_url": f"{_LOCAL}/v1/voice"}
_FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to call, into which flow, and over which carrier."""
    parser.add_argument("to", metavar="TO", help="the number to call, such as +15557650001")
    parser.add_argument("--flow", required=True, help="the flow that the call enters when it is answered")
    parser.add_argument("--from", dest="sender", metavar="NUMBER", help="our number (default: one of the flow's)")
    parser.add_argument("--carrier", help="the carrier (default: the project's only one, else that of `dev`)")
    parser.add_argument("--set", dest="values", metavar="NAME=VALUE", action="append", default=[], help="a parameter")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds to let it ring (default: 30)")
    parser.add_argument("--project", metavar="DIR", default=".", help="the project's folder (default: this one)")
    parser.add_argument("--public-url", metavar="URL", help="how the carrier reaches the server")
    parser.add_argument("--wait", action="store_true", help="wait for the end of the call, and tell how it ended")


def run(options: argparse.Namespace) -> int:
    """Place the call; 1 when the carrier refuses it, or with --wait when it was not completed."""
    built = build(project(options.project))
    if built.program is None:
        show_findings(built)
        return 1
    graph = built.program.flows.get(options.flow)
    if graph is None:
        raise UsageError(f"there is no flow `{options.flow}`; there are {', '.join(sorted(built.program.flows))}")
    if not (is_number(options.to) or is_sip(options.to)):
        raise UsageError(f"{options.to} is neither a number in E.164 form, such as +15557650001, nor a SIP address")
    values = dict(_value(text) for text in options.values)
    known = {parameter.name for parameter in graph.parameters}
    for name in values:
        if name not in known:
            raise UsageError(f"flow {options.flow} has no parameter `{name}`")
    missing = [p.name for p in graph.parameters if p.default is None and p.name not in values]
    if missing:
        raise UsageError(f"flow {options.flow} needs --set {missing[0]}=VALUE")
    sender = options.sender or _our_number(built, options.flow)
    connected = _connected(built, options.carrier, options.public_url)
    return run_loop(_dial(connected, options, sender, values))


def _value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set takes NAME=VALUE, not {text}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _our_number(built: Build, flow: str) -> str:
    numbers = built.config.numbers
    for number, target in numbers.items():
        if target.flow == flow:
            return number
    if not numbers:
        raise UsageError("--from is needed: the project has no [numbers]")
    return next(iter(numbers))


def _connected(built: Build, wanted: str | None, public_url: str | None) -> Connected:
    tables = built.config.carriers
    name = wanted or (next(iter(tables)) if len(tables) == 1 else "telefonie" if not tables else None)
    if name is None:
        raise UsageError(f"--carrier is needed: the project has {', '.join(tables)}")
    known = offers()
    if name not in known:
        raise UsageError(f"no carrier `{name}` runs flows; there are {', '.join(known)}")
    table = tables.get(name)
    url = public_url or built.config.project_table.public_url
    if table is None:
        table, url = _EMBEDDED, url if public_url else _LOCAL
    if not url:
        raise UsageError("--public-url is needed: the carrier must reach the server, and the project names no URL")
    try:
        return known[name].connect(resolve(table, os.environ, f"carriers.{name}"), b"", url)
    except (CarrierConfigError, UnsetVariableError) as error:
        raise UsageError(str(error)) from None


async def _dial(connected: Connected, options: argparse.Namespace, sender: str, values: dict[str, Any]) -> int:
    async with aiohttp.ClientSession() as session:
        client = RestClient(session, connected.api.base_url, connected.api.headers)
        request = connected.carrier.dial(options.to, sender, options.flow, values, options.timeout)
        try:
            call = Call.model_validate(await client.send(request))
            print(f"{call.id}  {call.caller} -> {call.to}  {call.status}", flush=True)
            if not options.wait:
                return 0
            return await _wait(client, call)
        except (CarrierError, UnreachableError) as error:
            print(f"flowengine dial: {error}", file=sys.stderr)
        except (OutcomeUnknownError, ValueError) as error:
            print(f"flowengine dial: it is not known whether the call was placed: {error}", file=sys.stderr)
        return 1


async def _wait(client: RestClient, call: Call) -> int:
    while call.status not in _FINAL:
        await asyncio.sleep(0.5)
        before = call
        call = await client.run(get_call(call.id))
        if (call.status, call.answered_by) != (before.status, before.answered_by):
            by = f", answered by {call.answered_by}" if call.answered_by else ""
            seconds = f", {call.duration} s" if call.duration is not None else ""
            print(f"{call.id}  {call.status}{by}{seconds}", flush=True)
    return 0 if call.status == "completed" else 1
