"""The carrier of the page on adding one's own keeps to the rules, works over HTTP, and is found by its entry point."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from markdown_it import MarkdownIt

from flowengine.carriers import connect, directory
from flowengine.carriers.client import UnableError
from flowengine.carriers.conformance import problems
from flowengine.carriers.signature import sign
from flowengine.cli.main import main
from flowengine.server.serving import Setup, serve
from tests.runtime.web import web_server

PAGE = Path(__file__).parents[2] / "docs" / "carriers" / "add-your-own.md"
NAMES = {"acme.py", "acme_webhooks.py", "pyproject.toml", "test_acme.py"}


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The page's files as an installed package."""
    for token in MarkdownIt("commonmark").parse(PAGE.read_text("utf-8")):
        if token.type == "fence" and "title=" in token.info:
            (tmp_path / token.info.partition('title="')[2].rstrip('"')).write_text(token.content, "utf-8")
    assert {path.name for path in tmp_path.iterdir()} == NAMES
    installed = tmp_path / "acme-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n", "utf-8")
    table = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    lines = [
        line for group, points in table.items() for line in (f"[{group}]", *(f"{n} = {p}" for n, p in points.items()))
    ]
    (installed / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    directory.entries.cache_clear()
    yield tmp_path
    directory.entries.cache_clear()
    for name in ("acme", "acme_webhooks"):
        sys.modules.pop(name, None)


def test_it_keeps_to_the_rules_and_is_listed(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert problems(directory.entries()["acme"].client) == []
    assert main(["carriers", "acme"]) == 0
    assert "Acme carries messages only" in capsys.readouterr().out


def test_its_package_has_all_that_is_named(acme: Path) -> None:
    package = tomllib.loads((acme / "pyproject.toml").read_text("utf-8"))
    assert {"name", "version"} <= set(package["project"])
    points = [point for group in package["project"]["entry-points"].values() for point in group.values()]
    assert set(package["tool"]["setuptools"]["py-modules"]) == {point.partition(":")[0] for point in points}


async def test_it_works_over_http(acme: Path) -> None:
    async def handle(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer k"
        if request.path == "/balance":
            return web.json_response({"amount": "12.50"})
        return web.json_response({"id": "t1", "state": "sent"}, status=201)

    async with web_server(handle) as url, connect("acme", {"base_url": url, "api_key": "k"}) as carrier:
        assert (await carrier.get_balance()).amount == Decimal("12.50")
        assert (await carrier.send_message("+1555", "Hello", sender="+1556")).id == "t1"
        with pytest.raises(UnableError, match="Acme carries messages only"):
            await carrier.place_call("+1555")


def test_its_own_tests_pass(acme: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_acme.py"]
    ran = subprocess.run(words, cwd=acme, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout


async def test_its_webhooks_are_heard_by_the_server(acme: Path, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.flow").write_text('flow main\n\nstart:\n    say "Hi."\n    hangup\n', "utf-8")
    body = json.dumps({"id": "t1", "state": "delivered"}).encode()
    setup = Setup(tmp_path, port=0, carriers={"acme": {"webhook_secret": "s3"}}, insecure=False)
    async with serve(setup) as server, aiohttp.ClientSession() as session:
        for signature, status in (("", 403), (sign("s3", int(server.engine.clock()), body), 204)):
            headers = {"Content-Type": "application/json", "X-Acme-Signature": signature}
            async with session.post(f"{server.url}/acme/events", data=body, headers=headers) as answer:
                assert answer.status == status
        [told] = await server.engine.store.noted("acme")
        assert (told.event, told.about) == ("text.delivered", "t1")


def test_two_carriers_of_one_name_are_an_error(acme: Path) -> None:
    names = acme / "acme-1.dist-info" / "entry_points.txt"
    names.write_text(
        names.read_text("utf-8").replace("[flowengine.carriers]", "[flowengine.carriers]\nagain = acme:ACME")
    )
    with pytest.raises(directory.DuplicateCarrierError, match="acme"):
        directory.entries()
