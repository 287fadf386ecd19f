"""The phone calls numbers of any carrier that the project has, and shows the same of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.web import sounds
from tests.web.stage import JINGLE, MAIN, Chromium, heard, running, said

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CONFIG = """\
[numbers]
"+15551230000" = { flow = "main", carrier = "voipbin" }

[carriers.voipbin]
accesskey = "vb_sandbox"

[calendars.shop]
hours = { mon-fri = "09:00-17:00" }

[transfer]
allow = ["+1555*"]
"""


async def test_a_number_over_voipbin(project: Path, chromium: Chromium) -> None:
    (project / "flowengine.toml").write_text(_CONFIG)
    greeting = """        say "{{ "Open" if open("shop") else "Closed" }}."\n        play"""
    (project / "flows" / "main.flow").write_text(MAIN.replace("        play", greeting, 1))
    async with running(project) as url, chromium.visiting(url) as made:
        page = await made.tab()
        await page.get_by_text("Another flow, another time").click()
        await page.get_by_label("Time of the call").fill("Sunday 03:00")
        await page.get_by_role("button", name="Call", exact=True).click()
        await said(page, "Closed.")
        await said(page, "You may press one")
        await page.keyboard.press("4")
        await said(page, "Your PIN.")
        assert sounds.presence(JINGLE, await heard(page)) > 0.85
        assert "gather pin" in await page.locator(".here").inner_text()
        await expect(page.get_by_role("link", name="Look at this call")).to_be_visible()
        await page.get_by_role("button", name="Hang up").click()
        await said(page, "The call is over.")
        assert made.complaints == []
