"""`flowengine sandbox`: the embedded carrier alone, for programs written against any of the carriers' APIs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError

from flowengine.cli.carrier_api import table
from flowengine.cli.listening import reason
from flowengine.cli.main import UsageError
from flowengine.cli.running import run as run_loop
from flowengine.cli.running import stop_signal
from flowengine.runtime.connecting import SANDBOX_URL
from flowengine.sandbox import Sandbox, SandboxConfig

_PORT = int(SANDBOX_URL.rpartition(":")[2])


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where it listens, and how it is set up."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=_PORT, help=f"the port to listen on (default: {_PORT}; 0: a free one)"
    )
    parser.add_argument("--config", metavar="FILE", help="the set-up in JSON: accounts, numbers, phones")
    parser.add_argument("--seed", metavar="N", type=int, help="for the same ids in every run")
    parser.add_argument("--json", action="store_true", help="print the APIs as JSON")


def run(options: argparse.Namespace) -> int:
    """Listen until SIGTERM or SIGINT."""
    settings = _read(options.config) if options.config else {}
    settings |= {"host": options.host, "port": options.port}
    if options.seed is not None:
        settings["seed"] = options.seed
    try:
        config = SandboxConfig.model_validate(settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{options.config or 'the set-up'}: {where}: {first['msg']}") from None
    return run_loop(_serve(config, as_json=options.json))


def _read(file: str) -> dict[str, object]:
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file}: no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{file}: no JSON object")
    return document


async def _serve(config: SandboxConfig, *, as_json: bool) -> int:
    stop = stop_signal()
    try:
        async with Sandbox(config) as sandbox:
            apis = sandbox.apis()
            if as_json:
                print(json.dumps({"url": sandbox.url, "apis": apis}), flush=True)
            else:
                rows = [[api["title"], api["base_url"], api["key"]] for api in apis]
                print(table(["api", "base url", "key"], rows))
                print(f"\nMake things happen at {sandbox.url}/sandbox. Ctrl+C ends it.", flush=True)
            await stop.wait()
    except OSError as error:
        print(f"flowengine: {reason(error, config.host, config.port)}", file=sys.stderr)
        return 1
    return 0
