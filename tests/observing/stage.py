"""A project whose calls are watched, and what a monitoring system reads of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import parser

from tests.server.stage import CONFIG, Caller, write_project

TOKEN = "monitoring"
PIN = "4711"
NUMBER = "+15557650001"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def watched_project(root: Path, config: str = "", **flows: str) -> Path:
    """A project whose metrics can be read, with more lines for its file."""
    write_project(root, **flows)
    (root / "flowengine.toml").write_text(f'{CONFIG}\n[metrics]\ntoken = "{TOKEN}"\n{config}')
    return root


async def whole_call(caller: Caller) -> None:
    """A call that types a PIN, and is ended by the flow."""
    await caller.begin()
    await caller.go_on(digits="1")
    await caller.go_on(digits=PIN)
    await caller.go_on(digits="3")


async def read(client: aiohttp.ClientSession, url: str, token: str = TOKEN) -> tuple[int, str]:
    """Status and text of `/metrics`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with client.get(f"{url}/metrics", headers=headers) as response:
        return response.status, await response.text()


def samples(text: str) -> Samples:
    """What a monitoring system makes of the text."""
    found: Samples = {}
    for family in parser.text_string_to_metric_families(text):
        for each in family.samples:
            found[each.name, frozenset(each.labels.items())] = each.value
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    """The sum of the series of a name that have at least these labels."""
    wanted = set(labels.items())
    return sum(number for (each, has), number in found.items() if each == name and wanted <= has)


async def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is waited for is in another thread, or process
            await asyncio.sleep(0.02)


class Receiver:
    """An OTLP receiver over HTTP: `spans` are those it was sent, as JSON with their resource's attributes."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[dict[str, object]] = []
        self.raw = b""

    async def take(self, request: web.Request) -> web.Response:
        """One export."""
        body = await request.read()
        self.raw += body
        told = ExportTraceServiceRequest.FromString(body)
        for resource in told.resource_spans:
            about = _attributes(MessageToDict(resource.resource))
            for scope in resource.scope_spans:
                for span in scope.spans:
                    plain = MessageToDict(span)
                    self.spans.append(
                        {
                            "trace": span.trace_id.hex(),
                            "id": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "name": span.name,
                            "about": _attributes(plain),
                            "events": [(each["name"], _attributes(each)) for each in plain.get("events", [])],
                            "error": span.status.code == 2,
                            "service": about.get("service.name"),
                        }
                    )
        return web.Response(content_type="application/x-protobuf")

    def named(self, name: str) -> list[dict[str, object]]:
        """The spans of a name."""
        return [span for span in self.spans if span["name"] == name]


def _attributes(plain: dict[str, object]) -> dict[str, str]:
    pairs = plain.get("attributes", [])
    assert isinstance(pairs, list)
    return {pair["key"]: str(next(iter(pair["value"].values()))) for pair in pairs}


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on the loopback interface."""
    taking = Receiver()
    app = web.Application()
    app.router.add_post("/v1/traces", taking.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taking.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield taking
    await runner.cleanup()
