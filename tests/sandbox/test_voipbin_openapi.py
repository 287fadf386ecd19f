"""The VoIPBIN API against its own OpenAPI, by made-up requests: all of schemathesis' checks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest
import schemathesis

from flowengine.sandbox import SandboxConfig
from tests.sandbox.openapi import bounded, file_of, serving

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["status", "reason", "message", "request_id"],
            "properties": {name: {"type": "string"} for name in ("status", "reason", "message", "request_id")},
        }
    },
}
"""`{"error": {"status", "reason", "message", "request_id"}}`."""

# Logins are beside the API, and have no operation in it; a WebSocket has no request that could be made up.
words = {"PUT /customer": {"properties": {"email": {"format": "email"}}}}
schema = file_of("voipbin.json", ERROR, words=words, bodies=True).exclude(path_regex=r"^/(auth/|ws$)")


@dataclass(frozen=True)
class Server:
    """The API's URL, and who we are there."""

    url: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The carrier, and a token of it: all checks of who is let in know headers, and not all know a query."""
    with serving(SandboxConfig(pace=0, keep=500, seed=5)) as url:
        body = json.dumps({"username": "sandbox@voipbin.example", "password": "sandbox"}).encode()
        request = Request(f"{url}/auth/login", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as answer:
            token = json.load(answer)["token"]
        yield Server(f"{url}/v1.0", {"Authorization": f"Bearer {token}"})


@schema.parametrize()
@bounded(4)
def test_each_operation_is_as_documented(case: schemathesis.Case, server: Server) -> None:
    case.call_and_validate(base_url=server.url, headers=server.headers, allow_redirects=False)
