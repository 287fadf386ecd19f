"""What the console answers, asked without a browser: calls lived again, kept as scripts, compared and counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flowengine.cli.main import main
from flowengine.web.guard import COOKIE
from tests.web.console_stage import CONFIG, MAIN, Stage, stage, write_project


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server with the console."""
    async with stage(write_project(tmp_path / "project")) as made:
        yield made


async def _prove(at: Stage, call: str) -> None:
    caller = at.caller(call)
    await caller.begin()
    await caller.go_on(digits="4")
    await caller.go_on(digits="1234")
    await caller.over()


async def _until_over(at: Stage, call: str) -> None:
    """Wait until nothing happens in a call any more."""
    for _ in range(500):
        if (await at.get(f"/calls/{call}"))["row"]["ended"] is not None:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{call} still goes on")


async def test_a_past_call_is_whole(at: Stage) -> None:
    await at.order("CA1")
    (row,) = (await at.get("/calls"))["calls"]
    assert (row["id"], row["state"], row["at_flow"], row["step"]) == ("CA1", "flow", "main", "bye")
    view = await at.get("/calls/CA1")
    assert [turn["event"] for turn in view["turns"]] == ["started", "keys", "keys"]
    assert view["turns"][1]["variables"] == [{"flow": "main", "values": {}}]
    assert view["turns"][2]["variables"] == [{"flow": "main", "values": {"number": "12345", "text": "order 12345"}}]
    assert "order:" in view["files"]["flows/main.flow"]
    paths = [exchange["path"].rsplit("/", 1)[0] for exchange in view["exchanges"]]
    assert paths[0] == "/telefonie"
    assert len(paths) == 4
    assert "Your order number" in view["exchanges"][1]["body"]
    chart = await at.get("/pictures/main", version=view["version"])
    assert {"step:start", "step:order", "flow:verify"} <= {node["id"] for node in chart["nodes"]}


async def test_a_call_under_way_is_whole_as_well(at: Stage) -> None:
    caller = at.caller()
    await caller.begin()
    view = await at.get("/calls/CA1")
    assert (view["row"]["ended"], view["row"]["state"], view["row"]["step"]) == (None, "listen", "ask")
    assert (await at.get("/calls"))["calls"] == []


async def test_sensitive_inputs_are_nowhere(at: Stage) -> None:
    await _prove(at, "CA1")
    view = await at.get("/calls/CA1")
    told = json.dumps([view["turns"], view["exchanges"]], ensure_ascii=False)
    assert '"1234"' not in told
    assert "••••" in told
    assert view["exchanges"][1]["fields"]["digits"] == "4"
    assert view["exchanges"][2]["fields"]["digits"] == "••••"


async def test_a_repeated_request_with_a_secret_stays_hidden(at: Stage) -> None:
    caller = at.caller()
    await caller.begin()
    await caller.go_on(digits="4")
    action = caller.action
    await caller.go_on(digits="1234")
    await caller.ask(action, {"digits": "1234"})
    fields = [exchange["fields"] for exchange in (await at.get("/calls/CA1"))["exchanges"]]
    assert [one.get("digits") for one in fields] == [None, "4", "••••", "••••"]


async def test_a_secret_in_a_document_is_hidden(at: Stage) -> None:
    await at.edit(
        'transfer "+15551230001" timeout=20s',
        'gather number digits=11 sensitive=true:\n        say "Whose number?"\n    transfer ("+" ~ number) timeout=20s',
    )
    caller = at.caller()
    await caller.begin()
    await caller.go_on(digits="2")
    document = await caller.go_on(digits="15551239876")
    assert "15551239876" in document
    await caller.go_on(dial_call_status="busy", dial_target="+15551239876")
    view = await at.get("/calls/CA1")
    assert "5551239876" not in json.dumps(view)
    assert "••••" in view["exchanges"][2]["body"]


async def test_a_search_finds_by_number_flow_end_and_day(at: Stage) -> None:
    await at.order("CA1", "+15557650001")
    await at.leave("CA2", "+15557650002")
    started = (await at.get("/calls/CA2"))["row"]["started"]

    async def found(**query: str) -> list[str]:
        return sorted(row["id"] for row in (await at.get("/calls", **query))["calls"])

    assert await found() == ["CA1", "CA2"]
    assert await found(q="+15557650002") == ["CA2"]
    assert await found(q="+1555765") == ["CA1", "CA2"]
    assert await found(q="+49") == []
    assert await found(state="caller") == ["CA2"]
    assert await found(flow="verify") == []
    assert await found(to=str(started)) == ["CA1"]
    assert await found(**{"from": str(started)}) == ["CA2"]


