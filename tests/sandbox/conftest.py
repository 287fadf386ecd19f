"""Fixtures of the embedded carrier's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.customer import Stage, stage


@pytest.fixture
async def carrier() -> AsyncIterator[Stage]:
    """A carrier in virtual time, with a customer."""
    async with stage() as made:
        yield made
