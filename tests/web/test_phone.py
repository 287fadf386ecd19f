"""The web phone in a real browser: sound, keys, the microphone, other tabs, and what is not to be believed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.web import sounds
from tests.web.stage import JINGLE, MAIN, NUMBER, Browser, heard, said

pytestmark = pytest.mark.asyncio(loop_scope="session")

_SECOND = sounds.RATE

CLEAR = 0.85
"""Presence above which a sound is there: it is above 0.95 on a machine at rest, and may not come all too late."""

STRANGE = 0.5
"""Presence below which it is another sound: short pieces of any two are a little alike."""


async def _call(page: Page) -> None:
    await page.get_by_role("button", name="Call", exact=True).click()
    await said(page, "You may press one")


async def _hears(page: Page, voice: sounds.Samples, within: float = 10) -> float:
    """How much the tab hears of a voice that goes round and round, as soon as it hears it clearly."""
    best = 0.0
    async with asyncio.timeout(within + 10):
        for _ in range(round(within / 0.5)):
            await asyncio.sleep(0.5)
            best = max(best, sounds.presence(await heard(page, 2), np.tile(voice, 2)))
            if best > CLEAR:
                break
    return best


async def test_a_whole_call(phones: Browser) -> None:
    page = await phones.tab()
    await _call(page)
    # The jingle came first: what is heard is what lies in the project.
    await asyncio.sleep(0.5)
    sound = await heard(page)
    assert sounds.presence(JINGLE, sound) > CLEAR
    assert sounds.presence(sounds.warble(2, 1.5), sound) < STRANGE
    await expect(page.get_by_label("State of the call")).to_contain_text("WebRTC")
    await page.get_by_label("Microphone").check()

    # A key while a prompt is heard ends it.
    await page.keyboard.press("1")
    await page.get_by_text("You are recorded.").wait_for()
    assert await page.locator(".here").inner_text() == "    record note max=30s silence=20s:"
    await asyncio.sleep(3.5)
    await page.get_by_role("button", name="pound").click()
    await said(page, "Thank you for")

    # The recording holds what was said into the microphone, and nothing else.
    recording = await _recording(page)
    assert len(recording) > 3 * _SECOND
    assert sounds.presence(recording[_SECOND:], np.tile(phones.voice, 2)) > CLEAR
    assert sounds.presence(sounds.warble(3, 3), recording) < STRANGE

    await page.get_by_role("button", name="Hang up").click()
    await said(page, "The call is over.")
    assert phones.complaints == []


async def _recording(page: Page) -> sounds.Samples:
    """The recording that stands in the conversation."""
    source = await page.locator("audio").first.get_attribute("src")
    assert source is not None
    return sounds.read(await (await page.request.get(urljoin(page.url, source))).body())


async def test_a_key_ends_the_prompt_at_once(phones: Browser) -> None:
    page = await phones.tab()
    await page.get_by_role("button", name="Call", exact=True).click()
    await said(page, "plays jingle.wav")
    await page.get_by_role("button", name="3", exact=True).click()
    await asyncio.sleep(0.8)
    # Alone in the room, where it is quiet; the rest of the jingle is not played from anywhere.
    sound = await heard(page)
    assert np.abs(sound[-_SECOND // 5 :]).max() < 0.01
    assert len(np.flatnonzero(np.abs(sound) > 0.01)) < len(JINGLE) - _SECOND // 2
    await page.get_by_role("button", name="Hang up").click()


async def test_what_is_sensitive_is_not_shown(phones: Browser) -> None:
    page = await phones.tab()
    await _call(page)
    await page.get_by_role("button", name="4", exact=True).click()
    await said(page, "Your PIN.")
    # Not even to the one who types it.
    await page.get_by_text("Keys are awaited.").wait_for()
    for key in "1234":
        await page.keyboard.press(key)
    await said(page, "Thank you.")
    await expect(page.get_by_role("log")).to_contain_text("••••")
    await expect(page.get_by_role("log")).not_to_contain_text("1234")


async def test_a_transfer_rings_another_tab(phones: Browser) -> None:
    caller, agent = await phones.tab(), await phones.tab()
    await _call(caller)
    await caller.get_by_label("Microphone").check()
    await caller.bring_to_front()
    await caller.get_by_role("button", name="2", exact=True).click()
    await expect(agent.get_by_role("alertdialog")).to_contain_text("+15551230001")
    await agent.get_by_role("button", name="Decline").click()
    await said(caller, "Busy.")

    await said(caller, "You may press one")
    await caller.get_by_role("button", name="2", exact=True).click()
    await agent.get_by_role("button", name="Answer").click()
    await caller.get_by_text("Connected.").wait_for()
    assert await _hears(agent, phones.voice) > CLEAR
    await agent.get_by_role("button", name="Hang up").click()
    await said(agent, "The call is over.")
    await caller.get_by_text("Keys are awaited.").or_(caller.get_by_text("A prompt is heard.")).wait_for()
    assert phones.complaints == []


async def test_nothing_rings_behind_the_console(phones: Browser) -> None:
    other = await phones.tab()
    await other.get_by_role("link", name="Calls").click()
    caller = await phones.tab()
    await _call(caller)
    await caller.get_by_role("button", name="2", exact=True).click()
    # The simulated phone answers by itself.
    await caller.get_by_text("Connected.").wait_for()
    await caller.get_by_role("button", name="Hang up").click()
    await other.get_by_role("link", name="Phone").click()
    await other.bring_to_front()
    await expect(other.get_by_role("alertdialog")).to_have_count(0)


async def test_two_tabs_hear_each_other_in_a_conference(phones: Browser) -> None:
    first, second = await phones.tab(), await phones.tab()
    for page in (first, second):
        await page.bring_to_front()
        await _call(page)
        await page.get_by_role("button", name="3", exact=True).click()
        await page.get_by_text("In the conference team.").wait_for()
    await first.get_by_label("Microphone").check()
    assert await _hears(second, phones.voice) > CLEAR
    await second.get_by_label("Microphone").check()
    assert await _hears(first, phones.voice) > CLEAR

    # A microphone that is closed is not heard, and is once it is open again.
    await second.get_by_label("Microphone").uncheck()
    await asyncio.sleep(1)
    assert np.abs(await heard(first, 0.3)).max() < 0.01
    await second.get_by_label("Microphone").check()
    assert await _hears(first, phones.voice) > CLEAR


async def test_a_caller_is_text(phones: Browser) -> None:
    evil = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    caller, agent = await phones.tab(), await phones.tab()
    await caller.get_by_role("textbox", name="Your number").fill(evil)
    await _call(caller)
    await expect(caller.get_by_label("State of the call")).to_contain_text(evil)
    await caller.get_by_role("button", name="2", exact=True).click()
    await expect(agent.get_by_role("alertdialog")).to_contain_text(evil)
    for page in (caller, agent):
        assert await page.title() != "taken"
        assert await page.locator("#app script, #app img").count() == 0
    assert phones.complaints == []


async def test_a_broken_edit_is_shown_and_mended(own_phones: Browser, project: Path) -> None:
    page = await own_phones.tab()
    flow = project / "flows" / "main.flow"
    flow.write_text(MAIN.replace('say "Goodbye."', 'sya "Goodbye."'))
    await expect(page.get_by_role("alert")).to_contain_text("the last good version answers")
    await expect(page.get_by_role("region", name="Findings")).to_contain_text('sya "Goodbye."')
    await _call(page)

    # The same words again: nothing is new but that it is well.
    flow.write_text(MAIN)
    await expect(page.get_by_role("alert")).to_be_empty()
    await page.get_by_role("button", name="Hang up").click()

    # An edit is shown and heard on the next call.
    other = sounds.warble(5, 1.5)
    sounds.write(project / "audio" / "other.wav", other)
    flow.write_text(MAIN.replace("You may press one", "From now on, press one").replace("jingle.wav", "other.wav"))
    await page.get_by_text("None: the project is well.").wait_for()
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_enabled()
    await _reloaded(page, "other.wav")
    await said(page, "From now on, press one")
    await asyncio.sleep(0.5)
    assert sounds.presence(other, await heard(page, 4)) > CLEAR


async def _reloaded(page: Page, sound: str) -> None:
    """Call until the edit is what answers: a second after it at the latest, since saving a file takes its time."""
    for _ in range(5):
        await page.get_by_role("button", name="Call", exact=True).click()
        await said(page, "plays ")
        if await page.get_by_role("log").get_by_text(sound).count():
            return
        await page.get_by_role("button", name="Hang up").click()
        await said(page, "The call is over.")
    pytest.fail("the edit does not answer")


async def test_words_in_place_of_a_microphone(phones: Browser) -> None:
    page = await phones.tab()
    await page.get_by_label("Number to call").fill("+15559999999")
    await page.get_by_role("button", name="Call", exact=True).click()
    await said(page, "could not be connected")
    await page.get_by_label("Number to call").fill(NUMBER)
    await _call(page)
    await page.get_by_role("button", name="1", exact=True).click()
    await page.get_by_text("You are recorded.").wait_for()
    await page.get_by_label("Say in words").fill("Please call me back.")
    await page.get_by_role("button", name="Say", exact=True).click()
    await said(page, "Please call me back.")
    await asyncio.sleep(2)
    await page.get_by_role("button", name="pound").click()
    await said(page, "Thank you for")
