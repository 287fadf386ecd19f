"""Sound where there is no WebRTC: over the WebSocket, with or without what modern browsers have for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.web import sounds
from tests.web.stage import JINGLE, Browser, Chromium, heard, running, said

pytestmark = pytest.mark.asyncio(loop_scope="session")

_NO_WEBRTC = "delete window.RTCPeerConnection;"
_NO_WAY = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...rest) {
    super(...rest);
    window.tries = (window.tries ?? 0) + 1;
  }
};
const accept = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  return accept.call(this, { type, sdp: sdp.replaceAll(/^a=candidate.*\\r\\n/gm, "") });
};
"""
_NO_WORKLETS = _NO_WEBRTC + "delete window.AudioWorkletNode;"


async def _call(page: Page) -> None:
    await page.get_by_role("button", name="Call", exact=True).click()
    await said(page, "You may press one")
    await asyncio.sleep(0.7)
    await expect(page.get_by_label("State of the call")).to_contain_text("WebSocket")
    assert sounds.presence(JINGLE, await heard(page)) > 0.95


@pytest.mark.parametrize("lacks", [_NO_WEBRTC, _NO_WAY, _NO_WORKLETS], ids=["webrtc", "a way by UDP", "worklets"])
async def test_a_browser_that_lacks(phones: Browser, lacks: str) -> None:
    page = await phones.tab(script=lacks)
    await _call(page)
    if lacks == _NO_WORKLETS:
        await expect(page.get_by_role("checkbox")).to_be_disabled()
    else:
        await page.get_by_role("checkbox", name="Microphone").check()
    await page.keyboard.press("1")
    await page.get_by_text("You are recorded.").wait_for()
    await asyncio.sleep(2.5)
    await page.get_by_role("button", name="pound").click()
    if lacks == _NO_WORKLETS:
        await said(page, "Speak.")
        return
    await said(page, "Thank you for")
    source = await page.locator("audio").first.get_attribute("src")
    recording = sounds.read(await (await page.request.get(f"{phones.url}{source}")).body())
    assert sounds.presence(recording[sounds.RATE :], np.tile(phones.voice, 2)) > 0.85


async def test_where_it_failed_nobody_waits_again(phones: Browser) -> None:
    page = await phones.tab(script=_NO_WAY)
    for _ in range(2):
        await page.get_by_role("button", name="Call", exact=True).click()
        await said(page, "plays jingle.wav")
        await page.get_by_role("button", name="Hang up").click()
        await said(page, "The call is over.")
    assert await page.evaluate("tries") == 1


async def test_a_server_that_lacks_it(project: Path, chromium: Chromium) -> None:
    async with running(project, without="aiortc") as url, chromium.visiting(url) as made:
        page = await made.tab()
        await _call(page)
        assert made.complaints == []


async def test_a_connection_that_breaks_during_a_call(phones: Browser) -> None:
    page = await phones.tab(
        script="""
        const Whole = RTCPeerConnection;
        window.RTCPeerConnection = class extends Whole {
          constructor(...rest) { super(...rest); window.connection = this; }
        };
    """
    )
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.get_by_label("State of the call")).to_contain_text("WebRTC")
    await said(page, "You may press one")
    await page.get_by_role("checkbox", name="Microphone").check()
    await page.evaluate("connection.close(); connection.onconnectionstatechange()")
    await expect(page.get_by_label("State of the call")).to_contain_text("WebSocket")
    await page.keyboard.press("1")
    await page.get_by_text("You are recorded.").wait_for()
    await asyncio.sleep(2.5)
    await page.get_by_role("button", name="pound").click()
    await said(page, "Thank you for")
