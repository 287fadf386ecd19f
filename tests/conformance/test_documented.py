"""What the carriers document beside their operations: keys, statuses, the bodies of errors, events, pages.

Each is served by the embedded carrier and read by our clients, by its name."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from flowengine.carriers import connect
from flowengine.carriers.directory import EMBEDDED_KEYS
from flowengine.carriers.errors import KINDS, CarrierError, OutcomeUnknownError
from flowengine.carriers.sms_voip import client as sms_voip
from flowengine.carriers.speko import client as speko
from flowengine.carriers.telefonie import client as telefonie
from flowengine.carriers.voipbin import client as voipbin
from flowengine.sandbox.faults import Fault
from tests.conformance.carriers import NAMES, PHONE, Set, carrier
from tests.conformance.test_making_happen import READING
from tests.conformance.test_vocabulary import ASK, until
from tests.runtime.web import web_server

KEY_AT = {
    "telefonie": "X-API-Key",
    "voipbin": "?accesskey",
    "finespeak": "Authorization: Bearer",
    "sms-voip": "Authorization: Bearer",
    "speko": "Authorization: Bearer",
}
"""Where each carrier wants its key."""

STATUSES: dict[str, tuple[int, ...]] = {
    "telefonie": (404,),
    "voipbin": (400, 401, 402, 403, 404, 409, 429, 500, 503),
    "finespeak": (400, 401, 403, 404, 429, 500),
    "sms-voip": (400, 401, 403, 429, 500),
    "speko": (400, 401, 402, 404, 409, 429),
}
"""The refusals that each carrier documents."""

BASES = {
    "telefonie": ("/v1/voice/calls", "/v1/voice/calls/CA0"),
    "voipbin": ("/v1.0/calls", "/v1.0/calls/7c4d2f3a-1b80-45f5-b495-3c9ee0000000"),
    "finespeak": ("/finespeak/v1/numbers", "/finespeak/v1/calls/CA0"),
    "sms-voip": ("/sms-voip/api/v1/ping", "/sms-voip/api/v1/nothing"),
    "speko": ("/speko/v1/phone-numbers", "/speko/v1/calls/CA0"),
}
"""Of each carrier: something to read, and something that is not there."""

WORDS = {"code": "because_of_this", "message": "For a reason."}
REFUSED = [(name, status) for name, statuses in STATUSES.items() for status in statuses]


def keyed(name: str, key: str | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query with a key, the embedded carrier's unless given."""
    value = EMBEDDED_KEYS[name] if key is None else key
    match KEY_AT[name]:
        case "X-API-Key":
            return {"X-API-Key": value}, {}
        case "?accesskey":
            return {}, {"accesskey": value}
        case _:
            return {"Authorization": f"Bearer {value}"}, {}


async def ask(at: Set, path: str, key: str | None = None) -> tuple[int, Any, dict[str, str]]:
    """A request by hand: its status, body and headers."""
    headers, query = keyed(at.name, key)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{at.sandbox.url}{path}", headers=headers, params=query) as answer,
    ):
        return answer.status, await answer.json(content_type=None), dict(answer.headers)


def says(name: str, body: Any) -> tuple[str, str]:
    """The code and the words of an error in the form that a carrier documents, and in no other."""
    if name == "speko":
        assert set(body) == {"error", "code"}
        return str(body["code"]), str(body["error"])
    assert set(body) == {"error"}
    inner = body["error"]
    if name == "voipbin":
        assert set(inner) >= {"status", "reason", "message"}
        return str(inner["reason"]), str(inner["message"])
    assert set(inner) in ({"code", "message"}, {"code", "message", "param"})
    return str(inner["code"]), str(inner["message"])


@pytest.mark.parametrize("name", NAMES)
async def test_the_key_goes_where_it_is_documented(name: str) -> None:
    asked: list[web.Request] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request)
        return web.json_response({})

    async with web_server(handle) as url, connect(name, sandbox=url) as client:
        with suppress(OutcomeUnknownError):  # not every carrier's list may be empty
            await ASK[READING[name]](client)
    headers, query = keyed(name)
    assert {each: asked[0].headers.get(each) for each in headers} == headers
    assert dict(asked[0].query.items()) | query == dict(asked[0].query.items())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["", "another"], ids=["none", "another"])
