"""Made-up requests for each operation of the Telefonie Voice API, as its OpenAPI describes them."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

from flowengine.sandbox import NumberConfig, SandboxConfig
from tests.reliability.size import size
from tests.sandbox.openapi import NESTED, bounded, file_of, serving

pytestmark = pytest.mark.slow

EXAMPLES = size(40, 1_000)
schema = file_of("telefonie-voice.yml", NESTED)
asked: Counter[str] = Counter()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The Voice API of a carrier with a number."""
    number = NumberConfig(voice_url="http://127.0.0.1:9/voice")
    with serving(SandboxConfig(numbers={"+15551230000": number}, pace=0)) as url:
        yield f"{url}/v1/voice"


@schema.parametrize()
@bounded(EXAMPLES)
def test_each_operation(case: schemathesis.Case[Any], server: str) -> None:
    asked[case.operation.label] += 1
    # The key is always there: a request whose only fault was that it had none is none.
    key = {"X-API-Key": "sandbox"}
    case.call_and_validate(base_url=server, headers=key, excluded_checks=[negative_data_rejection])


def test_all_were_asked(record_property: Callable[[str, object], None]) -> None:
    """It runs after the others: in this file tests are in their order."""
    if not asked:
        return  # another process has asked
    assert len(asked) == 9
    record_property("figure", f"{len(asked)} operations, {sum(asked.values()):,} requests: as described, no 5xx")
