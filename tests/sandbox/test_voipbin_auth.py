"""The logins of the embedded VoIPBIN, which lie beside its API: each operation with what it answers."""

from typing import Any

import pytest

from tests.sandbox.voipbin_stage import KEY, stage

TOKEN = "0" * 64
CASES: dict[str, list[tuple[Any, int, str]]] = {
    "POST /auth/boot": [({"direct_hash": "x"}, 400, "unknown"), ({}, 400, "direct_hash")],
    "POST /auth/email-verify": [({"token": TOKEN}, 400, "unknown"), ({}, 400, "token")],
    "POST /auth/password-forgot": [({"username": "ada@example.com"}, 200, ""), ({"username": "ada"}, 400, "address")],
    "GET /auth/password-reset": [(f"?token={TOKEN}", 200, "New password"), ("", 400, "token")],
    "POST /auth/password-reset": [({"token": TOKEN, "password": "long enough"}, 400, "unknown"), ({}, 400, "token")],
    "POST /auth/signup": [
        ({"email": "ada@example.com", "accepted_tos": False}, 400, "not accepted"),
        ({"email": "ada@example.com", "accepted_tos": True}, 400, "takes no others"),
        ({"accepted_tos": True}, 400, "email"),
    ],
    "POST /auth/unregister": [({"confirmation_phrase": "delete"}, 200, "frozen"), ({"immediate": "yes"}, 400, "")],
    "DELETE /auth/unregister": [(None, 200, "active")],
}
"""By operation: a body or a query, the status, and what the answer says."""


@pytest.mark.parametrize("operation", CASES)
async def test_an_operation_beside_the_api_is_as_documented(operation: str) -> None:
    method, path = operation.split()
    async with stage() as all_of_it:
        for given, status, says in CASES[operation]:
            url = f"{all_of_it.sandbox.url}{path}{given if isinstance(given, str) else ''}"
            params = KEY if path.endswith("unregister") else {}
            json = given if isinstance(given, dict) else None
            async with all_of_it.client.request(method, url, json=json, params=params) as answer:
                text = await answer.text()
                assert (answer.status, says in text) == (status, True), text


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_who_leaves_or_stays_needs_a_key(method: str) -> None:
    async with stage() as all_of_it:
        url = f"{all_of_it.sandbox.url}/auth/unregister"
        async with all_of_it.client.request(method, url, json={}) as answer:
            assert answer.status == 401
