"""Several accounts at Telefonie: each has its keys, numbers, calls, conferences, recordings and money."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from flowengine.carriers.directory import EMBEDDED_KEYS
from flowengine.sandbox import Behaviour, NumberConfig, Sandbox, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig
from tests.sandbox.test_speko_calls import until

OURS, THEIRS, PHONE = "+15551230001", "+15551230002", "+15557650001"
VOICE = "/v1/voice"
Ask = Callable[..., Awaitable[tuple[int, Any]]]


@asynccontextmanager
async def two(**second: Any) -> AsyncIterator[tuple[Sandbox, Ask]]:
    """A carrier with two accounts, and what asks it with the key of one."""
    account = AccountConfig(keys=("second",), numbers=(THEIRS,), **second)
    config = SandboxConfig(
        numbers={number: NumberConfig(voice_url="http://127.0.0.1:9/voice") for number in (OURS, THEIRS)},
        telefonie=(account,),
        ordinary=Behaviour(after=0, talk=None),
        pace=0,
    )
    async with Sandbox(config) as sandbox, aiohttp.ClientSession() as session:

        async def ask(key: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
            headers = {"X-API-Key": key}
            async with session.request(method, f"{sandbox.url}{path}", json=body, headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)

        yield sandbox, ask


async def test_calls_are_those_of_who_placed_them() -> None:
    async with two() as (_, ask):
        _, first = await ask("sandbox", "POST", f"{VOICE}/calls", {"from": OURS, "to": PHONE})
        _, second = await ask("second", "POST", f"{VOICE}/calls", {"from": THEIRS, "to": PHONE})
        for key, own, other in (("sandbox", first, second), ("second", second, first)):
            assert [each["id"] for each in (await ask(key, "GET", f"{VOICE}/calls"))[1]["calls"]] == [own["id"]]
            assert (await ask(key, "GET", f"{VOICE}/calls/{other['id']}"))[0] == 404
            assert (await ask(key, "DELETE", f"{VOICE}/calls/{other['id']}"))[0] == 404
            assert (await ask(key, "POST", f"{VOICE}/calls/{other['id']}", {"status": "completed"}))[0] == 404
            assert (await ask(key, "DELETE", f"{VOICE}/calls/{own['id']}"))[0] == 204


async def test_a_call_to_a_number_is_its_accounts() -> None:
    async with two() as (sandbox, ask):
        handset = sandbox.network.place_call(PHONE, THEIRS)
        assert [each["id"] for each in (await ask("second", "GET", f"{VOICE}/calls"))[1]["calls"]] == [handset.leg.id]
        assert (await ask("sandbox", "GET", f"{VOICE}/calls"))[1]["calls"] == []


async def test_nobody_calls_with_anothers_number() -> None:
    async with two() as (_, ask):
        status, refused = await ask("sandbox", "POST", f"{VOICE}/calls", {"from": THEIRS, "to": PHONE})
        assert (status, refused["error"]["code"]) == (403, "not_your_number")


async def test_numbers_messages_and_conferences_are_apart() -> None:
    async with two() as (_, ask):
        for key, number in (("sandbox", OURS), ("second", THEIRS)):
            owned = (await ask(key, "GET", "/v1/numbers/owned"))[1]["numbers"]
            assert [each["phone_number"] for each in owned] == [number]
            text = {"from": number, "to": PHONE, "body": key}
            assert (await ask(key, "POST", "/v1/sms/messages", text))[0] == 201
            listed = (await ask(key, "GET", "/v1/sms/messages"))[1]["messages"]
            assert [each["body"] for each in listed] == [key]
        _, room = await ask("second", "POST", f"{VOICE}/conferences", {"friendly_name": "Monday"})
        assert (await ask("sandbox", "GET", f"{VOICE}/conferences"))[1]["conferences"] == []
        assert (await ask("sandbox", "GET", f"{VOICE}/conferences/{room['id']}/participants"))[0] == 404
        rooms = (await ask("second", "GET", f"{VOICE}/conferences"))[1]["conferences"]
        assert [each["id"] for each in rooms] == [room["id"]]


async def test_recordings_are_those_of_their_calls() -> None:
    async with two() as (sandbox, ask):
        call = {"from": THEIRS, "to": PHONE, "record": True}
        _, placed = await ask("second", "POST", f"{VOICE}/calls", call)
        leg = sandbox.exchange.calls[placed["id"]].leg
        await leg.until(lambda: leg.is_answered)
        leg.hang_up("phone")
        await until(lambda: sandbox.exchange.calls[placed["id"]].recording is not None)
        path = "/v1/recordings/recordings"
        [recording] = (await ask("second", "GET", path))[1]["recordings"]
        assert (await ask("sandbox", "GET", path))[1]["recordings"] == []
        for method in ("GET", "DELETE"):
            assert (await ask("sandbox", method, f"{path}/{recording['id']}"))[0] == 404
        assert (await ask("second", "DELETE", f"{path}/{recording['id']}"))[0] == 204


async def test_each_pays_for_its_own_and_is_stopped_for_itself() -> None:
    async with two(balance=Decimal("0.01"), per_minute=5) as (sandbox, ask):
        first, second = sandbox.accounts["telefonie"].all
        before = first.balance
        _, placed = await ask("second", "POST", f"{VOICE}/calls", {"from": THEIRS, "to": PHONE})
        leg = sandbox.exchange.calls[placed["id"]].leg
        await leg.until(lambda: leg.is_answered)
        await sandbox.clock.sleep(1.01)
        assert (await ask("second", "DELETE", f"{VOICE}/calls/{placed['id']}"))[0] == 204
        assert (second.balance, first.balance) == (0, before)
        status, refused = await ask("second", "POST", f"{VOICE}/calls", {"from": THEIRS, "to": PHONE})
        assert (status, refused["error"]["code"]) == (403, "insufficient_balance")
        assert (await ask("sandbox", "POST", f"{VOICE}/calls", {"from": OURS, "to": PHONE}))[0] == 201
        second.blocked = True
        assert (await ask("second", "GET", f"{VOICE}/calls"))[0] == 403
        second.blocked = False
        statuses = [(await ask("second", "GET", f"{VOICE}/calls"))[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await ask("sandbox", "GET", f"{VOICE}/calls"))[0] == 200


async def test_calls_at_other_carriers_are_not_telefonies() -> None:
    async with two() as (sandbox, ask), aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {EMBEDDED_KEYS['sms-voip']}"}
        body = {"to": PHONE, "from": "+15550111222"}
        async with session.post(f"{sandbox.url}/sms-voip/api/v1/voice/call", json=body, headers=headers) as answer:
            assert answer.status in (200, 201, 202), await answer.text()
        (call,) = sandbox.exchange.calls
        for key in ("sandbox", "second"):
            assert (await ask(key, "GET", f"{VOICE}/calls"))[1]["calls"] == []
            assert (await ask(key, "GET", f"{VOICE}/calls/{call}"))[0] == 404
