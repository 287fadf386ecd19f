"""What a caller, a carrier or a stranger sends stays what it is: a value, a refused request, a number not called."""

import itertools
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web

from flowengine.carriers.contract import Message, Refused
from flowengine.carriers.signature import sign
from flowengine.carriers.telefonie.adapter import Telefonie
from flowengine.carriers.telefonie.config import TelefonieConfig
from flowengine.core.commands import Fetch
from flowengine.core.policy import Destinations, Hosts
from flowengine.runtime.http.fetching import Fetcher
from tests.conftest import SEED
from tests.reliability.size import size
from tests.runtime.web import web_server
from tests.server.stage import Caller, running, said, write_project

Record = Callable[[str, object], None]

# ----------------------------------------------------------------------------------------------------------- injection

ECHO = """
flow echo:
    on failed:
        hangup

start:
    say "From {{ call.from }}."
    gather words speech=true:
        say "Speak."
    say "You said {{ words }}."
    say "<speak>Slowly: <break time='1s'/>{{ words }}</speak>"
    play "https://files.example/{{ words }}.wav"
    conference "room {{ words }}"
    hangup
"""
NASTY = (
    "<", ">", "&", '"', "'", "]]>", "<!--", "-->", "<?x", "<![CDATA[", "</Say><Dial>+19005551234</Dial><Say>",
    '" action="https://evil.example/', "' voice='x", "&lt;Hangup/&gt;", "&#0;", "&#x3C;Hangup/>", "&evil;",
    "</Response>",
    '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "{{ 7 * 7 }}", "{% for x in y %}", "{# #}", "${7*7}",
    "\x00", "\x01", "\x08", "\x0b", "\x1b[31m", "\x7f", "\x85", "\ufffe", "\uffff", "\ud800", "\u202e", "\u2028",
    "\ufeff", "😀", "٣", "²", "e\u0301", "\r\n", "\n", "\t", "\\", '\\"', '","verb":"dial"', "}]", "%00", "%3C",
    "+", ";",
    "| cat /etc/passwd", "$(id)", "`id`", "../../etc/passwd", "javascript:alert(1)", "sip:evil@evil.example",
    "</speak>", "<break time='10h'/>", "<audio src='https://evil.example'/>",
)  # fmt: skip


def _values(count: int) -> list[str]:
    rng = random.Random(SEED)
    pairs = [a + b for a, b in itertools.permutations(NASTY, 2)]
    return [*NASTY, *rng.sample(pairs, count - len(NASTY))]


def _shape(document: str) -> Any:
    """What there is in a document, without the texts."""
    if document.startswith("{"):
        return _json_shape(json.loads(document))
    return [(element.tag, sorted(element.keys())) for element in ElementTree.fromstring(document.encode()).iter()]


