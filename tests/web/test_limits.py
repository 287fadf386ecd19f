"""What the page bears: a prompt as long as prompts may be, and how soon it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.web.stage import MAIN, Chromium, running, said

pytestmark = pytest.mark.asyncio(loop_scope="session")

_LONG = "word " * 1_998 + "the end."


async def test_a_prompt_of_ten_thousand_characters(project: Path, chromium: Chromium) -> None:
    flow = project / "flows" / "main.flow"
    flow.write_text(MAIN.replace('play "jingle.wav"', f'say "{_LONG}"'))
    async with running(project, "--quick") as url, chromium.visiting(url) as made:
        page = await made.tab()
        await page.set_viewport_size({"width": 360, "height": 800})
        await page.get_by_role("button", name="Call", exact=True).click()
        await said(page, "the end.")
        assert await page.get_by_role("log").locator(".text").first.text_content() == _LONG
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(wide)
        # It can still be used.
        await page.keyboard.press("4")
        await said(page, "Your PIN.")
        await page.set_viewport_size({"width": 1440, "height": 800})
        await expect(page.get_by_role("log").get_by_text("Your PIN.")).to_be_in_viewport()
        assert made.complaints == []


async def test_the_page_is_there_within_a_second(project: Path, chromium: Chromium) -> None:
    async with running(project, "--quick") as url, chromium.visiting(url) as made:
        paints = []
        for _ in range(3):
            page = await made.tab()
            # What is there for scripts is not always painted yet.
            paint = await page.wait_for_function("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
            paints.append(await paint.json_value())
            await page.close()
        assert min(paints) < 1_000
