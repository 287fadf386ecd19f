"""What carriers tell beside the calls of flows: from the embedded carrier over HTTP, through the server, to the
project's own webhook, once each."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from flowengine.carriers import connect
from flowengine.carriers.client import CarrierClient
from flowengine.carriers.listening import LISTENING
from flowengine.carriers.models import CallState
from flowengine.carriers.signature import sign
from flowengine.carriers.speko.signature import sign as sign_standard
from flowengine.carriers.voipbin.signature import sign as sign_body
from flowengine.runtime.limits import Limits
from flowengine.runtime.noticing import calls_of, messages_of
from flowengine.runtime.store import Store, StoreError
from flowengine.sandbox import Behaviour, Sandbox, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig
from flowengine.sandbox.voipbin.config import VoipbinAccount
from flowengine.server.serving import Server, Setup, serve
from tests.runtime.web import web_server
from tests.server.stage import CONFIG, MAIN

LINE, SPEKO_LINE, PHONE = "+15551230000", "+14155550199", "+15557650001"
SECRET, WHSEC = "s3", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TABLES = {
    "finespeak": {"webhook_secret": SECRET, "webhook_token": "tok"},
    "sms-voip": {"webhook_secret": [SECRET]},
    "speko": {"webhook_secret": WHSEC},
    "voipbin": {"webhook_secret": SECRET, "signature": "required", "token": "t"},
    "telefonie": {"webhook_secret": SECRET},
}


@dataclass
class Own:
    """The project's own webhook."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.events.append(await request.json())
        self.keys.append(request.headers["Idempotency-Key"])
        return web.Response(status=204)


@asynccontextmanager
async def listening(root: Path, tables: dict[str, Any], **settings: Any) -> AsyncIterator[tuple[Server, Own]]:
    """A server whose project has these carriers, and the project's own webhook."""
    own = Own()
    async with web_server(own.handle) as url:
        own.url = url
        (root / "flows").mkdir()
        (root / "flows" / "main.flow").write_text(MAIN, "utf-8")
        settings.setdefault("insecure", False)
        settings.setdefault("limits", Limits(sweep=0.05))
        (root / "flowengine.toml").write_text(f'{CONFIG}\n[events]\nurl = "{url}/events"\n', "utf-8")
        setup = Setup(root, port=0, carriers=tables, public_url="http://127.0.0.1:1", **settings)
        async with serve(setup) as server:
            yield server, own


