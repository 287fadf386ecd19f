"""Fixtures of the web phone's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.stage import Browser, browser, running, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that can be called."""
    return write_project(tmp_path / "project")


@pytest.fixture
async def phones(project: Path, tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose tabs are phones that call the project."""
    async with running(project) as url, browser(url, tmp_path) as made:
        yield made
