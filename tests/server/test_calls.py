"""Calls over HTTP: repeats, late and early events, two at once, restarts, and bad input."""

import asyncio
import gzip
import json
import logging
import random
import sqlite3
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from flowengine.carriers.signature import sign
from flowengine.core.journal import MASK
from flowengine.runtime.limits import Limits
from tests.conftest import SEED
from tests.runtime.web import web_server
from tests.server.stage import Caller, running, said, write_project

MENU = "For a number, press 1. To leave a message, press 2. To end, press 3."
OTHER = """
flow other

start:
    say "Another flow."
    gather x digits=1:
        say "Key?"
        on failed:
            hangup
    say "{{ x }}"
    hangup
"""
WHILE = """
flow fetcher:
    on failed:
        hangup

start:
    say "One moment."
    fetch a "{url}/x"
    say "{{{{ a }}}}"
    hangup
"""
LEAVER = """
flow leaver:
    on failed:
        hangup
    on hangup:
        fetch a "{url}/left"
        log "{{{{ a }}}}"

start:
    gather x digits=1:
        say "Key?"
    say "{{{{ x }}}}"
    hangup
"""
FETCH = """
flow fetcher:
    on failed -> bad

start:
    fetch answer "{url}/{{{{ call.from }}}}" timeout={timeout}:
        on 404:
            say "Unknown."
            hangup
    say "It says {{{{ answer.text }}}}."
    hangup

bad:
    say "No answer."
    hangup
"""


