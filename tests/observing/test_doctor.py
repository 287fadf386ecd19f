"""The doctor: a deployment on the embedded carrier, well at first, and then with each fault made."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import structs

from flowengine.cli.checkup import machine
from flowengine.cli.checkup.findings import Deployment, Level
from flowengine.cli.doctor import CHECKS
from flowengine.compiler.build import build
from flowengine.runtime.connecting import connect
from flowengine.runtime.store import Outgoing, SqliteStore, Told
from flowengine.sandbox import NumberConfig, Sandbox, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig
from flowengine.sandbox.faults import Fault
from flowengine.sandbox.voipbin.config import VoipbinAccount
from flowengine.server.serving import Setup, serve
from tests.redis_server import RedisServer

NUMBER = "+15551230000"
SECRET = "s3cret"
FLOW = 'flow main\n\nstart:\n    say "Hello."\n    hangup\n'
GATHER = """
flow main

start:
    gather _pin digits=4 sensitive=true:
        say "Your PIN, please."
        on failed -> bye
    -> bye

bye:
    hangup
"""
ROOMY = 50 * 1024**3

Checks = dict[str, tuple[Level, str, str]]


@dataclass
class Place:
    """A deployment that a test may change before it is looked at."""

    root: Path
    url: str
    carrier: str
    sandbox: Sandbox
    config: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    def write(self) -> None:
        """Write the project's file."""
        lines = ["[project]", f'public_url = "{self.url}"', "[numbers]", f'"{NUMBER}" = "main"']
        for table, text in self.tables.items():
            lines += [f"[carriers.{table}]", text]
        (self.root / "flowengine.toml").write_text("\n".join(lines) + "\n")

    async def findings(self, **changes: Any) -> Checks:
        """What every check says."""
        about = Deployment(self.root, build(self.root), str(self.root / "state.db"), self.url, {}, 3.0)
        about = replace(about, **changes)
        found = [finding for check in CHECKS for finding in await check(about)]
        return {finding.about: (finding.level, finding.message, finding.advice) for finding in found}


def telefonie(url: str, key: str = "sandbox", secret: str = SECRET) -> str:
    """The table of a carrier that is the embedded one."""
    urls = "\n".join(f'{name}_url = "{url}/v1/{path}"' for name, path in [
        ("base", "voice"), ("sms", "sms"), ("numbers", "numbers"), ("recordings", "recordings"),
    ])  # fmt: skip
    return f'{urls}\napi_key = "{key}"\n' + (f'webhook_secret = "{secret}"' if secret else "")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that the tests run on may be small; the doctor is to look at the deployment."""
    usage = machine.shutil.disk_usage("/")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage._replace(free=ROOMY))
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (65536, 65536))


@asynccontextmanager
async def deployment(root: Path, port: int | None = None, **sandbox: Any) -> AsyncIterator[Place]:
    """A server with signed webhooks, on the embedded carrier that leads its number to it."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    (root / "flows").mkdir()
    (root / "flows" / "main.flow").write_text(FLOW)
    numbers = {NUMBER: NumberConfig(voice_url=f"{url}/telefonie/voice")}
    async with AsyncExitStack() as stack:
        config = SandboxConfig(**{"pace": 0.0, "numbers": numbers, **sandbox})
        embedded = await stack.enter_async_context(Sandbox(config))
        place = Place(root, url, embedded.url, embedded, tables={"telefonie": telefonie(embedded.url)})
        place.write()
        setup = Setup(root, port=port, store=root / "state.db", insecure=False)
        await stack.enter_async_context(serve(setup))
        yield place