async def until(there: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(400):
        if there():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it has not come")


def sandbox_of(url: str) -> SandboxConfig:
    """An embedded carrier whose accounts tell the server what happens."""
    return SandboxConfig(
        finespeak=(
            AccountConfig(
                keys=("fs_sandbox",),
                numbers=(LINE,),
                webhook_url=f"{url}/finespeak/events?token=tok",
                webhook_secret=SECRET,
                delivery=0,
            ),
        ),
        sms_voip=(
            AccountConfig(
                keys=("sk_test_sandbox",), webhook_url=f"{url}/sms-voip/events", webhook_secret=SECRET, delivery=0
            ),
        ),
        speko=(
            AccountConfig(
                keys=("sk_live_sandbox",),
                numbers=(SPEKO_LINE,),
                agents=("agent_sandbox",),
                webhook_url=f"{url}/speko/events",
                webhook_secret=WHSEC,
            ),
        ),
        voipbin=VoipbinAccount(webhook_uri=f"{url}/voipbin/events", webhook_secret=SECRET, numbers={LINE: []}),
        ordinary=Behaviour(after=0, talk=0.1),
        pace=0,
        seed=3,
    )


async def message(client: CarrierClient, _url: str) -> str:
    return (await client.send_message(PHONE, "Your table is ready.", sender=LINE)).id


async def told_message(client: CarrierClient, url: str) -> str:
    callback = f"{url}/telefonie/events"
    return (await client.send_message(PHONE, "Your table is ready.", sender=LINE, callback_url=callback)).id


async def call(client: CarrierClient, _url: str) -> str:
    sender = SPEKO_LINE if client.name == "speko" else LINE
    return (await client.place_call(PHONE, sender=sender)).id


@pytest.mark.parametrize(
    ("name", "do", "last"),
    [
        ("finespeak", message, "delivered"),
        ("finespeak", call, CallState.COMPLETED),
        ("sms-voip", message, "delivered"),
        ("sms-voip", call, CallState.COMPLETED),
        ("speko", call, CallState.COMPLETED),
        ("voipbin", message, "delivered"),
        ("telefonie", told_message, "delivered"),
    ],
)
async def test_it_is_kept_and_handed_on_once(
    name: str, do: Callable[[CarrierClient, str], Awaitable[str]], last: str, tmp_path: Path
) -> None:
    # The embedded Telefonie signs nothing, so there it is heard without.
    tables = {name: {} if name == "telefonie" else TABLES[name]}
    insecure = name == "telefonie"
    async with listening(tmp_path, tables, insecure=insecure) as (server, own), Sandbox(sandbox_of(server.url)) as net:
        async with connect(name, sandbox=net.url) as client:
            about = await do(client, server.url)
        kind = "call" if isinstance(last, CallState) else "message"

        def state(event: dict[str, Any]) -> str:
            told = event["data"][kind] or {}
            return str(told.get("state") or told.get("status", ""))

        await until(lambda: any(state(event) == last for event in own.events))
        assert {event["name"] for event in own.events} == {"carrier.notice"}
        assert {event["data"]["carrier"] for event in own.events} == {name}
        assert {event["data"][kind]["id"] for event in own.events if event["data"][kind]} == {about}
        assert len(set(own.keys)) == len(own.keys)
        told = await server.engine.store.noted(name)
        if isinstance(last, CallState):
            assert [(each.id, each.state) for each in calls_of(told)] == [(about, last)]
        else:
            assert [(each.id, each.status) for each in messages_of(told)] == [(about, last)]


BODIES = {
    "finespeak": {"event": "message.delivered", "timestamp": "2026-01-12T20:15:00Z", "data": {"message_id": "SM1"}},
    "sms-voip": {"event": "delivery_report", "message_id": "msg_1", "status": "delivered", "cost": 0.006},
    "speko": {"type": "call.status", "data": {"call_id": "s1", "status": "completed"}},
    "voipbin": {"type": "message_updated", "data": {"id": "m1", "text": "hello", "targets": [{"status": "sent"}]}},
    "telefonie": {"message_id": "SM1", "status": "delivered", "to": PHONE},
}


def headers(name: str, body: bytes, at: float, secret: str | None = None) -> dict[str, str]:
    """What a carrier signs a webhook with."""
    match name:
        case "speko":
            signed = sign_standard(secret or WHSEC, "evt_1", int(at), body)
            return {"webhook-id": "evt_1", "webhook-timestamp": str(int(at)), "webhook-signature": signed}
        case "voipbin":
            return {"X-VoIPBIN-Signature": sign_body(secret or SECRET, body)}
        case _:
            return {"X-Signature": sign(secret or SECRET, int(at), body)}


@asynccontextmanager
async def posting(root: Path, name: str, **settings: Any) -> AsyncIterator[tuple[Server, Own, Callable[..., Any]]]:
    """A server, and what posts to the webhook of a carrier."""
    async with listening(root, {name: TABLES[name]}, **settings) as (server, own), aiohttp.ClientSession() as session:

        async def post(body: bytes, signed: dict[str, str], query: str = "?token=tok") -> int:
            sent = {"Content-Type": "application/json", **signed}
            async with session.post(f"{server.url}/{name}/events{query}", data=body, headers=sent) as answer:
                return answer.status

        yield server, own, post


@pytest.mark.parametrize("name", list(LISTENING))
async def test_what_is_not_signed_or_no_notice_is_refused_and_a_repeat_is_answered(name: str, tmp_path: Path) -> None:
    body = json.dumps(BODIES[name]).encode()
    async with posting(tmp_path, name) as (server, own, post):
        now = server.engine.clock()
        assert await post(body, {}) == 403
        assert await post(body, headers(name, body, now, "other")) == 403
        assert await post(body + b" ", headers(name, body, now)) == 403
        for wrong in (b"[]", b"{", b"{}"):
            assert await post(wrong, headers(name, wrong, now)) == 400
        assert await server.engine.store.noted(name) == []
        assert [await post(body, headers(name, body, now)) for _ in range(3)] == [204, 204, 204]
        await until(lambda: len(own.events) == 1)
        await server.engine.sweep()
        assert len(own.events) == 1
        assert len(await server.engine.store.noted(name)) == 1


async def test_finespeaks_token_is_asked_for_beside_the_signature(tmp_path: Path) -> None:
    body = json.dumps(BODIES["finespeak"]).encode()
    async with posting(tmp_path, "finespeak") as (server, _, post):
        signed = headers("finespeak", body, server.engine.clock())
        assert await post(body, signed, "?token=guess") == 403
        assert await post(body, signed, "") == 403
        assert await post(body, signed) == 204


async def test_an_old_signature_is_refused(tmp_path: Path) -> None:
    body = json.dumps(BODIES["sms-voip"]).encode()
    async with posting(tmp_path, "sms-voip") as (server, _, post):
        assert await post(body, headers("sms-voip", body, server.engine.clock() - 301)) == 403


@pytest.mark.parametrize("name", ["finespeak", "sms-voip", "speko"])
async def test_a_carrier_that_nobody_can_verify_is_not_heard(name: str, tmp_path: Path) -> None:
    async with listening(tmp_path, {name: {}}) as (server, _), aiohttp.ClientSession() as session:
        for body in (b"{}", json.dumps(BODIES[name]).encode()):
            async with session.post(f"{server.url}/{name}/events", data=body) as answer:
                assert answer.status == 404


class Away:
    """A store that keeps no notices for a while."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def note(self, *what: Any) -> bool:
        if self.away:
            raise StoreError("it is away")
        return await self._store.note(*what)


async def test_while_it_cannot_be_kept_the_carrier_is_asked_to_send_it_again(tmp_path: Path) -> None:
    stores: list[Away] = []

    def wrap(store: Store) -> Any:
        stores.append(Away(store))
        return stores[0]

    body = json.dumps(BODIES["sms-voip"]).encode()
    async with posting(tmp_path, "sms-voip", wrap=wrap) as (server, own, post):
        signed = headers("sms-voip", body, server.engine.clock())
        assert await post(body, signed) == 503
        stores[0].away = False
        assert await post(body, signed) == 204
        await until(lambda: len(own.events) == 1)


async def test_late_news_change_no_state_that_is_final(tmp_path: Path) -> None:
    rows = [("completed", "2026-01-12T20:15:03Z"), ("initiated", "2026-01-12T20:15:00Z"), ("answered", None)]
    async with posting(tmp_path, "finespeak") as (server, _, post):
        for status, at in rows:
            data = {"call_id": "CA1", "from": LINE, "to": PHONE, "status": status, "answered_at": at}
            body = json.dumps({"event": f"call.{status}", "timestamp": at, "data": data}).encode()
            assert await post(body, headers("finespeak", body, server.engine.clock())) == 204
        (known,) = calls_of(await server.engine.store.noted("finespeak"))
        assert (known.state, known.sender, known.to) == (CallState.COMPLETED, LINE, PHONE)