@pytest.fixture(params=["memory", "sqlite"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, object]:
    return {"store": None if request.param == "memory" else tmp_path / "state" / "calls.db"}


async def test_a_conversation(tmp_path: Path, settings: dict[str, object]) -> None:
    async with running(write_project(tmp_path), **settings) as (_, caller):
        assert said(await caller.begin())[0] == "Welcome, you."
        assert said(await caller.go_on(digits="1")) == ["Your PIN, please."]
        assert said(await caller.go_on(digits="1234"))[0] == "Thank you."
        assert said(await caller.go_on(digits="")) == [
            "For a number, press 1. To leave a message, press 2. To end, press 3."
        ]
        document = await caller.go_on(digits="3")
        assert said(document) == ["Goodbye."]
        assert "<Hangup/>" in document


async def test_get_json_and_the_other_vocabulary(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        facts = {"CallSid": "CA9", "From": "+15557650001", "To": "+15551230000", "CallStatus": "ringing"}
        async with caller.client.get(f"{server.url}/telefonie/voice", params=facts) as response:
            assert response.content_type == "application/xml"
            caller.document = await response.text()
        assert said(caller.document)[0] == "Welcome, you."
        async with caller.client.post(server.url + caller.action, json={"CallSid": "CA9", "Digits": 1}) as response:
            assert said(await response.text()) == ["Your PIN, please."]


async def test_every_webhook_twice_gives_the_same_bytes(tmp_path: Path, settings: dict[str, object]) -> None:
    async with running(write_project(tmp_path), **settings) as (server, caller):
        asked: list[tuple[str, dict[str, str], str]] = []
        first = await caller.begin()
        asked.append(("/telefonie/voice", {"status": "ringing"}, first))
        for digits in ("1", "1234", "", "9", "3"):
            action = caller.action
            document = await caller.go_on(digits=digits)
            asked.append((action, {"digits": digits}, document))
            at_once = await asyncio.gather(*(caller.ask(action, {"digits": digits}) for _ in range(3)))
            assert at_once == [(200, document)] * 3
        for path, fields, document in asked:  # and once more, later
            assert await caller.ask(path, fields) == (200, document)
        turns = await server.engine.store.journal("CA1")
        assert [turn.turn for turn in turns] == [1, 2, 3, 4, 5, 6]


async def test_an_event_for_a_turn_that_is_over_is_not_applied(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (_, caller):
        await caller.begin()
        old = caller.action
        await caller.go_on(digits="1")
        assert await caller.ask(old, {"digits": "3"}) == (200, caller.document)
        assert said(await caller.go_on(digits="1234"))[0] == "Thank you."


async def test_keys_after_the_caller_has_left(tmp_path: Path, settings: dict[str, object]) -> None:
    async with running(write_project(tmp_path), **settings) as (_, caller):
        await caller.begin()
        assert [await caller.over(status) for status in ("completed", "completed", "ringing", "busy")] == [204] * 4
        status, document = await caller.ask(caller.action, {"digits": "1"})
        assert status == 200
        assert "<Say" not in document


async def test_a_restart_in_the_middle(tmp_path: Path) -> None:
    root, store = write_project(tmp_path), tmp_path / "calls.db"
    async with running(root, store=store) as (_, caller):
        await caller.begin()
        await caller.go_on(digits="1")
    # The flow is another one by now; the call keeps its own.
    (root / "flows" / "main.flow").write_text('flow main\n\nother:\n    say "New."\n    hangup\n')
    async with running(root, store=store) as (server, again):
        again.document = caller.document
        assert said(await again.go_on(digits="1234"))[0] == "Thank you."
        fresh = Caller(again.client, server.url, "CA2")
        assert said(await fresh.begin()) == ["New."]


async def test_a_hundred_at_once_for_one_call_and_for_many(tmp_path: Path, settings: dict[str, object]) -> None:
    rng = random.Random(SEED)
    async with running(write_project(tmp_path), **settings) as (server, caller):
        await caller.begin()
        action = caller.action
        kinds = [("1", action), ("2", action), ("3", action)]

        async def one(number: int) -> int:
            if number % 2:
                other = Caller(caller.client, server.url, f"CB{number}")
                return len(said(await other.begin()))
            digits, path = rng.choice(kinds)
            status, _ = await caller.ask(path, {"digits": digits})
            return status

        answers = await asyncio.gather(*(one(number) for number in range(200)))
        assert set(answers) == {200, 2}
        turns = await server.engine.store.journal("CA1")
        assert len(turns) == 2  # whichever came first: its turn, and no other


async def test_a_recording_that_arrives_after_the_hangup(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        await caller.begin()
        await caller.go_on(digits="2")
        action = caller.action
        assert await caller.over() == 204
        sound = {"recording_url": "https://r.example/1.wav", "recording_duration": "3", "digits": "hangup"}
        await caller.ask(action, {**sound, "status": "completed"})
        outcomes = [e.name for turn in await server.engine.store.journal("CA1") for e in turn.entries]
        assert "recorded" in outcomes
        record = await server.engine.store.load("CA1")
        assert record is not None
        assert record.ended


async def test_a_call_is_sent_to_another_flow_while_it_goes_on(tmp_path: Path) -> None:
    async with running(write_project(tmp_path, other=OTHER)) as (_, caller):
        await caller.begin()
        old = caller.action
        status, caller.document = await caller.ask("/telefonie/voice/other")
        assert (status, said(caller.document)) == (200, ["Another flow.", "Key?"])
        assert caller.action != old
        assert await caller.ask(old, {"digits": "1"}) == (200, caller.document)
        assert "<Hangup/>" in await caller.go_on(digits="5")


@pytest.mark.parametrize(
    ("status", "delay", "within", "expected"),
    [
        (200, 0, "1s", "It says yes."),
        (404, 0, "1s", "Unknown."),
        (500, 0, "1s", "No answer."),
        (200, 2, "200ms", "No answer."),
    ],
)
async def test_data_that_comes_in_time(tmp_path: Path, status: int, delay: float, within: str, expected: str) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(delay)
        return web.json_response({"text": "yes"}, status=status)

    async with web_server(answer) as url:
        root = write_project(tmp_path, fetcher=FETCH.format(url=url, timeout=within))
        async with running(root) as (_, caller):
            assert said(await caller.begin("fetcher")) == [expected]


async def test_a_document_leaves_before_slow_data(tmp_path: Path, settings: dict[str, object]) -> None:
    asked = 0

    async def answer(_request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.5)
        return web.json_response({"text": "late"})

    async with web_server(answer) as url:
        root = write_project(tmp_path, fetcher=FETCH.format(url=url, timeout="3s"))
        async with running(root, limits=Limits(answer=0.2), **settings) as (_, caller):
            document = await caller.begin("fetcher")
            for _ in range(10):
                if said(document):
                    break
                assert "<Redirect" in document
                document = await caller.go_on()
            assert said(document) == ["It says late."]
    assert asked == 1


async def test_prompts_are_heard_while_data_is_fetched(tmp_path: Path) -> None:

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="There.")

    async with (
        web_server(answer) as url,
        running(write_project(tmp_path, fetcher=WHILE.format(url=url))) as (_, caller),
    ):
        assert said(await caller.begin("fetcher")) == ["One moment."]
        assert said(await caller.go_on()) == ["There."]


async def test_a_flow_goes_on_after_its_caller_has_left(tmp_path: Path) -> None:
    seen = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/left":
            seen.set()
        return web.json_response({})

    async with (
        web_server(answer) as url,
        running(write_project(tmp_path, leaver=LEAVER.format(url=url))) as (server, caller),
    ):
        await caller.begin("leaver")
        assert await caller.over() == 204
        await asyncio.wait_for(seen.wait(), 2)
        for _ in range(100):
            record = await server.engine.store.load("CA1")
            if record is not None and record.ended:
                break
            await asyncio.sleep(0.01)
        assert record is not None
        assert record.ended


async def test_the_longest_time_of_a_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_project(tmp_path)
    (root / "flowengine.toml").write_text((root / "flowengine.toml").read_text() + '\n[limits]\nlength = "1s"\n')
    async with running(root, limits=Limits(sweep=0.05)) as (server, caller):
        await caller.begin()
        for _ in range(100):
            record = await server.engine.store.load("CA1")
            assert record is not None
            if record.ended:
                break
            await asyncio.sleep(0.05)
        assert record.ended
        names = [entry.name for turn in await server.engine.store.journal("CA1") for entry in turn.entries]
        assert names.count("length") == 1


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 400),
        (b"a=%ff%00&&&=", "application/x-www-form-urlencoded", 400),
        (b"call_id=", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"f%d=1" % n for n in range(1000)), "application/x-www-form-urlencoded", 400),
        (b"call_id=" + b"x" * 1_000_000, "application/x-www-form-urlencoded", 413),
        (b"{bad", "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b'{"call_id": "\xff"}', "application/json", 400),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 415),
        (b"<x/>", "application/xml", 415),
        (b"call_id=x", "text/plain; charset=nonsense", 415),
    ],
)
async def test_garbage_is_refused_with_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, body: bytes, kind: str, status: int
) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        with caplog.at_level(logging.INFO, "flowengine"):
            url = f"{server.url}/telefonie/voice"
            async with caller.client.post(url, data=body, headers={"Content-Type": kind}) as response:
                assert response.status == status
        assert len([record for record in caplog.records if record.name == "flowengine"]) == 1


