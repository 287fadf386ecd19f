"""The Telefonie Voice API against its own OpenAPI, by made-up requests: all of schemathesis' checks."""

from collections.abc import Iterator

import pytest
import schemathesis

from flowengine.sandbox import NumberConfig, SandboxConfig
from tests.sandbox.openapi import NESTED, bounded, file_of, serving

schema = file_of("telefonie-voice.yml", NESTED)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The Voice API of a carrier with a number."""
    number = NumberConfig(voice_url="http://127.0.0.1:9/voice")
    with serving(SandboxConfig(numbers={"+15551230000": number}, pace=0)) as url:
        yield f"{url}/v1/voice"


@schema.parametrize()
@bounded(60)
def test_each_operation_is_as_documented(case: schemathesis.Case, server: str) -> None:
    case.call_and_validate(base_url=server, headers={"X-API-Key": "sandbox"})
