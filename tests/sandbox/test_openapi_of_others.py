"""FineSpeak, sms-voip, Speko and Telefonie's siblings against their OpenAPI files, by made-up requests."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    status_code_conformance,
)

from flowengine.sandbox import NumberConfig, Sandbox, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig

FOLDER = Path(__file__).parents[1] / "data" / "openapi"


def of(name: str) -> Any:
    return schemathesis.openapi.from_path(FOLDER / name)


finespeak = of("finespeak.yml")
sms_voip = of("sms-voip.yml")
# Callbacks, usage, streams and the record of deliveries are nothing that calls, numbers or verification need.
speko = of("speko.json").exclude(
    path_regex=r"callbacks|webhook-deliveries|ledger|usage|organization|stream|web-join|finalize"
)
telefonie_sms = of("telefonie-sms.yml")
telefonie_numbers = of("telefonie-numbers.yml")
telefonie_recording = of("telefonie-recording.yml")

KEYS = {
    "finespeak": {"Authorization": "Bearer fs"},
    "sms-voip": {"Authorization": "Bearer sv"},
    "speko": {"Authorization": "Bearer sp"},
    "telefonie": {"X-API-Key": "sandbox"},
}
# Refusals that the files leave out, or put under `default`: invalid, unauthorised, no money, not allowed, not found, no
# such method, too late, not JSON.
REFUSALS = {400, 401, 402, 403, 404, 405, 409, 415}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The carrier in a thread of its own, since schemathesis blocks the one that it runs in."""
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    addresses: list[str] = []
    config = SandboxConfig(
        numbers={"+15551230000": NumberConfig(voice_url="http://127.0.0.1:9/voice")},
        finespeak=(AccountConfig(keys=("fs",), numbers=("+14155550190",)),),
        sms_voip=(AccountConfig(keys=("sv",)),),
        speko=(AccountConfig(keys=("sp",), numbers=("+14155550199",), agents=("agent_sandbox",)),),
        pace=0,
        keep=500,
        seed=5,
    )

    async def serve() -> None:
        async with Sandbox(config) as sandbox:
            addresses.append(sandbox.url)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(10)
    yield addresses[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


def check(case: schemathesis.Case, base_url: str, carrier: str, *more: Any) -> None:
    """One made-up request: answered as documented, or refused in the carrier's own form. `more` are checks to leave."""
    response = case.call_and_validate(
        base_url=base_url,
        headers=KEYS[carrier],
        excluded_checks=[status_code_conformance, ignored_auth, negative_data_rejection, *more],
    )
    documented = {int(status) for status in case.operation.definition.raw["responses"] if status.isdigit()}
    assert response.status_code in documented | REFUSALS
    if response.status_code >= 400:
        body = response.json()
        assert set(body) == {"error", "code"} if carrier == "speko" else set(body["error"]) >= {"code", "message"}


bounded = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@finespeak.parametrize()
@bounded
def test_finespeak_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/finespeak/v1", "finespeak")


@sms_voip.parametrize()
@bounded
def test_sms_voip_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/sms-voip/api/v1", "sms-voip")


@speko.parametrize()
@bounded
def test_speko_is_as_documented(case: schemathesis.Case, server: str) -> None:
    # An agent or an intent is needed, which the schema has in words only.
    check(case, f"{server}/speko", "speko", positive_data_acceptance)


@telefonie_sms.parametrize()
@bounded
def test_telefonie_sms_is_as_documented(case: schemathesis.Case, server: str) -> None:
    # A body or media are needed, which the schema has in words only.
    check(case, f"{server}/v1/sms", "telefonie", positive_data_acceptance)


@telefonie_numbers.parametrize()
@bounded
def test_telefonie_numbers_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/v1/numbers", "telefonie")


@telefonie_recording.parametrize()
@bounded
def test_telefonie_recordings_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/v1/recordings", "telefonie")