async def test_a_bomb_is_refused(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
        bomb = gzip.compress(b"call_id=" + b"x" * 20_000_000)
        async with caller.client.post(f"{server.url}/telefonie/voice", data=bomb, headers=headers) as response:
            assert response.status in (400, 413)


async def test_any_fields_at_all_never_break_the_server(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    alphabet = ["\x00", "ÿ", "%", "&", "=", "+", "<", "'", '"', "\u202e", "😀", "1", "#", "*", "a", "\n", "{{", "}}"]

    def junk() -> str:
        return "".join(rng.choices(alphabet, k=rng.randint(0, 30)))

    names = ["call_id", "CallSid", "from", "to", "status", "digits", "speech", "direction", "arguments", "x" * 300]
    async with running(write_project(tmp_path)) as (server, caller):
        await caller.begin()
        for number in range(400):
            path = rng.choice(["/telefonie/voice", "/telefonie/voice/main", "/telefonie/status", caller.action])
            fields = {rng.choice(names): junk() for _ in range(rng.randint(0, 6))}
            if number % 3:
                fields["call_id"] = f"CX{number}"
            async with caller.client.post(server.url + path, data=fields) as response:
                assert response.status < 500
                await response.read()


async def test_an_unknown_flow_or_number_hears_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(write_project(tmp_path)) as (_, caller):
        for path, fields in (("/telefonie/voice/nope", {}), ("/telefonie/voice", {"to": "+15559999999"})):
            caplog.clear()
            with caplog.at_level(logging.INFO, "flowengine"):
                status, document = await caller.ask(path, fields)
            assert (status, said(document)) == (200, ["Sorry, please call again."])
            assert len(caplog.records) == 1
        status, document = await caller.ask("/telefonie/turn/x/CA404/3", {"digits": "1"})
        assert (status, said(document)) == (200, ["Sorry, please call again."])


async def test_webhooks_must_be_signed_where_a_secret_is_set(tmp_path: Path) -> None:
    carriers = {"telefonie": {"webhook_secret": "s3cret"}}
    async with running(write_project(tmp_path), carriers=carriers) as (server, caller):
        assert (await caller.ask("/telefonie/voice"))[0] == 403
        body = b"call_id=CA1&from=%2B15557650001&to=%2B15551230000"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Signature": sign("s3cret", int(server.engine.clock()), body),
        }
        async with caller.client.post(f"{server.url}/telefonie/voice", data=body, headers=headers) as response:
            assert response.status == 200
        async with caller.client.post(f"{server.url}/telefonie/voice", data=body + b"1", headers=headers) as response:
            assert response.status == 403


async def test_a_file_outside_the_audio_folder_is_never_served(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project")
    (root / "audio").mkdir()
    (root / "audio" / "a b.wav").write_bytes(b"RIFF")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (root / "audio" / "link.wav").symlink_to(tmp_path / "secret.wav")
    async with running(root) as (server, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        for path, status in [
            ("/media/a%20b.wav", b"200"),
            ("/media/link.wav", b"404"),
            ("/media/../flowengine.toml", b"404"),
            ("/media/..%2fflowengine.toml", b"404"),
            ("/media/%2e%2e/%2e%2e/secret.wav", b"404"),
            ("/media/%00", b"404"),
            ("/media//etc/passwd", b"404"),
        ]:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split()[1] == status, path
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(length)
        writer.close()


async def test_health(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        async with caller.client.get(f"{server.url}/health") as response:
            health = await response.json()
        assert (health["status"], health["ready"]) == ("ok", True)
        server.engine.draining = True
        async with caller.client.get(f"{server.url}/health/ready") as response:
            assert response.status == 503


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_sensitive_value_is_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = tmp_path / "calls.db"
    with caplog.at_level(logging.DEBUG):
        async with running(write_project(tmp_path), store=store) as (server, caller):
            await caller.begin()
            await caller.go_on(digits="1")
            await caller.go_on(digits="8421")
            turns = await server.engine.store.journal("CA1")
            record = await server.engine.store.load("CA1")
            kept = _everything(tmp_path)
    assert record is not None
    assert record.session.frames[0].variables["pin"] == "8421"
    assert b"CA1" in kept
    assert b"8421" not in kept
    assert "8421" not in caplog.text
    text = json.dumps([[entry.text, entry.data] for turn in turns for entry in turn.entries], default=str)
    assert "8421" not in text
    assert MASK in json.dumps([[e.data for e in turn.entries] for turn in turns], ensure_ascii=False)


async def test_the_store_away(tmp_path: Path) -> None:
    store = tmp_path / "calls.db"
    async with running(write_project(tmp_path), store=store, limits=Limits(store=0.3)) as (server, caller):
        await caller.begin()
        other = sqlite3.connect(store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        stalled = await caller.go_on(digits="1")
        assert "<Pause" in stalled
        async with caller.client.get(f"{server.url}/health") as response:
            assert (await response.json())["status"] == "degraded"
        other.execute("ROLLBACK")
        other.close()
        await asyncio.sleep(0.1)
        for _ in range(30):
            if said(caller.document):
                break
            await asyncio.sleep(0.1)
            await caller.go_on()
        assert said(caller.document) == ["Your PIN, please."]


async def test_a_session_client_is_closed(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, _):
        url = server.url
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(f"{url}/health")
