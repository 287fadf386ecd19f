"""The simulated network as the page sets it up: what other phones do, the clock of a call, the flow that it reaches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.web.stage import CONFIG, Browser, Chromium, running, said, write_project

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CONFIG = (
    CONFIG
    + """
[calendars.shop]
hours = { mon-fri = "09:00-17:00" }
"""
)

_FLOW = """\
flow main:
    timeout 20s
    on failed -> bye

start:
    if open("shop"):
        say "We are open."
    else:
        say "We are closed until {{ next_open("shop") | datetime }}."
    -> agent

agent:
    transfer "+15551230001" timeout=3s:
        on busy:
            say "The agent is busy."
        on noanswer:
            say "The agent does not answer."
        on failed:
            say "The agent cannot be reached."
    -> bye

bye:
    say "Goodbye."
    hangup
"""

_OTHER = """\
flow survey

start:
    say "A survey, for {{ call.from }}."
    hangup
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with opening hours, a flow that has no number, and an agent."""
    root = write_project(tmp_path / "project")
    (root / "flowengine.toml").write_text(_CONFIG)
    (root / "flows" / "main.flow").write_text(_FLOW)
    (root / "flows" / "survey.flow").write_text(_OTHER)
    return root


@pytest_asyncio.fixture(loop_scope="session")
async def phones(project: Path, chromium: Chromium) -> AsyncIterator[Browser]:
    """A browser whose tabs are phones; nothing is heard here, and prompts take no time."""
    async with running(project, "--quick") as url, chromium.visiting(url) as made:
        yield made


async def _set_up(page: Page, what: str, after: float = 0) -> None:
    if not await page.get_by_label("Number, or a pattern").is_visible():
        await page.get_by_text("Set up a phone").click()
    await page.get_by_label("Number, or a pattern").fill("+1555123*")
    await page.get_by_label("What becomes of a call to it").select_option(what)
    if what != "is not answered":
        await page.get_by_label("Seconds that it rings before").fill(str(after))
    await page.get_by_role("button", name="Set up", exact=True).click()
    await expect(page.get_by_role("region", name="Simulated phones")).to_contain_text(f"+1555123* {what}")


async def _call(page: Page) -> None:
    await page.get_by_role("button", name="Call", exact=True).click()


async def test_phones_do_what_is_set_up(phones: Browser) -> None:
    other, page = await phones.tab(), await phones.tab()
    for what, heard in [
        ("is busy, or declines", "The agent is busy."),
        ("is not answered", "The agent does not answer."),
        ("cannot be reached", "The agent cannot be reached."),
    ]:
        await _set_up(page, what)
        await _call(page)
        await said(page, heard)
        await said(page, "The call is over.")

    # A machine answers, after it has rung for a while; no other tab rings for a phone that acts by itself.
    await _set_up(page, "is answered by a machine", after=1)
    await expect(other.get_by_role("region", name="Simulated phones")).to_contain_text(
        "+1555123* is answered by a machine after 1 s"
    )
    await _call(page)
    await page.get_by_text("Ringing +15551230001.").wait_for()
    assert await other.get_by_role("alertdialog").count() == 0
    await page.get_by_text("Connected.").wait_for()
    await page.get_by_role("button", name="Hang up").click()
    await said(page, "The call is over.")

    # Forgotten, it is anybody's again.
    await page.get_by_role("button", name="Forget +1555123*").click()
    await _call(page)
    await other.get_by_role("alertdialog").wait_for()
    await other.bring_to_front()
    await other.get_by_role("button", name="Decline").click()
    await said(page, "The agent is busy.")
    assert phones.complaints == []


async def test_a_call_at_another_time_in_another_flow(phones: Browser) -> None:
    page = await phones.tab()
    await page.get_by_text("Another flow, another time").click()
    time = page.get_by_label("Time of the call")
    await time.fill("Sunday 03:00")
    await _call(page)
    await said(page, "We are closed until Monday")
    await expect(page.get_by_label("State of the call")).to_contain_text("it is Sunday")
    await page.get_by_role("button", name="Hang up").click()
    await time.fill("2026-12-23 10:00")
    await _call(page)
    await said(page, "We are open.")
    await page.get_by_role("button", name="Hang up").click()
    await time.fill("teatime")
    await _call(page)
    await said(page, '"teatime" is no time')

    # A flow that has no number, from whoever it pleases.
    await time.fill("")
    await page.get_by_label("Flow that answers").select_option("survey")
    await page.get_by_role("textbox", name="Your number").fill("+442079460000")
    await _call(page)
    await said(page, "A survey, for +442079460000.")
    await said(page, "The call is over.")
    assert phones.complaints == []
