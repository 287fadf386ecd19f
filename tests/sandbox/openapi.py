"""The carriers' OpenAPI files for schemathesis, with what the documents say in words only; and a server.

The files leave out how requests are refused; the documents have it in words, or nothing at all. So each operation gets
the refusals of its carrier, in the carrier's own form. All of schemathesis' checks then hold for refusals as well.
"""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from hypothesis import HealthCheck, settings

from flowengine.sandbox import Sandbox, SandboxConfig

FOLDER = Path(__file__).parents[1] / "data" / "openapi"
REFUSALS = (400, 401, 402, 403, 404, 405, 409, 415)
"""Invalid, unauthorised, no money, not allowed, not found, no such method, too late, not JSON."""

NESTED = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {name: {"type": "string"} for name in ("code", "message", "param")},
        }
    },
}
"""`{"error": {"code", "message", "param"}}`."""

FLAT = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {"error": {"type": "string"}, "code": {"type": "string"}},
    "additionalProperties": False,
}
"""`{"error", "code"}`."""


def bounded(examples: int) -> settings:
    """So many made-up requests an operation, the same in every run."""
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )


def file_of(
    name: str, error: Mapping[str, Any], *, words: Mapping[str, Mapping[str, Any]] | None = None, bodies: bool = False
) -> schemathesis.BaseSchema:
    """A carrier's file.

    Args:
        name: the file's.
        error: the schema of refusals.
        words: what more holds for the body of an operation, or for a parameter of it (`operation.parameter`), where the
            document says so in words. An operation without an id is named `PUT /path`.
        bodies: whether a body with fields that are required is required itself, though the file does not say so.
    """
    text = (FOLDER / name).read_text("utf-8")
    document = json.loads(text) if name.endswith("json") else yaml.safe_load(text)
    refusal = {"description": "Refused.", "content": {"application/json": {"schema": dict(error)}}}
    left = dict(words or {})
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            body = operation.get("requestBody")
            if bodies and body is not None and body["content"]["application/json"]["schema"].get("required"):
                body["required"] = True
            responses = operation["responses"]
            # A default would let every status pass.
            responses.pop("default", None)
            for status in REFUSALS:
                responses.setdefault(str(status), refusal)
            more = left.pop(operation.get("operationId", f"{method.upper()} {path}"), None)
            if more is not None:
                content = operation["requestBody"]["content"]["application/json"]
                content["schema"] = {"allOf": [content["schema"], dict(more)]}
            for parameter in operation.get("parameters", []):
                key = f"{operation.get('operationId')}.{parameter.get('name')}"
                parameter.get("schema", {}).update(left.pop(key, {}))
    assert not left, f"the file has no {', '.join(left)}"
    return schemathesis.openapi.from_dict(document)


@contextmanager
def serving(config: SandboxConfig) -> Iterator[str]:
    """The carrier in a thread of its own, since schemathesis blocks the one that it runs in; gives its URL."""
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    addresses: list[str] = []

    async def serve() -> None:
        async with Sandbox(config) as sandbox:
            addresses.append(sandbox.url)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(10)
    try:
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
