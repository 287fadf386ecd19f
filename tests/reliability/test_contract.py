"""Made-up requests for each operation of the Telefonie Voice API, as its OpenAPI describes them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection

from flowengine.sandbox import NumberConfig, SandboxConfig
from tests.reliability.size import size
from tests.sandbox.openapi import NESTED, bounded, file_of, serving

pytestmark = pytest.mark.slow

EXAMPLES = size(40, 1_000)


def test_each_operation(record_property: Callable[[str, object], None]) -> None:
    asked: Counter[str] = Counter()
    number = NumberConfig(voice_url="http://127.0.0.1:9/voice")
    with serving(SandboxConfig(numbers={"+15551230000": number}, pace=0)) as url:
        for found in file_of("telefonie-voice.yml", NESTED).get_all_operations():
            assert isinstance(found, Ok)

            @bounded(EXAMPLES)
            @given(found.ok().as_strategy())
            def check(case: schemathesis.Case[Any]) -> None:
                asked[case.operation.label] += 1
                # The key is always there: a request whose only fault was that it had none is none.
                key = {"X-API-Key": "sandbox"}
                case.call_and_validate(
                    base_url=f"{url}/v1/voice", headers=key, excluded_checks=[negative_data_rejection]
                )

            check()
    assert len(asked) == 9
    record_property("figure", f"{len(asked)} operations, {sum(asked.values()):,} requests: as described, no 5xx")
