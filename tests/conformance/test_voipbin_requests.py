"""Every documented operation of VoIPBIN, sent over HTTP to the embedded carrier: by our client, or by `flowengine api`.

What went over the wire is compared with the file, name by name, and the carrier has to have done it."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from flowengine.carriers import connect
from flowengine.carriers.operation import Operation
from flowengine.carriers.voipbin import rest
from flowengine.cli.main import main
from tests.conformance import voipbin_operations
from tests.conformance.voipbin_operations import ALL, API, BODIES, CLIENT, QUERY, UNSENT
from tests.conformance.voipbin_wire import Wire

HARMLESS = ("/hangup", "/mute", "/hold", "/moh", "/silence", "/stop")


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """One for all: each case makes what it needs."""
    with Wire() as made:
        yield made


def ids_for(wire: Wire, name: str) -> dict[str, str]:
    """Ids for what stands in braces in an operation's path, or in the body of a transfer."""
    path = name.partition(" ")[2]
    kind = path.split("/")[1]
    if "{" not in path:
        return {"id": wire.make(kind)} if kind == "transfers" else {}
    made = wire.make(kind)
    if path == "/queuecalls/reference_id/{id}/kick":
        return {"id": wire.ask("GET", f"/queuecalls/{made}")["reference_id"]}
    ids = {"id": made, "billing-id": made}
    if "{target_id}" in path:
        body = BODIES["POST /outdials/{id}/targets"]
        ids["target_id"] = wire.ask("POST", f"/outdials/{made}/targets", body)["id"]
    if path.endswith("/recording_stop") and kind == "calls":
        start = CLIENT["POST /calls/{id}/recording_start"].request.json
        wire.ask("POST", f"/calls/{made}/recording_start", start)
    return ids


def filled(path: str, ids: dict[str, str]) -> str:
    """A path with its ids."""
    return re.sub(r"{([^}]+)}", lambda found: ids[found[1]], path)


def went_as_documented(wire: Wire, name: str, ids: dict[str, str]) -> None:
    """One request went over the wire: the documented one with all its names, and it was done."""
    (sent,) = wire.recorded
    documented = ALL[name]
    assert (sent.method, sent.path) == (documented.method, filled(documented.path, ids))
    assert set(sent.query) == documented.query
    assert set(sent.json or {}) == documented.fields
    assert documented.headers == frozenset()
    assert sent.status < 400
    assert str(sent.status) in documented.statuses


@pytest.mark.parametrize("name", CLIENT)
async def test_our_client_sends_an_operation_as_documented(name: str, wire: Wire) -> None:
    operation, ids = CLIENT[name], ids_for(wire, name)
    request = operation.request
    body = None if request.json is None else wire.fill(request.json, ids)
    path = filled(unquote(request.path), ids)
    wire.recorded.clear()
    async with connect("voipbin", sandbox=wire.url) as client:
        await client.run(Operation(replace(request, path=path, json=body), operation.read))
    went_as_documented(wire, name, ids)
    assert (wire.recorded[0].query, wire.recorded[0].json) == (request.query, body)


@pytest.mark.parametrize("name", API)
def test_flowengine_api_sends_an_operation_as_documented(
    name: str, wire: Wire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids, documented = ids_for(wire, name), ALL[name]
    query = {parameter: QUERY[parameter] for parameter in documented.query}
    body = wire.fill(BODIES[name], ids) if documented.fields else None
    words = ["api", documented.method, filled(documented.path, ids)]
    for parameter, value in query.items():
        words += ["-q", f"{parameter}={value}"]
    if body is not None:
        words += ["-d", json.dumps(body)]
    words += ["--carrier", "voipbin", "--sandbox", wire.url, "--project", str(tmp_path)]
    wire.recorded.clear()
    status = main(words)
    said = capsys.readouterr()
    if documented.path.startswith("/recordingfiles/"):
        # The file is elsewhere, under a URL of its own: the command says where, and does not follow.
        assert (status, "http" in said.err) == (1, True)
    else:
        assert (status, said.err) == (0, "")
        json.loads(said.out)
    went_as_documented(wire, name, ids)
    assert (wire.recorded[0].query, wire.recorded[0].json) == (query, body)


def test_each_documented_operation_is_sent_or_it_is_said_why_not() -> None:
    assert set(CLIENT) <= set(ALL)
    assert set(UNSENT) <= set(ALL)
    assert set(CLIENT) & set(UNSENT) == set()
    assert set(BODIES) == {name for name in API if ALL[name].fields}
    assert {each.path for each in ALL.values() if each.path.startswith("/auth/")} == {
        ALL[name].path for name in UNSENT if "/auth/" in name
    }


def test_each_operation_of_our_client_is_here() -> None:
    made = {
        name
        for name, function in inspect.getmembers(rest, inspect.isfunction)
        if function.__module__ == rest.__name__
        and not name.startswith("_")
        and str(inspect.signature(function).return_annotation).startswith("Operation[")
    }
    used = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(voipbin_operations)))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rest"
    }
    # The login lies beside the API, and the file has none.
    assert made - used == {"login"}
    assert used <= made


def test_only_what_may_be_repeated_is_sent_again() -> None:
    again = {name for name, operation in CLIENT.items() if operation.request.again}
    # A room is made under an id of ours: made twice, it is one room.
    harmless = {name for name in CLIENT if name.endswith(HARMLESS)} | {"POST /conferences"}
    assert again <= harmless
    assert {"POST /calls", "POST /messages", "POST /numbers", "POST /transfers"} & again == set()
