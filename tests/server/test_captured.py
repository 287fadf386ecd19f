"""A webhook that somebody has seen on its way, with its signature, and sends to another URL of ours."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from yarl import URL

from flowengine.carriers.signature import sign
from flowengine.server.serving import Server
from tests.server.stage import Caller, running, said, write_project

SECRET = "s3cret"
CARRIERS = {"telefonie": {"webhook_secret": SECRET}}
OTHER = """
flow other(name="nobody"):
    on failed:
        hangup

start:
    say "Another flow, {{ name }}."
    gather x digits=1:
        say "Key?"
    say "{{ x }}"
    hangup
"""
ADA = "arguments=" + quote('{"name":"Ada"}')
FORM = "application/x-www-form-urlencoded"


async def post(server: Server, caller: Caller, target: str, body: bytes, signature: str) -> tuple[int, str]:
    """A request with a body, and the signature given."""
    headers = {"Content-Type": FORM, "X-Signature": signature}
    target = target.removeprefix(server.url)
    async with caller.client.post(f"{server.url}{target}", data=body, headers=headers) as response:
        return response.status, await response.text()


def signed(server: Server, **fields: str) -> tuple[bytes, str]:
    """A body about the call, and its signature."""
    body = urlencode({"call_id": "CA1", "from": "+15557650001", "to": "+15551230000", **fields}).encode()
    return body, sign(SECRET, int(server.engine.clock()), body)


async def get(server: Server, caller: Caller, target: str, fields: Mapping[str, str]) -> tuple[int, str]:
    """A request without a body: the signature covers its URL."""
    target = f"{target}{'&' if '?' in target else '?'}{urlencode(fields)}"
    headers = {"X-Signature": sign(SECRET, int(server.engine.clock()), target.encode())}
    async with caller.client.get(URL(server.url + target, encoded=True), headers=headers) as response:
        return response.status, await response.text()


async def test_a_captured_body_moves_no_call(tmp_path: Path) -> None:
    async with running(write_project(tmp_path, other=OTHER), carriers=CARRIERS) as (server, caller):
        status, caller.document = await post(server, caller, "/telefonie/voice", *signed(server, status="ringing"))
        assert (status, said(caller.document)[0]) == (200, "Welcome, you.")
        captured = [signed(server, status=state) for state in ("ringing", "in-progress", "completed")]
        for body, signature in captured:
            for target in ("/telefonie/voice/other", f"/telefonie/voice/other?{ADA}", "/telefonie/voice?to=%2B1555"):
                _, document = await post(server, caller, target, body, signature)
                assert "Another flow" not in document, target
        # The call is where it was, and what a query says is not taken for what the caller has pressed.
        body, signature = signed(server, status="in-progress", digits="1")
        _, document = await post(server, caller, f"{caller.action}?digits=3", body, signature)
        assert said(document) == ["Your PIN, please."]


async def test_a_signed_url_moves_a_call(tmp_path: Path) -> None:
    async with running(write_project(tmp_path, other=OTHER), carriers=CARRIERS) as (server, caller):
        await post(server, caller, "/telefonie/voice", *signed(server, status="ringing"))
        fields = {"call_id": "CA1", "status": "in-progress"}
        status, document = await get(server, caller, f"/telefonie/voice/other?{ADA}", fields)
        assert (status, said(document)) == (200, ["Another flow, Ada.", "Key?"])


async def test_a_call_begins_in_the_flow_of_its_url(tmp_path: Path) -> None:
    async with running(write_project(tmp_path, other=OTHER), carriers=CARRIERS) as (server, caller):
        begins = signed(server, status="ringing")
        status, document = await post(server, caller, "/telefonie/voice/other", *begins)
        assert (status, said(document)) == (200, ["Another flow, nobody.", "Key?"])
        assert await post(server, caller, "/telefonie/voice/other", *begins) == (200, document)


async def test_deep_bodies_are_refused(tmp_path: Path) -> None:
    async with running(write_project(tmp_path, other=OTHER)) as (server, caller):
        for levels in (40, 980, 1000, 10_000):
            deep = "[" * levels + "]" * levels
            text = f'{{"call_id":"q","x":{deep}}}'
            async with caller.client.post(
                f"{server.url}/telefonie/voice", data=text, headers={"Content-Type": "application/json"}
            ) as response:
                assert response.status == 400, levels
            status, _ = await caller.ask("/telefonie/voice/other", {"arguments": f'{{"name":{deep}}}'})
            assert status == 400, levels
