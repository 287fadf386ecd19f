"""The console in a real browser."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import Browser, expect

from flowengine.cli.main import main
from flowengine.runtime.store import Change
from tests.web.console_stage import MAIN, Desk, Stage, alone, chromium_running, desk, stage, unusable, write_project

EVIL = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests."""
    async with chromium_running() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def at(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server with the console."""
    async with stage(write_project(tmp_path / "project")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def look(at: Stage, chromium: Browser) -> AsyncIterator[Desk]:
    """A window that looks at it, and must find nothing to complain of."""
    async with desk(at.url, chromium) as made:
        yield made
        assert made.complaints == []


async def _many(at: Stage, count: int) -> None:
    """Past calls, all like CA1 but for their numbers and times."""
    store = at.server.engine.store
    record, detail = await store.load("CA1"), await store.detail("CA1")
    assert record is not None
    assert detail is not None
    journal = await store.journal("CA1")
    for number in range(count):
        started = detail.facts.started - 8 * (number + 1)
        facts = replace(detail.facts, id=f"CB{number}", caller=f"+4930{number:06d}", started=started)
        session = replace(record.session, call=facts)
        copy = replace(record, id=facts.id, version=1, session=session)
        of_it = replace(detail, facts=facts, ended=detail.ended - 8 * (number + 1))
        await store.save(Change(copy, journal=journal, detail=of_it))


async def test_a_call_is_stepped_through_both_ways(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    page = await look.open("#/calls/CA1")
    lit, here = page.locator(".source [aria-current]"), page.locator(".graph .here")
    await expect(lit).to_have_text("    hangup")
    await expect(here).to_have_attribute("data-id", "step:bye")
    await expect(page.locator(".variables")).to_contain_text('"order 12345"')

    # Back, until the caller has chosen: the number is not known yet, and the goodbye not said.
    while await page.locator(".moment .what").inner_text() != "presses 1":
        await page.keyboard.press("ArrowLeft")
    await expect(here).to_have_attribute("data-id", "step:ask")
    await expect(lit).to_have_text("    menu:")
    await expect(page.locator(".variables")).to_contain_text("None is set.")
    await expect(page.locator(".talk [aria-current]")).to_contain_text("presses 1")
    await expect(page.locator("li.later").filter(has_text="Goodbye.")).to_have_count(1)
    await expect(page.locator(".graph .visited")).to_have_count(2)
    await expect(page.locator(".exchanges [data-current]")).to_contain_text("digits: 1")

    await page.get_by_role("button", name="Forward").click()
    await page.get_by_role("button", name="Forward").click()
    await expect(here).to_have_attribute("data-id", "step:order")
    await page.get_by_role("slider", name="Moment").focus()
    await page.keyboard.press("Home")
    await expect(page.locator(".moment .what")).to_have_text("The call begins.")
    await page.keyboard.press("End")
    await expect(page.locator(".moment .what")).to_have_text("The flow ends the call.")
    await page.get_by_role("button", name="Welcome to the shop.").click()
    await expect(here).to_have_attribute("data-id", "step:start")


async def test_a_call_that_goes_on_is_followed(at: Stage, look: Desk) -> None:
    caller = at.caller()
    page = await look.open("#/calls")
    await expect(page.get_by_text("No calls right now.")).to_be_visible()
    await caller.begin()
    await page.get_by_role("link", name=re.compile(r"\+15557650001.*ask.*listens")).click()
    await expect(page.locator(".graph .here")).to_have_attribute("data-id", "step:ask")
    await caller.go_on(digits="4")
    await expect(page.locator(".graph .here")).to_have_attribute("data-id", "step:pin")
    await expect(page.get_by_role("heading", name="The flow verify")).to_be_visible()
    await caller.go_on(digits="1234")
    await expect(page.locator(".facts")).to_contain_text("the flow hung up")
    await expect(page.locator(".talk")).to_contain_text("presses ••••")
    await expect(page.locator(".exchanges")).to_contain_text("digits: ••••")
    await page.get_by_role("link", name="All calls").click()
    await expect(page.get_by_role("heading", name="Over (1)")).to_be_visible()


async def test_a_call_is_saved_as_a_test_that_runs(at: Stage, look: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    await at.order("CA1")
    page = await look.open("#/calls/CA1")
    await page.get_by_label("Save as test").fill("an order")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("It passes.")).to_be_visible()
    assert 'press "12345#"' in (at.root / "calls" / "an order.call").read_text()
    assert await asyncio.to_thread(main, ["test", str(at.root)]) == 0, capsys.readouterr().out
    await page.get_by_label("Save as test").fill("../../evil")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("A name is made of")).to_be_visible()
    look.complaints = [one for one in look.complaints if "409" not in one]


async def test_calls_run_in_the_flow_as_it_is_now(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    await at.leave("CA2")
    page = await look.open("#/calls/CA1")
    await page.get_by_role("button", name="Run against the present flow").click()
    await expect(page.get_by_text("It would end the same")).to_be_visible()
    await at.edit("when 1 -> order", "when 1 -> agent")
    await expect(page.get_by_text("would still go on, in agent of main")).to_be_visible()

    await page.get_by_role("link", name="Changes").click()
    await page.get_by_role("button", name="Run against the present flows").click()
    await expect(page.get_by_text("2 calls, 2 would end differently, 0 the same.")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("Now: the caller hung up, in agent of main"))).to_be_visible()
    # With the next save, they are run again.
    await at.edit("when 1 -> agent", "when 1 -> order")
    await expect(page.get_by_text("2 calls, 0 would end differently, 2 the same.")).to_be_visible()


async def test_where_callers_leave_is_drawn(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    await at.leave("CA2")
    page = await look.open("#/flows/main")
    await page.get_by_label("Where callers leave").check()
    order = page.locator('.graph [data-id="step:order"]')
    await expect(order).to_contain_text("2 · 50 % left")
    await expect(page.locator('.graph [data-id="step:agent"]')).to_contain_text("never entered")
    row = page.get_by_role("row", name=re.compile("^order"))
    await expect(row).to_contain_text("1 (50 %)")
    await page.get_by_label("To", exact=True).fill("2020-01-01")
    await expect(order).to_contain_text("never entered")


_CUT_OFF = """() => {
    const picture = document.querySelector(".graph svg").getBoundingClientRect();
    return [...document.querySelectorAll(".graph .box")].filter((box) => {
        const { left, right } = box.getBoundingClientRect();
        return left < picture.left || right > picture.right;
    }).length;
}"""


async def test_the_picture_is_fitted_again_when_its_boxes_grow(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    for address in ("#/flows/main", "#/calls/CA1"):
        page = await look.open(address)
        await expect(page.locator(".graph .box").first).to_be_visible()
        await page.set_viewport_size({"width": 1280, "height": 720})
        if address == "#/flows/main":
            await page.get_by_label("Where callers leave").check()
            await expect(page.get_by_role("table")).to_be_visible()
        await page.wait_for_function(f"({_CUT_OFF})() === 0")


async def test_the_number_called_is_whole_on_a_telephone(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    page = await look.open("#/calls")
    await page.set_viewport_size({"width": 360, "height": 800})
    who = page.get_by_label("Calls that are over").locator(".who").first
    await expect(who).to_contain_text("+15551230000")
    for part in (who, who.locator(".number").last):
        assert await part.evaluate("box => 0 < box.clientWidth && box.scrollWidth <= box.clientWidth")


async def test_a_line_of_the_log_is_told_once(at: Stage, look: Desk) -> None:
    await at.edit('say "Goodbye."', 'log "It is done."\n    say "Goodbye."')
    await at.order("CA1")
    page = await look.open("#/calls/CA1")
    await expect(page.locator(".talk").get_by_text("It is done.")).to_have_count(1)
    field = await page.get_by_label("Save as test").bounding_box()
    button = await page.get_by_role("button", name="Save").bounding_box()
    assert field is not None
    assert button is not None
    assert (field["y"], field["height"]) == (button["y"], button["height"])


async def test_what_is_saved_is_seen_at_once(at: Stage, look: Desk) -> None:
    page = await look.open("#/flows/main")
    await at.edit('say "Goodbye."\n    hangup', 'say "Goodbye."\n    -> encore\n\nencore:\n    hangup')
    await expect(page.locator('.graph [data-id="step:encore"]')).to_be_visible()
    await at.edit('say "Goodbye."', 'sya "Goodbye."')
    await expect(page.get_by_role("alert")).to_contain_text("the last good version answers")
    await expect(page.get_by_role("region", name="Findings")).to_contain_text("did you mean `say`?")
    await expect(page.locator(".source .error")).to_contain_text("sya")
    await at.edit('sya "Goodbye."', 'say "Goodbye."')
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_a_caller_is_text(at: Stage, look: Desk) -> None:
    caller = at.caller("CA1", EVIL)
    caller.base["to"] = "+15551230000"
    await caller.begin()
    page = await look.open("#/calls")
    await expect(page.get_by_label("Calls that go on")).to_contain_text("<script>")
    await caller.over()
    await expect(page.get_by_label("Calls that are over")).to_contain_text("<script>")
    await page.get_by_label("Number or call").fill("<script>")
    await expect(page.get_by_role("heading", name="Over (1)")).to_be_visible()
    await page.get_by_label("Calls that are over").get_by_role("link").click()
    await expect(page.locator(".facts")).to_contain_text("<script>")
    assert await page.title() != "taken"
    assert await page.locator("#app script, #app img").count() == 0


async def test_a_prompt_of_ten_thousand_characters(at: Stage, look: Desk) -> None:
    text = "So long " * 1249 + "the end."
    await at.edit("Welcome to the shop.", text)
    await at.order("CA1")
    page = await look.open("#/calls/CA1")
    prompt = page.locator(".talk button").filter(has_text="So long")
    assert (await prompt.locator(".text").inner_text()) == text
    box = await prompt.bounding_box()
    assert box is not None
    assert box["height"] < 300
    await prompt.click()
    await expect(page.locator(".graph .here")).to_have_attribute("data-id", "step:start")


async def test_ten_thousand_past_calls(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    await _many(at, 10_000)
    page = await look.open("#/calls")
    past = page.get_by_label("Calls that are over")
    await expect(past).to_contain_text("+15557650001")
    assert await past.get_by_role("link").count() < 60
    heading = page.get_by_role("heading", name=re.compile("^Over"))
    for _ in range(3):
        before = await heading.inner_text()
        await past.evaluate("box => { box.scrollTop = box.scrollHeight }")
        await expect(heading).not_to_have_text(before)
    await expect(heading).to_contain_text("400 and more")
    await page.get_by_label("Number or call").fill("+4930009999")
    await expect(heading).to_have_text("Over (1)")
    await page.get_by_role("link", name=re.compile(r"\+4930009999")).click()
    await expect(page.locator(".facts")).to_contain_text("+4930009999")

    began = time.monotonic()
    counted = await at.get("/flows/main/statistics")
    assert counted["steps"]["order"]["entered"] == 10_001
    assert time.monotonic() - began < 20
    await at.edit("when 1 -> order", "when 1 -> agent")
    began = time.monotonic()
    day = await at.get("/compare")
    assert (day["looked_at"], len(day["different"]), day["truncated"]) == (10_001, 1_000, True)
    assert time.monotonic() - began < 30


async def test_a_thousand_live_calls(at: Stage, look: Desk) -> None:
    callers = [at.caller(f"CA{number}", f"+4930{number:06d}") for number in range(1_000)]
    for caller in callers:
        await caller.begin()
    page = await look.open("#/calls")
    await expect(page.get_by_role("heading", name="Going on (1,000)")).to_be_visible()
    live = page.get_by_label("Calls that go on")
    assert await live.get_by_role("link").count() < 60
    await page.evaluate(
        """() => {
            window.gaps = [];
            let last = performance.now();
            const frame = (now) => { window.gaps.push(now - last); last = now; requestAnimationFrame(frame); };
            requestAnimationFrame(frame);
        }"""
    )
    # All of them take a turn while somebody scrolls.
    box = await live.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 50, box["y"] + 50)
    for start in range(0, 1_000, 50):
        await page.mouse.wheel(0, 400)
        for caller in callers[start : start + 50]:
            await caller.go_on(digits="1")
    gaps = sorted(await page.evaluate("window.gaps"))
    assert gaps[len(gaps) // 2] < 50
    await live.evaluate("box => { box.scrollTop = box.scrollHeight }")
    await expect(live).to_contain_text("+4930000000")
    await expect(live.get_by_text("main · order").first).to_be_visible()
    await page.get_by_label("Number or call").fill("+4930000777")
    await expect(page.get_by_role("heading", name="Going on (1)")).to_be_visible()


async def test_a_flow_of_three_hundred_steps(at: Stage, look: Desk) -> None:
    steps = "\n".join(
        f'step{n}:\n    menu:\n        say "Step {n}. Press 1 to go on, 2 to leave."\n'
        f"        when 1 -> step{n + 1}\n        when 2 -> bye\n"
        for n in range(300)
    )
    end = "step300:\n    run verify() as it:\n        on failed -> bye\n    -> bye\n\nbye:\n    hangup\n"
    flow = f"flow main:\n    on failed -> bye\n\n{steps}\n{end}"
    await at.edit(MAIN, flow)
    caller = at.caller()
    await caller.begin()
    for _ in range(3):
        await caller.go_on(digits="1")
    await caller.go_on(digits="2")
    page = await look.open("#/calls/CA1")
    await expect(page.locator(".graph .box")).to_have_count(304)
    await expect(page.locator(".graph .here")).to_have_attribute("data-id", "step:bye")
    await page.keyboard.press("Home")
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(page.locator(".graph .here")).to_have_attribute("data-id", "step:step0")
    seen = await page.locator(".graph .here").bounding_box()
    assert seen is not None
    assert seen["width"] > 60


async def test_it_is_painted_within_a_second(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    paints = []
    for _ in range(3):
        page = await look.open("#/calls/CA1")
        paints.append(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    # On a machine that does something else as well, the best of three.
    assert min(paints) < 1000


@pytest.mark.parametrize("address", ["#/calls", "#/calls/CA1", "#/flows/main", "#/changes"])
async def test_axe_finds_nothing(at: Stage, look: Desk, address: str) -> None:
    await at.order("CA1")
    await at.leave("CA2")
    await at.edit("when 1 -> order", "when 1 -> agent")
    await at.caller("CA3").begin()
    page = await look.open(address)
    if address == "#/flows/main":
        await page.get_by_label("Where callers leave").check()
        await expect(page.get_by_role("table")).to_be_visible()
    if address == "#/calls/CA1":
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("button", name=re.compile("Run against")).click()
        await expect(page.get_by_text("Now it would end")).to_be_visible()
    if address == "#/changes":
        await page.get_by_role("button", name="Run against the present flows").click()
        await expect(page.get_by_text("would end differently,")).to_be_visible()
    assert await unusable(page) == []


async def test_all_of_it_by_keyboard(at: Stage, look: Desk) -> None:
    await at.order("CA1")
    page = await look.open("#/calls")
    past = page.get_by_label("Calls that are over")
    await past.get_by_role("link").wait_for()
    await past.focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Call", exact=True)).to_be_visible()
    await expect(page.locator(".moment .what")).to_have_text("The flow ends the call.")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".moment .what")).to_have_text("hangup")


async def test_a_recording_is_where_the_carrier_has_it(at: Stage, look: Desk) -> None:
    for call, url in (("CA1", f"{at.url}/carrier/recordings/1.wav"), ("CA2", "https://r.example/2.wav")):
        caller = at.caller(call)
        await caller.begin()
        await caller.go_on(digits="3")
        await caller.go_on(recording_url=url, recording_duration="5")
        await caller.over()
    page = await look.open("#/calls/CA1")
    await expect(page.get_by_label("The recording")).to_have_attribute("src", "/carrier/recordings/1.wav")
    page = await look.open("#/calls/CA2")
    link = page.get_by_role("link", name="The recording, at the carrier")
    await expect(link).to_have_attribute("href", "https://r.example/2.wav")


async def test_the_console_beside_a_server(tmp_path: Path, chromium: Browser) -> None:
    root, file = write_project(tmp_path / "project"), tmp_path / "calls.db"
    async with stage(root, store=file) as at:
        await at.order("CA1")
        async with alone(root, "--store", str(file)) as url, desk(url, chromium) as look:
            page = await look.open("")
            await expect(page.get_by_role("navigation", name="Views")).to_have_text("CallsFlowsChanges")
            await page.get_by_label("Number or call").fill("CA1")
            await page.get_by_role("link", name=re.compile(r"^\+15557650001")).click()
            await page.get_by_role("button", name="Run against the present flow").click()
            await expect(page.get_by_text("It would end the same")).to_be_visible()
            await at.edit("when 1 -> order", "when 1 -> agent")
            await expect(page.get_by_text("would still go on, in agent of main")).to_be_visible()
            assert look.complaints == []
