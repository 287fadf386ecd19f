"""VoIPBIN's WebSocket followed: subscribed to, read in both shapes, with a key and with a login."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from flowengine.carriers.voipbin.topics import Told, read, topic
from flowengine.runtime.topics import follow
from tests.sandbox.voipbin_stage import KEY, action, stage


@pytest.mark.parametrize("login", [False, True])
async def test_the_calls_of_an_account_are_followed(login: bool) -> None:
    async with stage() as all_of_it:
        account = all_of_it.sandbox.voipbin.account
        settings: Mapping[str, Any] = {"base_url": f"{all_of_it.sandbox.url}/v1.0", **KEY}
        if login:
            known = account.config
            settings = {"base_url": settings["base_url"], "username": known.username, "password": known.password}
        async with follow(settings, [topic(account.id, "call")]) as told:
            await asyncio.sleep(0.1)  # it subscribes as soon as it is read; nothing tells that it has
            await all_of_it.ask("POST", "/flows", {"name": "f", "detail": "", "actions": []})
            await all_of_it.call(action("hangup"))
            async with asyncio.timeout(10):
                kinds = []
                async for one in told:
                    kinds.append(one.type)
                    if one.type == "call_hangup":
                        break
    assert kinds[0] == "call_created"
    assert {kind.partition("_")[0] for kind in kinds} == {"call"}


async def test_a_wrong_key_is_refused() -> None:
    async with stage() as all_of_it:
        settings = {"base_url": f"{all_of_it.sandbox.url}/v1.0", "accesskey": "wrong"}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with follow(settings, [topic("any")]):
                pass
        assert refused.value.status == 401


def test_topics() -> None:
    assert topic("c") == "customer_id:c"
    assert topic("c", "call") == "customer_id:c:call"
    assert topic("c", "call", "1") == "customer_id:c:call:1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"type": "call_hangup", "data": {"id": "1"}}', Told("call_hangup", {"id": "1"})),
        ('{"id": "1", "type": "flow"}', Told("", {"id": "1", "type": "flow"})),
        ('{"type": "call_hangup", "data": 3}', None),
        ("[]", None),
        ("{", None),
        ("[" * 2000, None),
    ],
)
def test_what_is_told_is_read_in_either_shape(text: str, told: Told | None) -> None:
    assert read(text) == told
