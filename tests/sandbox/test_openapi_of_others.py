"""FineSpeak, sms-voip, Speko and Telefonie's siblings against their OpenAPI files, by made-up requests: all of
schemathesis' checks."""

from collections.abc import Iterator

import pytest
import schemathesis

from flowengine.sandbox import NumberConfig, SandboxConfig
from flowengine.sandbox.account_config import AccountConfig
from tests.sandbox.openapi import FLAT, NESTED, bounded, file_of, serving

finespeak = file_of("finespeak.yml", NESTED)
sms_voip = file_of("sms-voip.yml", NESTED)
TAKES_CALLS = {
    "anyOf": [
        {"required": ["agentId"]},
        {"required": ["dispatchMetadataTemplate"]},
        {"properties": {"direction": {"enum": ["outbound"]}}},
    ]
}
"""A number that takes calls needs somebody to take them."""

speko = file_of(
    "speko.json",
    FLAT,
    words={
        "createPhoneSession": {"anyOf": [{"required": ["agentId"]}, {"required": ["intent"]}]},
        "createPhoneNumber": TAKES_CALLS,
        "importSipTrunkPhoneNumber": {
            "allOf": [
                TAKES_CALLS,
                {"anyOf": [{"required": ["sipConnectionInstallationId"]}, {"required": ["sipTrunkId"]}]},
            ]
        },
        "getUsage.from": {"format": "date-time"},
        "getUsage.to": {"format": "date-time"},
        "listAgentCalls.cursor": {"format": "date-time"},
    },
)
telefonie_sms = file_of(
    "telefonie-sms.yml",
    NESTED,
    words={
        "sendMessage": {
            "anyOf": [
                {"required": ["body"], "properties": {"body": {"minLength": 1}}},
                {"required": ["media_url"], "properties": {"media_url": {"minItems": 1}}},
            ]
        }
    },
)
telefonie_numbers = file_of("telefonie-numbers.yml", NESTED)
telefonie_recording = file_of("telefonie-recording.yml", NESTED)

KEYS = {
    "finespeak": {"Authorization": "Bearer fs"},
    "sms-voip": {"Authorization": "Bearer sv"},
    "speko": {"Authorization": "Bearer sp"},
    "telefonie": {"X-API-Key": "sandbox"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A carrier with an account at each of them."""
    config = SandboxConfig(
        numbers={"+15551230000": NumberConfig(voice_url="http://127.0.0.1:9/voice")},
        finespeak=(AccountConfig(keys=("fs",), numbers=("+14155550190",)),),
        sms_voip=(AccountConfig(keys=("sv",)),),
        speko=(AccountConfig(keys=("sp",), numbers=("+14155550199",), agents=("agent_sandbox",)),),
        pace=0,
        keep=500,
        seed=5,
    )
    with serving(config) as url:
        yield url


def check(case: schemathesis.Case, base_url: str, carrier: str) -> None:
    """One made-up request: answered as documented, or refused in the carrier's own form."""
    case.call_and_validate(base_url=base_url, headers=KEYS[carrier])


@finespeak.parametrize()
@bounded(12)
def test_finespeak_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/finespeak/v1", "finespeak")


@sms_voip.parametrize()
@bounded(12)
def test_sms_voip_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/sms-voip/api/v1", "sms-voip")


@speko.parametrize()
@bounded(12)
def test_speko_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/speko", "speko")


@telefonie_sms.parametrize()
@bounded(12)
def test_telefonie_sms_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/v1/sms", "telefonie")


@telefonie_numbers.parametrize()
@bounded(12)
def test_telefonie_numbers_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/v1/numbers", "telefonie")


@telefonie_recording.parametrize()
@bounded(12)
def test_telefonie_recordings_is_as_documented(case: schemathesis.Case, server: str) -> None:
    check(case, f"{server}/v1/recordings", "telefonie")