def _json_shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _json_shape(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [_json_shape(inner) for inner in value]
    return type(value).__name__


@pytest.mark.parametrize("form", ["xml", "json"])
async def test_what_a_caller_sends_stays_a_value(tmp_path: Path, form: str, record_property: Record) -> None:
    values = _values(size(300, 3000))
    root = write_project(tmp_path, echo=ECHO)
    config = root / "flowengine.toml"
    config.write_text(config.read_text().replace('["127.0.0.1"]', '["files.example"]'))
    async with running(root, carriers={"telefonie": {"format": form}}) as (server, caller):

        async def shapes(number: int, value: str) -> tuple[Any, Any]:
            one = Caller(caller.client, server.url, f"CA{number}")
            one.base["from"] = f"+1555{value}"
            one.base["SipHeader_X-Name"] = value
            status, first = await one.ask("/telefonie/voice/echo", {"status": "ringing"})
            assert status == 200
            record = await server.engine.store.load(one.call)
            assert record is not None
            path = f"/telefonie/turn/{record.memo.token}/{one.call}/1"
            status, second = await one.ask(path, {"speech": f"a{value}b", "confidence": value})
            assert status == 200
            return _shape(first), _shape(second)

        plain = await shapes(0, "x")
        assert "onference" in str(plain[1])
        # What no name of a room can be ends the call with the apology: no other verb either.
        refused = await shapes(len(values) + 1, "\x00")
        assert "onference" not in str(refused[1])
        assert "angup" in str(refused[1])
        for number, value in enumerate(values, 1):
            # A lone surrogate cannot be sent as UTF-8; what a broken carrier sends in its place can.
            sent = value.encode("utf-8", "replace").decode()
            assert await shapes(number, sent) in (plain, (plain[0], refused[1])), ascii(value)
    record_property("figure", f"{len(values)} values as number, header and speech, {form}: the flow's verbs, no other")


# ---------------------------------------------------------------------------------------------------------------- SSRF


def _inner_hosts() -> list[str]:
    hosts = ["localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "127.1", "127.0.1", "2130706433", "017700000001"]
    hosts += ["0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]"]
    inner = ["127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "0.1.2.3"]
    inner += ["192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255"]
    inner += ["192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"]
    inner += ["255.255.255.255"]
    hosts += inner
    for address in inner:
        a, b, c, d = (int(part) for part in address.split("."))
        hexadecimal = f"{a:02x}{b:02x}:{c:02x}{d:02x}"
        hosts += [f"[::ffff:{address}]", f"[::ffff:{hexadecimal}]", f"[64:ff9b::{hexadecimal}]"]
        hosts += [f"[2002:{hexadecimal}::1]", str(int.from_bytes(bytes((a, b, c, d))))]
    return [*hosts, "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[::127.0.0.1]"]


async def test_no_packet_to_an_inner_address(record_property: Record) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/away":
            raise web.HTTPFound(str(request.query["to"]))
        return web.Response(text="inside")

    hosts = _inner_hosts()
    assert len(hosts) >= 100
    fetcher = Fetcher()
    try:
        async with web_server(answer) as url:
            port = int(url.rpartition(":")[2])
            for host in hosts:
                # The same, where the project allows every public host.
                found = await fetcher.fetch(Fetch(f"http://{host}:{port}/inside", timeout=2), Hosts(("*",)))
                assert found.error, host
            assert asked == []
            allowed = Hosts((f"127.0.0.1:{port}", "*"))
            for host in hosts:
                if host == "127.0.0.1":
                    continue
                target = f"http://{host}:{port}/inside"
                found = await fetcher.fetch(Fetch(f"{url}/away?to={target}".replace("%", "%25"), timeout=2), allowed)
                assert found.error, host
    finally:
        await fetcher.close()
    assert "/inside" not in asked
    record_property("figure", f"{len(hosts)} forms, each asked for and redirected to: no packet")


# ---------------------------------------------------------------------------------------------------------- toll fraud


def test_only_allowed_numbers_are_called(record_property: Record) -> None:
    rules = Destinations(("+1*", "+44*", "sip:*@acme.example"))
    refused = (
        "+19005551234", "+19765551234", "+18765551234", "+18095551234", "+12425551234", "+12465551234", "+14415551234",
        "+17845551234", "+18685551234", "+16495551234", "+870773111632", "+881612345678", "+88213123456",
        "+979123456789",
        "+449098790000", "011442079460000", "0019005551234", "+1 900 555 1234", "+1-900-555-1234",
        "+1(900)5551234", "15551230000", "+15551230000;postd=99", "+15551230000,99", "+15551230000w99", "+1555123000²",
        "+1555123000٣", "\uff0b15551230000", "tel:+15551230000", "+15551230000\n", " +15551230000", "+5355512345",
        "sip:a@evil.example", "sip:a@acme.example.evil.example", "sip:a@evil.example@acme.example",
        "sip:a@acme.example;transport=tcp", "sip:a@acme.example?Route=x", "sips:a@acme.example", "", "+", "+0123456",
        "+1555123000012345678",
    )  # fmt: skip
    called = ("+19095551234", "+19055551234", "+15551230000", "+14165551234", "+442079460000", "sip:a@acme.example")
    assert [number for number in refused if rules.allows(number)] == []
    assert [number for number in called if not rules.allows(number)] == []
    assert Destinations(("+1876*",)).allows("+18765551234")
    record_property("figure", f"{len(refused)} refused, {len(called)} that look like them called")


# ---------------------------------------------------------------------------------------------------------- signatures


def test_exactly_the_signed_request_is_taken(record_property: Record) -> None:
    rng = random.Random(SEED)
    telefonie = Telefonie(TelefonieConfig(webhook_secret=["new secret", "old secret"]), b"k" * 32)
    body = b"call_id=CA1&from=%2B15557650001&to=%2B15551230000&status=ringing"
    fields = {"call_id": "CA1", "from": "+15557650001", "to": "+15551230000", "status": "ringing"}
    now = 1_800_000_000

    def refused(header: str, sent: bytes = body, at: float = now) -> bool:
        message = Message(("voice",), fields, at, headers={"x-signature": header}, body=sent)
        return isinstance(telefonie.route(message), Refused)

    good = sign("new secret", now, body)
    assert not refused(good)
    assert not refused(sign("old secret", now, body))
    assert not refused(good, at=now + 299)
    assert refused(good, at=now + 301)
    assert refused(good, at=now + 86_400)
    assert refused(sign("another", now, body))
    assert refused(sign("", now, body))
    count = size(1000, 20_000)
    for _ in range(count):
        header, sent = bytearray(good.encode()), bytearray(body)
        target = rng.choice((header, sent))
        place = rng.randrange(len(target))
        match rng.randrange(4):
            case 0:
                target[place] = (target[place] + rng.randrange(1, 128)) % 128
            case 1:
                del target[place]
            case 2:
                target.insert(place, rng.randrange(33, 127))
            case 3:
                del target[place:]
        if bytes(target) in (good.encode(), body) or header.decode().strip() == good:
            continue
        changed = header.decode()
        parts = [part.strip() for part in changed.split(",")]
        same = sorted(part for part in parts if part.startswith(("t=", "v1="))) == sorted(good.split(","))
        assert refused(changed, bytes(sent)) or (same and bytes(sent) == body), (changed, bytes(sent))
    record_property("figure", f"{count} mutations refused, both secrets taken, refused after 5 minutes and a day")


# --------------------------------------------------------------------------------------------------------------- loops

LOOPS = {
    "itself": "flow itself\n\nstart:\n    set n = 1\n    if n > 0 -> start\n    hangup\n",
    "mutual": (
        "flow mutual\n\na:\n    set n = 1\n    if n > 0 -> b\n    hangup\n\n"
        "b:\n    set n = 2\n    if n > 0 -> a\n    hangup\n"
    ),
}


@pytest.mark.parametrize("name", LOOPS)
async def test_a_loop_is_stopped_at_the_cap(tmp_path: Path, name: str, record_property: Record) -> None:
    async with running(write_project(tmp_path, **{name: LOOPS[name]})) as (server, caller):
        began = time.perf_counter()
        document = await caller.begin(name)
        taken = time.perf_counter() - began
        assert said(document) == ["Sorry, please call again."]
        entries = [e for turn in await server.engine.store.journal("CA1") for e in turn.entries]
        assert any(entry.name == "steps" for entry in entries)
        assert taken < 0.5
    record_property("figure", f"{name}: {taken * 1000:.0f} ms")
