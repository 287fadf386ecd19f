"""Accounts of the embedded carrier: keys, limits, money, verification, and the control API that changes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from flowengine.sandbox import Sandbox, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig

CONFIG = SandboxConfig(
    sms_voip=(
        AccountConfig(keys=("a1", "a2"), per_minute=3),
        AccountConfig(keys=("b",), blocked=True),
        AccountConfig(keys=("c",), addresses=("192.0.2.1",)),
    ),
    finespeak=(AccountConfig(keys=("fa",), balance="0"), AccountConfig(keys=("fb",), delivery=0)),
    pace=0,
    seed=2,
)


class Api:
    """Requests to one embedded carrier."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self._session = session

    async def ask(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any, Any]:
        """A request; the status, the JSON and the headers of its answer."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with self._session.request(method, f"{self.sandbox.url}{path}", json=body, headers=headers) as response:
            return response.status, await response.json() if await response.read() else None, response.headers


@asynccontextmanager
async def api(config: SandboxConfig = CONFIG) -> AsyncIterator[Api]:
    async with Sandbox(config) as sandbox, aiohttp.ClientSession() as session:
        yield Api(sandbox, session)


@pytest.mark.parametrize(("key", "status"), [("", 401), ("nobody", 401), ("b", 403), ("c", 403), ("a1", 200)])
async def test_who_is_let_in(key: str, status: int) -> None:
    async with api() as at:
        assert (await at.ask("GET", "/sms-voip/api/v1/ping", key=key))[0] == status


async def test_rates_are_for_everybody() -> None:
    async with api() as at:
        assert (await at.ask("GET", "/sms-voip/api/v1/rates"))[0] == 200
        assert (await at.ask("GET", "/sms-voip/api/v1/status"))[0] == 401


async def test_the_limit_of_a_minute_is_that_of_the_account() -> None:
    async with api() as at:
        for key in ("a1", "a2", "a1"):
            assert (await at.ask("GET", "/sms-voip/api/v1/ping", key=key))[0] == 200
        status, body, headers = await at.ask("GET", "/sms-voip/api/v1/ping", key="a2")
        assert (status, body["error"]["code"]) == (429, "rate_limit")
        assert 1 <= int(headers["Retry-After"]) <= 60


async def test_the_documented_limit_is_the_default() -> None:
    assert SandboxConfig().sms_voip[0].per_minute == 120


async def test_accounts_do_not_see_each_others_things() -> None:
    async with api() as at:
        sent = {"from": "+15551230000", "to": "+15557650001", "body": "x"}
        assert (await at.ask("POST", "/finespeak/v1/messages", sent, key="fa"))[0] == 403
        assert (await at.ask("POST", "/finespeak/v1/messages", sent, key="fb"))[0] == 201
        assert (await at.ask("GET", "/finespeak/v1/messages", key="fa"))[1] == {"messages": []}
        assert len((await at.ask("GET", "/finespeak/v1/messages", key="fb"))[1]["messages"]) == 1


async def test_a_key_of_another_request_is_a_conflict_and_a_repeat_is_not() -> None:
    async with api(SandboxConfig(pace=0)) as at, aiohttp.ClientSession() as session:
        url = f"{at.sandbox.url}/sms-voip/api/v1/sms/send"
        headers = {"Authorization": "Bearer sk_test_sandbox", "Idempotency-Key": "msg-123-otp"}
        answers = []
        for text in ("Hi!", "Hi!", "Bye!"):
            async with session.post(url, json={"to": "+15557650001", "text": text}, headers=headers) as response:
                answers.append((response.status, await response.text()))
        assert answers[0] == answers[1]
        assert answers[0][0] == 200
        assert answers[2][0] == 409


async def test_the_control_api_changes_an_account_and_calls_and_writes_in() -> None:
    async with api() as at:
        changed = {"balance": "5.50", "blocked": False, "kyb": "rejected", "kyb_reason": "unreadable"}
        status, view, _ = await at.ask("PATCH", "/sandbox/accounts/speko", changed)
        assert (status, view["balance"], view["kyb"]) == (200, "5.50", "rejected")
        _, kyb, _ = await at.ask("GET", "/speko/v1/phone-numbers/kyb", key="sk_live_sandbox")
        assert (kyb["status"], kyb["submission"]["rejectionReason"]) == ("rejected", "unreadable")
        assert (await at.ask("GET", "/sandbox/accounts/nobody"))[0] == 404
        assert (await at.ask("PATCH", "/sandbox/accounts/speko", {"nonsense": 1}))[0] == 400
        assert (await at.ask("PUT", "/sandbox/phones/+4930*", {"does": "busy"}))[0] == 200
        assert at.sandbox.network.behaviour_of("+4930123").does == "busy"
        call = {"from": "+15557650001", "to": "+14155550199"}
        assert (await at.ask("POST", "/sandbox/calls", call))[0] == 201
        assert (await at.ask("POST", "/sandbox/messages", call | {"text": "x"}))[0] == 201
        assert (await at.ask("POST", "/sandbox/messages", call | {"to": "+1"}))[0] == 404


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"status": 429, "retry_after": 7}, 429), ({"status": 503, "carry_out": True}, 503), ({"status": 402}, 402)],
)
async def test_faults_are_for_the_requests_that_they_name(fault: dict[str, Any], status: int) -> None:
    async with api() as at:
        named = fault | {"carrier": "finespeak", "path": "/numbers", "method": "GET"}
        assert (await at.ask("POST", "/sandbox/faults", named))[0] == 201
        assert len((await at.ask("GET", "/sandbox/faults"))[1]["faults"]) == 1
        assert (await at.ask("GET", "/finespeak/v1/messages", key="fb"))[0] == 200
        got, _, headers = await at.ask("GET", "/finespeak/v1/numbers", key="fb")
        assert (got, headers.get("Retry-After")) == (status, "7" if status == 429 else None)
        assert (await at.ask("GET", "/finespeak/v1/numbers", key="fb"))[0] == 200
        await at.ask("POST", "/sandbox/faults", named)
        assert (await at.ask("DELETE", "/sandbox/faults"))[0] == 204
        assert (await at.ask("GET", "/finespeak/v1/numbers", key="fb"))[0] == 200


async def test_a_verification_goes_its_way() -> None:
    config = SandboxConfig(speko=(AccountConfig(keys=("sp",), kyb="missing", review=0),), pace=0)
    business: dict[str, Any] = {
        "legalName": "E",
        "displayName": "E",
        "entityType": "llc",
        "country": "US",
        "website": "https://e.com",
    }
    address = {"street": "1", "city": "B", "state": "MA", "postalCode": "0", "country": "US"}
    business |= {"address": address, "useCase": "u", "expectedUsage": "e"}
    body = {"businessProfile": business, "authorizedRepresentative": {"name": "A", "title": "D", "email": "a@e.com"}}
    base = "/speko/v1/phone-numbers"
    async with api(config) as at:
        status, error, _ = await at.ask("POST", base, {"e164": "+14155550100"}, "sp")
        assert (status, error["code"]) == (403, "KYB_REQUIRED")
        assert (await at.ask("POST", f"{base}/kyb/submit", body, "sp"))[0] == 400
        for _ in range(2):
            assert (await at.ask("PUT", f"{base}/kyb/draft", body, "sp"))[1]["status"] == "draft"
        handed_in = await at.ask("POST", f"{base}/kyb/submit", body | {"attestationAccepted": True}, "sp")
        assert handed_in[0] == 200
        await at.sandbox.clock.sleep(0.05)
        assert (await at.ask("GET", f"{base}/kyb", key="sp"))[1]["status"] == "approved"
        assert (await at.ask("PUT", f"{base}/kyb/draft", body, "sp"))[0] == 409
        assert (await at.ask("POST", base, {"e164": "+14155550100"}, "sp"))[0] == 200
        await at.ask("PATCH", "/sandbox/accounts/speko", {"balance": "0", "kyb": "approved"})
        assert (await at.ask("POST", base, {"e164": "+14155550101"}, "sp"))[0] == 402
        await at.ask("PATCH", "/sandbox/accounts/speko", {"kyb": "revoked"})
        assert (await at.ask("GET", f"{base}/available", key="sp"))[0] == 403


FORMS = {
    "finespeak": ("/finespeak/v1", "/numbers", "/calls", "/calls/CA0"),
    "sms-voip": ("/sms-voip/api/v1", "/ping", "/sms/send", None),
    "speko": ("/speko", "/v1/phone-numbers", "/v1/sessions/phone", "/v1/calls/CA0"),
}
"""Of each carrier: its base, something to read, something to create, and something that is not there."""


@pytest.mark.parametrize("name", FORMS)
async def test_each_carrier_refuses_in_its_own_form(name: str) -> None:
    base, read, create, missing = FORMS[name]
    account = AccountConfig(keys=("k",), per_minute=4)
    config = SandboxConfig(finespeak=(account,), sms_voip=(account,), speko=(account,), pace=0)

    def code(body: Any) -> str:
        if name == "speko":
            assert set(body) == {"error", "code"}
            return str(body["code"]).lower()
        assert set(body) == {"error"}
        return str(body["error"]["code"])

    async with api(config) as at:
        for key in ("", "nobody"):
            status, body, _ = await at.ask("GET", f"{base}{read}", key=key)
            assert (status, code(body)) == (401, "unauthorized")
        assert (await at.ask("GET", f"{base}{read}", key="k"))[0] == 200
        status, body, _ = await at.ask("POST", f"{base}{create}", {"from": "+14155551234"}, "k")
        assert (status, code(body)) == (400, "validation_error" if name == "speko" else "invalid_request")
        if name != "speko":
            assert body["error"]["param"] == "to"
        if missing is not None:
            status, body, _ = await at.ask("GET", f"{base}{missing}", key="k")
            assert (status, code(body)) == (404, "not_found")
        for _ in range(4):
            status, body, headers = await at.ask("GET", f"{base}{read}", key="k")
        assert (status, code(body)) == (429, "rate_limit")
        assert 1 <= int(headers["Retry-After"]) <= 60
        await at.ask("PATCH", f"/sandbox/accounts/{name}", {"blocked": True})
        assert (await at.ask("GET", f"{base}{read}", key="k"))[0] == 403