async def test_a_deployment_that_is_well(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:
        found = await place.findings()
    assert {about: level for about, (level, _, _) in found.items() if level is not Level.OK} == {}
    assert {"flows", "public URL", "clock", "webhooks of telefonie", "key of telefonie", f"number {NUMBER}", "store",
            "outbox", "disk", "open files", "speech"} <= set(found)  # fmt: skip


# ------------------------------------------------------------------------------------------------------- one by one


def _broken_flow(place: Place) -> None:
    (place.root / "flows" / "main.flow").write_text("flow main\n\nstart:\n    sya 1\n")


def _no_flows(place: Place) -> None:
    (place.root / "flows" / "main.flow").unlink()


def _unset(place: Place) -> None:
    place.tables["telefonie"] = telefonie(place.carrier, "$NOBODY_HAS_SET_THIS")


def _odd(place: Place) -> None:
    place.tables["telefonie"] += '\ncolour = "red"'


def _stranger(place: Place) -> None:
    place.tables["acme"] = "key = 1"


def _wrong_key(place: Place) -> None:
    place.tables["telefonie"] = telefonie(place.carrier, "nobody's")


def _wrong_secret(place: Place) -> None:
    place.tables["telefonie"] = telefonie(place.carrier, secret="another")


def _no_secret(place: Place) -> None:
    place.tables["telefonie"] = telefonie(place.carrier, secret="")


def _carrier_away(place: Place) -> None:
    place.tables["telefonie"] = telefonie(f"http://127.0.0.1:{free_port()}")


def _carrier_at_fault(place: Place) -> None:
    place.sandbox.faults.add(Fault(carrier="telefonie", path="/owned", status=500, times=None))


def _nobody_there(place: Place) -> None:
    place.url = f"http://127.0.0.1:{free_port()}"


def _somebody_else(place: Place) -> None:
    place.url = place.carrier


def _without_encryption(place: Place) -> None:
    place.url = place.url.replace("127.0.0.1", "0.0.0.0")


def _other_files(place: Place) -> None:
    (place.root / "flows" / "main.flow").write_text(FLOW.replace("Hello", "Good day"))


FAULTS: list[tuple[Callable[[Place], None], str, Level, str]] = [
    (_broken_flow, "flows", Level.FAIL, "main.flow:4"),
    (_no_flows, "flows", Level.FAIL, "no flows"),
    (_unset, "[carriers.telefonie]", Level.FAIL, "NOBODY_HAS_SET_THIS"),
    (_odd, "[carriers.telefonie]", Level.FAIL, "colour"),
    (_stranger, "[carriers.acme]", Level.FAIL, "no such carrier"),
    (_wrong_key, "key of telefonie", Level.FAIL, "401"),
    (_carrier_away, "key of telefonie", Level.FAIL, "127.0.0.1"),
    (_carrier_at_fault, "key of telefonie", Level.FAIL, "500"),
    (_wrong_secret, "webhooks of telefonie", Level.FAIL, "does not fit"),
    (_no_secret, "webhooks of telefonie", Level.FAIL, "not signed"),
    (_nobody_there, "public URL", Level.FAIL, "/health"),
    (_somebody_else, "public URL", Level.FAIL, "not as Flowengine does"),
    (_without_encryption, "public URL", Level.WARN, ""),
    (_other_files, "public URL", Level.WARN, "version"),
]


@pytest.mark.parametrize(("make", "about", "level", "words"), FAULTS, ids=lambda each: getattr(each, "__name__", None))
async def test_each_fault_is_found(
    make: Callable[[Place], None], about: str, level: Level, words: str, tmp_path: Path
) -> None:
    async with deployment(tmp_path) as place:
        make(place)
        place.write()
        found = await place.findings()
    assert found[about][0] is level, found
    assert words in found[about][1]
    assert found[about][2], "it says what to do"


async def test_numbers_that_lead_elsewhere(tmp_path: Path) -> None:
    async with deployment(tmp_path, numbers={NUMBER: NumberConfig(voice_url="")}) as place:
        label, table = f"number {NUMBER}", {**tomllib.loads(place.tables["telefonie"])}
        level, message, _ = (await place.findings())[label]
        assert (level, message) == (Level.FAIL, "leads nowhere")
        async with connect("telefonie", table) as client:
            await client.route_number(NUMBER, "https://other.example/voice")
            level, message, advice = (await place.findings())[label]
            assert (level, message) == (Level.FAIL, "leads to https://other.example/voice, not to us")
            assert f"numbers route {NUMBER} {place.url}/telefonie/voice" in advice
            await client.route_number(NUMBER, f"{place.url}/telefonie/voice/main")
            assert (await place.findings())[label][0] is Level.OK
            await client.release_number(NUMBER)
        level, message, _ = (await place.findings())[label]
        assert (level, message) == (Level.FAIL, "is not one of ours at telefonie")


@pytest.mark.parametrize(
    ("path", "level", "words"),
    [("/voipbin/voice/t", Level.OK, "leads to"), ("/elsewhere", Level.FAIL, "does not ask us")],
)
async def test_numbers_that_lead_to_a_flow(path: str, level: Level, words: str, tmp_path: Path) -> None:
    port = free_port()
    fetch = {"type": "fetch", "option": {"event_url": f"http://127.0.0.1:{port}{path}", "event_method": "POST"}}
    account = VoipbinAccount(numbers={NUMBER: [fetch], "+15551230001": []})
    async with deployment(tmp_path, port, voipbin=account) as place:
        place.tables = {
            "voipbin": f'accesskey = "vb_sandbox"\nbase_url = "{place.carrier}/v1.0"\nwebhook_secret = "s"\ntoken = "t"'
        }
        place.write()
        found = await place.findings()
    assert found[f"number {NUMBER}"][0] is level
    assert words in found[f"number {NUMBER}"][1]


async def test_no_public_url(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:
        found = await place.findings(public_url="")
    assert found["public URL"][0] is Level.FAIL
    assert found[f"number {NUMBER}"][0] is Level.WARN


async def test_a_server_that_takes_everything(tmp_path: Path) -> None:
    port = free_port()
    async with deployment(tmp_path) as place:
        (tmp_path / "flowengine.toml").write_text("[carriers.telefonie]\n")
        async with serve(Setup(tmp_path, port=port, insecure=True)):
            place.url = f"http://127.0.0.1:{port}"
            place.write()
            level, message, _ = (await place.findings())["webhooks of telefonie"]
    assert (level, message) == (Level.FAIL, "one that nobody has signed is taken")


@asynccontextmanager
async def proxy(
    url: str,
    change: Callable[[web.Request], Mapping[str, str]],
    cut: str = "",
    secure: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """A proxy before a server: `change` gives headers of its own answers, `cut` is taken away from queries."""

    async def pass_on(request: web.Request) -> web.Response:
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, f"{url}{request.raw_path.replace(cut, '') if cut else request.raw_path}",
                data=await request.read(), headers={k: v for k, v in request.headers.items() if k != "Host"},
            ) as answer,
        ):  # fmt: skip
            return web.Response(status=answer.status, body=await answer.read(), headers=change(request))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure).start()
    yield f"{'https' if secure else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def certificate(folder: Path, days: float) -> ssl.SSLContext:
    """A certificate for this machine, which nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(("days", "level"), [(90, Level.OK), (5, Level.WARN)])
async def test_certificates(
    days: int, level: Level, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path_factory.mktemp("keys")
    async with deployment(tmp_path) as place, proxy(place.url, lambda _: {}, secure=certificate(keys, days)) as url:
        place.url = url
        strange = await place.findings()
        monkeypatch.setenv("SSL_CERT_FILE", str(keys / "certificate.pem"))
        known = await place.findings()
    assert strange["public URL"][0] is Level.FAIL
    assert "CERTIFICATE_VERIFY_FAILED" in strange["public URL"][1]
    assert known["public URL"][0] is known["webhooks of telefonie"][0] is Level.OK
    assert known["certificate"][:2] == (level, f"valid for {days} days more")


async def test_whom_the_server_sends_something(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:
        lines = f'[events]\nurl = "{place.url}/in"\n[tracing]\nendpoint = "http://127.0.0.1:{free_port()}"\n'
        with (tmp_path / "flowengine.toml").open("a") as file:
            file.write(lines)
        found = await place.findings()
    assert found["[events]"][0] is Level.OK
    assert found["[tracing]"][0] is Level.FAIL


@pytest.mark.parametrize(
    ("date", "level"),
    [("Sat, 01 Jan 2000 00:00:00 GMT", Level.FAIL), ("Sat, 01 Jan 2050 00:00:00 GMT", Level.FAIL), ("nonsense", None)],
)
async def test_clocks_that_differ(date: str, level: Level | None, tmp_path: Path) -> None:
    async with deployment(tmp_path) as place, proxy(place.url, lambda _: {"Date": date}) as url:
        place.url = url
        found = await place.findings()
    assert found.get("clock", (None,))[0] is level


async def test_a_proxy_that_changes_what_is_signed(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place, proxy(place.url, lambda _: {}, cut="&status=ringing") as url:
        place.url = url
        found = await place.findings()
    assert found["webhooks of telefonie"][0] is Level.FAIL
    assert "path" in found["webhooks of telefonie"][1]


async def test_balances_and_keys_of_the_others(tmp_path: Path) -> None:
    poor = AccountConfig(keys=("poor",), balance=Decimal("3.50"))
    async with deployment(tmp_path, speko=(poor,), voipbin=VoipbinAccount(balance=0)) as place:
        place.tables = {
            "speko": f'api_key = "poor"\nbase_url = "{place.carrier}/speko"\nwebhook_secret = "{SECRET}"',
            "voipbin": f'accesskey = "vb_sandbox"\nbase_url = "{place.carrier}/v1.0"\ntoken = "t"',
            "sms-voip": f'api_key = "wrong"\nbase_url = "{place.carrier}/sms-voip"\nwebhook_secret = "{SECRET}"',
        }  # fmt: skip
        place.write()
        found = await place.findings()
    assert found["balance at speko"][0] is Level.WARN
    assert "3.5" in found["balance at speko"][1]
    assert found["balance at voipbin"][0] is Level.FAIL
    assert found["key of sms-voip"][0] is Level.FAIL
    # The server was started without them: nobody listens.
    assert found["webhooks of speko"][0] is Level.FAIL
    assert "nobody listens" in found["webhooks of speko"][1]


async def test_every_carrier_s_signature_is_made_as_the_server_reads_it(tmp_path: Path) -> None:
    port = free_port()
    async with deployment(tmp_path) as place:
        place.tables["speko"] = f'api_key = "sk_live_sandbox"\nbase_url = "{place.carrier}/speko"\nwebhook_secret = "a"'
        place.tables["sms-voip"] = f'api_key = "sk_test_sandbox"\nbase_url = "{place.carrier}"\nwebhook_secret = "b"'
        place.tables["finespeak"] = f'api_key = "fs_sandbox"\nbase_url = "{place.carrier}"\nwebhook_secret = "c"'
        place.tables["voipbin"] = f'accesskey = "k"\nbase_url = "{place.carrier}"\nwebhook_secret = "d"\ntoken = "t"'
        place.url = f"http://127.0.0.1:{port}"
        place.write()
        async with serve(Setup(tmp_path, port=port, insecure=False)):
            found = await place.findings()
    levels = {about: level for about, (level, _, _) in found.items() if about.startswith("webhooks of")}
    assert levels == {f"webhooks of {name}": Level.OK for name in place.tables}


async def test_the_store(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:
        lost = await place.findings(store=f"redis://127.0.0.1:{free_port()}")
        memory = await place.findings(store="memory")
        fresh = await place.findings(store=str(tmp_path / "new" / "state.db"))
        (tmp_path / "odd.db").write_text("this is no database, but long enough to be taken for one" * 20)
        odd = await place.findings(store=str(tmp_path / "odd.db"))
    assert lost["store"][0] is odd["store"][0] is Level.FAIL
    assert memory["store"][0] is Level.WARN
    assert fresh["store"][0] is Level.OK
    assert not (tmp_path / "new").exists()


async def test_redis(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    try:
        async with deployment(tmp_path) as place:
            well = await place.findings(store=server.url)
            with redis.Redis(port=server.port) as client:
                client.config_set("appendonly", "no")
                loose = await place.findings(store=server.url)
                client.config_set("maxmemory-policy", "allkeys-lru")
                full = await place.findings(store=server.url)
    finally:
        server.stop()
    assert [found["redis"][0] for found in (well, loose, full)] == [Level.OK, Level.WARN, Level.FAIL]
    assert "allkeys-lru" in full["redis"][1]
    assert well["store"][0] is Level.OK


async def test_what_could_not_be_delivered(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:
        store = SqliteStore(tmp_path / "state.db", {})
        item = Outgoing("k", "text", "CA1", "telefonie", {}, 1.0)
        await store.note(Told("k", "telefonie", "e", "CA1", 1.0), item)
        await store.settle_outgoing(item, structs.replace(item, dead=True))
        found = await place.findings()
        await store.close()
    assert found["outbox"][0] is Level.WARN
    assert "1 item" in found["outbox"][1]


async def test_sensitive_values_elsewhere_need_a_key(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:
        (tmp_path / "flows" / "main.flow").write_text(GATHER)
        where = f"redis://127.0.0.1:{free_port()}"
        found = await place.findings(store=where)
        odd = await place.findings(store=where, environment={"FLOWENGINE_STORE_KEY": "short"})
    assert "openly" in found["store"][1]
    assert odd["store"][0] is Level.FAIL


async def test_a_small_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = machine.shutil.disk_usage("/")
    async with deployment(tmp_path) as place:
        for free, level in ((10 * 1024**2, Level.FAIL), (1024**3, Level.WARN)):
            monkeypatch.setattr(machine.shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
            assert (await place.findings())["disk"][0] is level
        monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (1024, 4096))
        monkeypatch.setattr(machine.importlib.util, "find_spec", lambda _: None)
        found = await place.findings()
    assert found["open files"][0] is found["speech"][0] is Level.WARN


async def test_the_command(tmp_path: Path) -> None:
    async with deployment(tmp_path) as place:

        async def doctor(*words: str) -> tuple[int, str]:
            command = [
                sys.executable,
                "-m",
                "flowengine",
                "doctor",
                str(tmp_path),
                "--store",
                str(tmp_path / "state.db"),
            ]
            process = await asyncio.create_subprocess_exec(*command, *words, stdout=subprocess.PIPE)
            out, _ = await process.communicate()
            return process.returncode or 0, out.decode()

        status, text = await doctor()
        assert status == 0
        assert " 0 failed" in text
        assert f"ok    number {NUMBER}: leads to {place.url}/telefonie/voice" in text
        _wrong_key(place)
        place.write()
        status, text = await doctor("--json")
        assert status == 1
        [failed] = [each for each in json.loads(text) if each["level"] == "fail"]
        assert failed["about"] == "key of telefonie"
        assert "check the key" in failed["advice"]
