"""`flowengine dial TO --flow FLOW`: place an outbound call into a flow."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from flowengine.carriers.client import CarrierClient
from flowengine.carriers.contract import Carrier
from flowengine.carriers.directory import Opened, entries
from flowengine.carriers.models import Call, CallState
from flowengine.carriers.registry import CarrierConfigError, offers
from flowengine.cli.carrier_api import plain
from flowengine.cli.main import UsageError
from flowengine.cli.running import project, show_findings
from flowengine.cli.running import run as run_loop
from flowengine.compiler.build import Build, build
from flowengine.compiler.environment import UnsetVariableError, resolve
from flowengine.core.policy import is_number, is_sip
from flowengine.runtime.connecting import rest_client
from flowengine.runtime.http.rest import CarrierError, OutcomeUnknownError, UnreachableError

LOCAL = "http://127.0.0.1:8080"
"""Where `dev` listens when it is not told otherwise."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The carrier that places the call: what words the request, and what reads of its answers.

    `dev` is the URL of `flowengine dev` where its carrier is meant.
    """

    carrier: Carrier
    opened: Opened
    dev: str | None


def embedded(name: str, url: str) -> dict[str, Any]:
    """The table of a carrier that `dev` embeds, with `dev` at `url`."""
    table = entries()[name].embedded(f"{url}/carrier")
    # The Voice API of Telefonie is where everybody looks for it, too.
    return {**table, "base_url": f"{url}/v1/voice"} if name == "telefonie" else table


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to call, into which flow, and over which carrier."""
    parser.add_argument("to", metavar="TO", help="the number to call, such as +15557650001")
    parser.add_argument(
        "--flow", metavar="NAME", required=True, help="the flow that the call enters when it is answered"
    )
    parser.add_argument("--from", dest="sender", metavar="NUMBER", help="our number (default: one of the flow's)")
    parser.add_argument(
        "--carrier", metavar="NAME", help="the carrier (default: the project's only one, else that of `dev`)"
    )
    parser.add_argument(
        "--set",
        dest="values",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a parameter of the flow; again for another",
    )
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=30.0, help="how long it may ring (default: 30)"
    )
    parser.add_argument("--project", metavar="DIR", default=".", help="the project's folder (default: the present one)")
    parser.add_argument("--public-url", metavar="URL", help="how the carrier reaches the server")
    parser.add_argument(
        "--dev",
        metavar="URL",
        default=LOCAL,
        help=f"where `dev` answers, whose carrier calls where the project has none (default: {LOCAL})",
    )
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
    chosen = _choose(built, options.carrier, options.public_url, options.dev.rstrip("/"))
    return run_loop(_dial(chosen, options, sender, values))


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


def _choose(built: Build, wanted: str | None, public_url: str | None, dev: str) -> _Chosen:
    """The carrier that the options mean; one that the project does not configure is that of `dev`."""
    tables = built.config.carriers
    name = wanted or (next(iter(tables)) if len(tables) == 1 else "telefonie" if not tables else None)
    if name is None:
        raise UsageError(f"--carrier is needed: the project has {', '.join(tables)}")
    known = offers()
    if name not in known:
        if name in entries():
            hint = f"`flowengine calls place --carrier {name}` calls without one"
            raise UsageError(f"{name} runs no flows, but {' and '.join(known)} do: {hint}")
        raise UsageError(f"there is no carrier `{name}`; those that run flows are {', '.join(known)}")
    table: Mapping[str, Any] | None = tables.get(name)
    url, local = public_url or built.config.project_table.public_url, None
    if table is None:
        table, url, local = embedded(name, dev), public_url or dev, dev
    if not url:
        raise UsageError("--public-url is needed: the carrier must reach the server, and the project names no URL")
    try:
        settings = resolve(dict(table), os.environ, f"carriers.{name}")
        return _Chosen(known[name].connect(settings, b"", url).carrier, entries()[name].open(settings), local)
    except (CarrierConfigError, UnsetVariableError) as error:
        raise UsageError(str(error)) from None


async def _dial(chosen: _Chosen, options: argparse.Namespace, sender: str, values: dict[str, Any]) -> int:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        rest = rest_client(session, chosen.opened.api)
        client = chosen.opened.make(rest, lambda: str(uuid.uuid4()))
        request = chosen.carrier.dial(options.to, sender, options.flow, values, options.timeout)
        try:
            call = client.placed(await rest.send(request))
            print(f"{call.id}  {call.sender} -> {call.to}  {call.state}", flush=True)
            return await _wait(client, call) if options.wait else 0
        except (CarrierError, UnreachableError) as error:
            print(f"flowengine dial: {plain(error)}", file=sys.stderr)
            if isinstance(error, UnreachableError) and chosen.dev is not None:
                print(
                    f"  nothing answers at {chosen.dev}: `flowengine dev` starts the server and a carrier; --dev names"
                    " another address",
                    file=sys.stderr,
                )
        except (OutcomeUnknownError, ValueError) as error:
            print(f"flowengine dial: it is not known whether the call was placed: {plain(error)}", file=sys.stderr)
        return 1


async def _wait(client: CarrierClient, call: Call) -> int:
    told = ""
    while not call.state.is_final:
        await asyncio.sleep(0.5)
        call = await client.get_call(call.id)
        news = _news(call)
        if news != told:
            told = news
            print(f"{call.id}  {news}", flush=True)
    return 0 if call.state is CallState.COMPLETED else 1


def _news(call: Call) -> str:
    answered_by = call.raw.get("answered_by")
    by = f", answered by {answered_by}" if answered_by else ""
    seconds = f", {call.seconds} s" if call.seconds is not None and call.state.is_final else ""
    return f"{call.state}{by}{seconds}"
