"""The page can be used by everybody: with a screen reader, with a keyboard, on a narrow screen, in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page, expect

from tests.web.stage import Browser, said

pytestmark = pytest.mark.asyncio(loop_scope="session")

_Looks = list[tuple[int, Literal["light", "dark"]]]
_ALL: _Looks = [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")]
_EACH: _Looks = [(360, "dark"), (1440, "light")]
"""Each width and each colour once: for what differs from a page that was looked at in all ways in one card only."""


async def _complaints(page: Page, looks: _Looks = _EACH) -> list[str]:
    """What axe finds in these looks of the page, and where it is wider than the screen."""
    found: list[str] = []
    await page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    for width, scheme in looks:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)
        for rule in (await page.evaluate("axe.run()"))["violations"]:
            found += [f"{width} {scheme}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
        if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{width} {scheme}: it scrolls sideways")
    return found


async def test_axe_finds_nothing(own_phones: Browser, project: Path) -> None:
    page, other = await own_phones.tab(), await own_phones.tab()
    await page.get_by_text("Another flow, another time").click()
    await page.get_by_text("Set up a phone").click()
    await page.get_by_label("Number, or a pattern").fill("+15559999999")
    await page.get_by_role("button", name="Set up", exact=True).click()
    await page.get_by_role("button", name="Forget +15559999999").wait_for()
    assert await _complaints(page, _ALL) == []

    await page.bring_to_front()
    await page.get_by_role("button", name="Call", exact=True).click()
    await said(page, "You may press one")
    await page.get_by_role("button", name="2", exact=True).click()
    await other.get_by_role("alertdialog").wait_for()
    assert await _complaints(page, _ALL) == []
    assert await _complaints(other) == []

    # With a banner, and a finding in a long line.
    flow = project / "flows" / "main.flow"
    flow.write_text(flow.read_text().replace('say "Goodbye."', f'sya "Goodbye. {"And thank you. " * 8}"'))
    await page.get_by_role("alert").get_by_text("has errors").wait_for()
    assert await _complaints(page) == []


async def test_a_call_by_keyboard(phones: Browser) -> None:
    page = await phones.tab()
    number = page.get_by_label("Number to call")
    await expect(number).not_to_have_value("")
    await number.press("Enter")
    await said(page, "You may press one")
    await page.keyboard.press("4")
    await said(page, "Your PIN.")
    await page.get_by_role("button", name="Hang up").focus()
    await page.keyboard.press("Enter")
    await said(page, "The call is over.")
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_focused()
