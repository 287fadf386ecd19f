"""Fixtures of the web phone's tests. What takes seconds to start is started once: Chromium, and a project to call."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.web.stage import Browser, Chromium, chromium_running, running, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that can be called, and changed."""
    return write_project(tmp_path / "project")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    """Chromium with a microphone."""
    async with chromium_running(tmp_path_factory.mktemp("chromium")) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def dev(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a project that no test changes."""
    async with running(write_project(tmp_path_factory.mktemp("dev") / "project")) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def phones(dev: str, chromium: Chromium) -> AsyncIterator[Browser]:
    """A browser whose tabs are phones that call the project that no test changes."""
    async with chromium.visiting(dev) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def own_phones(project: Path, chromium: Chromium) -> AsyncIterator[Browser]:
    """A browser whose tabs are phones that call the test's own project."""
    async with running(project) as url, chromium.visiting(url) as made:
        yield made
