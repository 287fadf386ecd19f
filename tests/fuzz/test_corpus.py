"""What the fuzzers begin with, and what they have found: each file and request of the corpus is taken as it should."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz import flow_files
from tests.fuzz.webhooks import Webhooks

CORPUS = Path(__file__).parent / "corpus"
FLOWS = sorted((CORPUS / "flows").iterdir())
WEBHOOKS = sorted((CORPUS / "webhooks").iterdir())


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.name)
def test_a_flow_file(file: Path, tmp_path: Path) -> None:
    flow_files.check(flow_files.project(tmp_path / "project"), file.read_bytes())


@pytest.fixture(scope="module")
def webhooks() -> Iterator[Webhooks]:
    made = Webhooks()
    yield made
    made.close()


@pytest.mark.parametrize("file", WEBHOOKS, ids=lambda file: file.name)
def test_a_request(file: Path, webhooks: Webhooks) -> None:
    webhooks.check(file.read_bytes())