@pytest.mark.parametrize(
    ("keys", "then"),
    [
        pytest.param(["1", "12345"], "", id="an order"),
        pytest.param(["1", "12345678"], "", id="as many digits as there can be"),
        pytest.param(["9", "", "1"], "over", id="misfit, silence, and gone"),
    ],
)
async def test_a_call_becomes_a_script_that_passes(
    at: Stage, keys: list[str], then: str, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = at.caller()
    await caller.begin()
    for pressed in keys:
        await caller.go_on(**({"digits": pressed} if pressed else {}))
    await caller.over()
    status, saved = await at.save("CA1", "from the console")
    assert (status, saved["problem"]) == (200, "")
    assert saved["file"] == "calls/from the console.call"
    assert (await asyncio.to_thread(main, ["test", str(at.root)])) == 0, capsys.readouterr().out


async def test_a_recording_and_a_transfer_become_a_script(at: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    caller = at.caller()
    await caller.begin()
    await caller.go_on(digits="2")
    await caller.go_on(dial_call_status="busy")
    await caller.go_on(digits="3")
    await caller.go_on(recording_url="https://r.example/1.wav", recording_duration="5")
    await caller.over()
    _, saved = await at.save("CA1", "busy")
    assert saved["problem"] == ""
    assert "peer busy" in saved["text"]
    assert "leave 5s" in saved["text"]
    assert (await asyncio.to_thread(main, ["test", str(at.root)])) == 0, capsys.readouterr().out


async def test_who_hangs_up_after_a_transfer_has_not_left(at: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    talked = (
        'transfer "+15551230001" timeout=20s:\n        on completed:\n            say "How was it?"\n            -> ask'
    )
    await at.edit('transfer "+15551230001" timeout=20s', talked)
    caller = at.caller()
    await caller.begin()
    await caller.go_on(digits="2")
    await caller.go_on(dial_call_status="completed", dial_call_duration="30", status="completed")
    counted = await at.get("/flows/main/statistics")
    assert counted["endings"] == {"caller": 1}
    assert sum(step["left"] for step in counted["steps"].values()) == 0
    assert sum(step["ended"] for step in counted["steps"].values()) == 1
    _, saved = await at.save("CA1", "talked")
    assert saved["problem"] == ""
    assert "    peer answered 30s\n" in saved["text"]
    assert saved["text"].endswith("    hangup\n")
    assert (await asyncio.to_thread(main, ["test", str(at.root)])) == 0, capsys.readouterr().out


async def test_what_follows_a_transfer_is_in_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path / "project")
    (root / "flowengine.toml").write_text(f'{CONFIG}\n[sms]\nallow = ["+1555*"]\n')
    head, dial = "flow main:\n    on failed -> bye\n", 'transfer "+15551230001" timeout=20s\n'
    after = f'{dial[:-1]}:\n        on completed:\n            sms "+15551230002" "Talked."\n            -> ask\n'
    flow = MAIN.replace(head, f'{head}    on hangup:\n        sms "+15551230003" "Gone."\n').replace(dial, after)
    (root / "flows" / "main.flow").write_text(flow)
    async with stage(root) as at:
        caller = at.caller()
        await caller.begin()
        await caller.go_on(digits="2")
        await caller.go_on(dial_call_status="completed", dial_call_duration="30", status="completed")
        await _until_over(at, "CA1")
        _, saved = await at.save("CA1", "talked")
        assert saved["problem"] == ""
        told = [line.strip() for line in saved["text"].splitlines()]
        place = [told.index(line) for line in ("peer answered 30s", 'expect sms "+15551230002"', "hangup")]
        assert place == sorted(place)
        assert told[-1] == 'expect sms "+15551230003"'
        assert (await asyncio.to_thread(main, ["test", str(at.root)])) == 0, capsys.readouterr().out


async def test_the_clock_of_a_flow_is_in_the_time_zone_of_the_project(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project")
    (root / "flowengine.toml").write_text(f'[project]\ntimezone = "Asia/Tokyo"\n{CONFIG}')
    noon = datetime(2026, 12, 20, 12, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    async with stage(root, clock=lambda: noon) as at:
        await at.order("CA1")
        assert (await at.get("/calls/CA1"))["clock"] == ""
        at.server.engine.ahead = lambda _call: 3600.0
        await at.order("CA2")
        assert (await at.get("/calls/CA2"))["clock"] == "Sunday 2026-12-20 13:00"


async def test_a_secret_is_left_out_of_the_script(at: Stage) -> None:
    await _prove(at, "CA1")
    _, saved = await at.save("CA1", "secret")
    assert "sensitive" in saved["problem"]
    assert 'press "••••"' in saved["text"]
    assert "It is you." in saved["text"]


@pytest.mark.parametrize("name", ["../out", "a/b", "a\\b", "", ".hidden", "x" * 200, "a\nb", "nul\0", "/etc/x"])
async def test_a_script_stays_in_its_folder(at: Stage, name: str) -> None:
    await at.order("CA1")
    status, answer = await at.save("CA1", name)
    assert status == 409, answer
    assert not list(at.root.parent.rglob("*.call"))


async def test_a_script_never_takes_the_place_of_another(at: Stage, tmp_path: Path) -> None:
    await at.order("CA1")
    assert (await at.save("CA1", "mine"))[0] == 200
    text = (at.root / "calls" / "mine.call").read_text()
    assert (await at.save("CA1", "mine"))[0] == 409
    assert (await at.save("CA1", "mine.call"))[0] == 409
    assert (at.root / "calls" / "mine.call").read_text() == text
    (at.root / "calls" / "link.call").symlink_to(tmp_path / "elsewhere")
    assert (await at.save("CA1", "link"))[0] == 409
    assert not (tmp_path / "elsewhere").exists()


async def test_a_folder_that_cannot_be_made_is_told(at: Stage) -> None:
    await at.order("CA1")
    (at.root / "calls").write_text("no folder")
    status, answer = await at.save("CA1", "mine")
    assert status == 500
    assert "cannot be written" in answer["problem"]


async def test_an_edit_shows_how_calls_would_end_now(at: Stage) -> None:
    await at.order("CA1")
    await at.leave("CA2")
    await _prove(at, "CA3")
    assert (await at.get("/compare"))["different"] == []

    await at.edit("when 1 -> order", "when 1 -> agent")
    rerun = (await at.get("/calls/CA1/now"))["rerun"]
    assert (rerun["before"]["how"], rerun["before"]["step"]) == ("flow", "bye")
    assert (rerun["now"]["how"], rerun["now"]["step"]) == ("waits", "agent")
    assert (rerun["parting"]["before"]["name"], rerun["parting"]["now"]["name"]) == ("order", "agent")
    day = await at.get("/compare")
    assert (day["looked_at"], day["same"]) == (3, 1)
    assert {one["row"]["id"] for one in day["different"]} == {"CA1", "CA2"}


async def test_a_key_that_is_no_choice_any_more_is_a_misfit_now(at: Stage) -> None:
    await at.order("CA1")
    await at.edit("when 1 -> order", "when 7 -> order")
    rerun = (await at.get("/calls/CA1/now"))["rerun"]
    assert (rerun["now"]["how"], rerun["now"]["step"]) == ("waits", "ask")


async def test_another_count_of_digits_is_judged_anew(at: Stage) -> None:
    await at.order("CA1")
    await at.edit("digits=4..8", "digits=6..8")
    rerun = (await at.get("/calls/CA1/now"))["rerun"]
    assert (rerun["now"]["how"], rerun["now"]["step"]) == ("waits", "order")


async def test_words_that_are_new_end_nothing_differently(at: Stage) -> None:
    await at.order("CA1")
    await at.edit("Goodbye.", "See you.")
    rerun = (await at.get("/calls/CA1/now"))["rerun"]
    assert rerun["before"] | {"line": 0} == rerun["now"] | {"line": 0}
    assert rerun["parting"]["now"]["text"] == "See you."


async def test_steps_are_counted(at: Stage) -> None:
    for number in range(3):
        await at.order(f"CA{number}")
    await at.leave("CA9")
    counted = await at.get("/flows/main/statistics")
    assert counted["calls"] == 4
    assert counted["endings"] == {"flow": 3, "caller": 1}
    order = counted["steps"]["order"]
    assert (order["entered"], order["left"], order["ended"]) == (4, 1, 0)
    assert counted["steps"]["ask"]["outcomes"] == {"1": 4}
    assert counted["ways"] == {"start>ask": 4, "ask>order": 4, "order>bye": 3}
    assert (await at.get("/flows/main/statistics", **{"from": "99999999999"}))["calls"] == 0


async def test_a_broken_flow_still_has_its_findings_and_pictures(at: Stage) -> None:
    await at.edit('say "Goodbye."', 'sya "Goodbye."')
    assert [flow["name"] for flow in await at.get("/flows")] == ["main", "verify"]
    assert (await at.get("/flows/main"))["chart"]["nodes"]
    async with at.client.ws_connect(f"{at.url}/ui/console/socket") as socket:
        seen = [await socket.receive_json(timeout=5) for _ in range(2)]
    project = next(news for news in seen if news["type"] == "project")
    assert project["serving"] == "previous"
    assert project["findings"][0]["code"].startswith("FE2")


async def test_the_socket_tells_what_changes(at: Stage) -> None:
    async with at.client.ws_connect(f"{at.url}/ui/console/socket") as socket:
        news = await socket.receive_json(timeout=5)
        assert news == {"type": "live", "calls": [], "over": [], "whole": True}
        await socket.send_json({"type": "look", "call": "CA1"})
        await socket.receive_json(timeout=5)
        caller = at.caller()
        await caller.begin()
        news = await socket.receive_json(timeout=5)
        assert [row["id"] for row in news["calls"]] == ["CA1"]
        assert await socket.receive_json(timeout=5) == {"type": "turned", "call": "CA1"}
        await caller.over()
        news = await socket.receive_json(timeout=5)
        assert (news["calls"], news["over"]) == ([], ["CA1"])


@pytest.mark.parametrize("path", ["/calls", "/calls/CA1", "/calls/CA1/now", "/compare", "/flows", "/socket"])
async def test_other_sites_are_refused(at: Stage, path: str) -> None:
    await at.order("CA1")
    assert await at.status(path, {"Host": "evil.example"}) == 403
    assert await at.status(path, {"Origin": "http://evil.example"}) == 403
    if path != "/socket":
        assert await at.status(path, {"Sec-Fetch-Site": "cross-site"}) == 403
        assert await at.status(path, {"Sec-Fetch-Site": "same-origin"}) == 200


async def test_with_a_token_everything_needs_it(tmp_path: Path) -> None:
    async with stage(write_project(tmp_path / "project"), token="secret") as at:
        await at.order("CA1")
        for path in ("/calls", "/calls/CA1", "/flows/main/statistics", "/socket"):
            assert await at.status(path) == 403
            assert await at.status(path, {"Cookie": f"{COOKIE}=wrong"}) == 403
        assert await at.status("/calls/CA1", {"Cookie": f"{COOKIE}=secret"}) == 200
        async with at.client.post(f"{at.url}/ui/console/calls/CA1/script", json={"name": "mine"}) as response:
            assert response.status == 403


@pytest.mark.parametrize("path", ["/calls/none", "/calls/none/now", "/flows/none", "/pictures/main?version=none"])
async def test_what_is_not_there_is_said(at: Stage, path: str) -> None:
    assert await at.status(path) == 404


@pytest.mark.parametrize("query", ["from=x", "cursor=x"])
async def test_what_cannot_be_read_is_said(at: Stage, query: str) -> None:
    assert await at.status(f"/calls?{query}") == 400


async def test_calls_of_a_file_are_there_after_a_restart(tmp_path: Path) -> None:
    root, file = write_project(tmp_path / "project"), tmp_path / "calls.db"
    async with stage(root, store=file) as at:
        await at.order("CA1")
    flow = root / "flows" / "main.flow"
    flow.write_text(flow.read_text().replace("when 1 -> order", "when 1 -> agent"))
    async with stage(root, store=file) as at:
        view = await at.get("/calls/CA1")
        assert (view["present"], view["exchanges"]) == (False, None)
        assert view["turns"][-1]["variables"][0]["values"]["number"] == "12345"
        assert "when 1 -> order" in view["files"]["flows/main.flow"]
        assert len((await at.get("/compare"))["different"]) == 1
