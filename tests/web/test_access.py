"""The page can be used by everybody: with a screen reader, with a keyboard, on a narrow screen, in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page, expect

from tests.web.stage import Browser, said


async def _violations(page: Page) -> list[str]:
    await page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    found = await page.evaluate("axe.run()")
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
async def test_axe_finds_nothing(phones: Browser, project: Path, width: int, scheme: Literal["light", "dark"]) -> None:
    page, other = await phones.tab(), await phones.tab()
    for tab in (page, other):
        await tab.set_viewport_size({"width": width, "height": 800})
        await tab.emulate_media(color_scheme=scheme)
    assert await _violations(page) == []
    await page.bring_to_front()
    await page.get_by_role("button", name="Call", exact=True).click()
    await said(page, "You may press one")
    await page.get_by_role("button", name="2", exact=True).click()
    await other.get_by_role("alertdialog").wait_for()
    assert await _violations(page) == []
    assert await _violations(other) == []
    # With a banner and a finding in a long line, too.
    flow = project / "flows" / "main.flow"
    flow.write_text(flow.read_text().replace('say "Goodbye."', f'sya "Goodbye. {"And thank you. " * 8}"'))
    await page.get_by_role("alert").get_by_text("has errors").wait_for()
    assert await _violations(page) == []
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0


async def test_a_call_by_keyboard(phones: Browser) -> None:
    page = await phones.tab()
    await page.get_by_label("Number to call").focus()
    await page.keyboard.press("Enter")
    await said(page, "You may press one")
    await page.keyboard.press("4")
    await said(page, "Your PIN.")
    await page.get_by_role("button", name="Hang up").focus()
    await page.keyboard.press("Enter")
    await said(page, "The call is over.")
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_enabled()