async def test_who_has_no_key_is_not_let_in(name: str, key: str) -> None:
    async with carrier(name) as at:
        assert (await ask(at, BASES[name][0]))[0] == 200
        status, body, _ = await ask(at, BASES[name][0], key)
        assert status == 401
        assert says(name, body)[1]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_not_there_is_404_in_the_carriers_own_form(name: str) -> None:
    async with carrier(name) as at:
        status, body, _ = await ask(at, BASES[name][1])
        assert status == 404
        assert says(name, body)[1]


@pytest.mark.parametrize(("name", "status"), REFUSED)
async def test_a_documented_status_is_served_in_the_carriers_own_form(name: str, status: int) -> None:
    async with carrier(name) as at:
        at.sandbox.faults.add(Fault(carrier=name, status=status, retry_after=7 if status == 429 else None, **WORDS))
        got, body, headers = await ask(at, BASES[name][0])
        code, words = says(name, body)
        assert (got, code.lower(), words) == (status, WORDS["code"], WORDS["message"])
        assert headers.get("Retry-After") == ("7" if status == 429 else None)


@pytest.mark.parametrize(("name", "status"), REFUSED)
async def test_a_documented_status_is_read_as_what_it_is(name: str, status: int) -> None:
    async with carrier(name) as at:
        again = {"retry_after": 0, "times": None} if status in (429, 503) else {}
        at.sandbox.faults.add(Fault(carrier=name, status=status, **WORDS, **again))
        with pytest.raises(CarrierError, match=r"For a reason\.") as refused:
            await ASK[READING[name]](at.client)
        assert type(refused.value) is KINDS.get(status, CarrierError)
        assert (refused.value.status, refused.value.code.lower()) == (status, WORDS["code"])


EVENT_FIELDS = {
    "finespeak": {
        "message.received": {"message_id", "from", "to", "body", "status"},
        "message.delivered": {"message_id"},
        "call.initiated": {"call_id"},
        "call.answered": {"call_id"},
        "call.completed": {"call_id"},
    },
    "sms-voip": {"delivery_report": {"event", "message_id", "status", "delivered_at", "cost"}},
    "speko": {"call.status": {"sessionId", "status"}, "call.report": {"session_id", "summary", "outcome"}},
}
"""The fields of each event that are documented, or in the vendor's other material."""


@pytest.mark.parametrize(
    ("name", "event"), [(name, event) for name, events in EVENT_FIELDS.items() for event in events]
)
async def test_an_event_has_its_documented_fields(name: str, event: str) -> None:
    async with carrier(name) as at:
        if event.startswith("call."):
            call = await at.client.place_call(PHONE, sender=at.line)
            leg = at.sandbox.accounts[name].all[0].calls[call.id].leg
            await leg.until(lambda: leg.is_answered)
            leg.hang_up("phone")
        elif event == "message.received":
            at.sandbox.post.deliver(PHONE, at.line, "hello yourself")
        else:
            await at.client.send_message(PHONE, "hello", sender=at.line)

        def found() -> list[dict[str, Any]]:
            bodies = [json.loads(body) for _, body in at.hook.bodies]
            return [body for body in bodies if body.get("event", body.get("type")) == event]

        async def there() -> bool:
            return bool(found())

        await until(there)
        body = found()[0]
        if name == "sms-voip":
            assert set(body) == EVENT_FIELDS[name][event]
            return
        assert set(body) == {"event" if name == "finespeak" else "type", "timestamp", "data"}
        assert set(body["data"]) >= EVENT_FIELDS[name][event]


@pytest.mark.parametrize(
    ("name", "module"), [("telefonie", telefonie), ("voipbin", voipbin), ("sms-voip", sms_voip), ("speko", speko)]
)
async def test_lists_come_in_pages_and_are_read_to_their_end(
    name: str, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 2)
    async with carrier(name) as at:
        placed = []
        for _ in range(5):
            placed.append((await at.client.place_call("+15557659901", sender=at.line)).id)
            await asyncio.sleep(0.002)  # some carriers tell pages apart by their times
        assert [call.id for call in await at.client.list_calls(limit=50)] == placed[::-1]
        assert [call.id for call in await at.client.list_calls(limit=3)] == placed[:1:-1]


async def test_finespeaks_list_of_messages_takes_a_limit_and_has_no_pages() -> None:
    async with carrier("finespeak") as at:
        for text in ("one", "two", "three"):
            await at.client.send_message(PHONE, text, sender=at.line)
        assert [each.text for each in await at.client.list_messages(limit=2)] == ["three", "two"]
