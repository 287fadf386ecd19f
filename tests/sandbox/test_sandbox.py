"""The carrier as a whole: real time, mounted in another server, observed, repeatable."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError

from flowengine.sandbox import Behaviour, Happening, LegState, NumberConfig, Sandbox, SandboxConfig
from tests.sandbox.customer import CALLER, LINE, heard, stage


async def test_in_real_time() -> None:
    async def voice(_request: web.Request) -> web.Response:
        return web.json_response({"actions": [{"say": "Hi"}, {"pause": {"length": 0.05}}]})

    app = web.Application()
    app.router.add_post("/voice", voice)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/voice"
    async with Sandbox(SandboxConfig(numbers={LINE: NumberConfig(voice_url=url)}, pace=0.1)) as sandbox:
        phone = sandbox.network.place_call(CALLER, LINE)
        assert await asyncio.wait_for(phone.leg.until(lambda: phone.leg.is_over), 5)
        assert heard(phone) == ["Hi"]
    await runner.cleanup()


async def test_mounted_in_another_server() -> None:
    with pytest.raises(ValidationError, match="public_url is needed"):
        SandboxConfig(listen=False)
    config = SandboxConfig(listen=False, public_url="http://127.0.0.1:1/carrier/")
    async with Sandbox(config) as sandbox:
        assert sandbox.url == "http://127.0.0.1:1/carrier"
        host = web.Application()
        host.add_subapp("/carrier", sandbox.app)
        runner = web.AppRunner(host)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/carrier"
        async with aiohttp.ClientSession() as client:
            async with client.get(f"{url}/v1/voice/calls", headers={"X-API-Key": "sandbox"}) as response:
                assert (await response.json())["calls"] == []
            async with client.get(f"{url}/recordings/RE0.wav") as response:
                assert response.status == 404
        await runner.cleanup()


async def test_calls_under_way_end_with_the_carrier() -> None:
    async with stage() as carrier:
        phone = await carrier.call("<Response><Gather timeout='100'/></Response>")
    assert phone.state is LegState.COMPLETED
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_observers_learn_everything_in_order() -> None:
    happenings: list[Happening] = []
    async with stage() as carrier:
        stop = carrier.sandbox.bulletin.observe(happenings.append)
        phone = await carrier.call(
            "<Response><Gather numDigits='1' action='/voice2'><Say language='en-GB'>Hi</Say></Gather></Response>"
        )
        phone.press("1")
        await carrier.clock.settle()
        stop()
        await carrier.call("<Response/>")
    told = [(happening.kind, happening.text) for happening in happenings if "status" not in happening.text]
    assert told == [
        ("call", f"{CALLER} -> {LINE}: ringing"),
        ("request", f"POST {carrier.customer.url}/voice -> 200"),
        ("call", f"{CALLER} -> {LINE}: in-progress"),
        ("heard", "Hi"),
        ("keys", "1"),
        ("request", f"POST {carrier.customer.url}/voice2 -> 200"),
        ("call", f"{CALLER} -> {LINE}: completed"),
    ]


async def test_the_same_seed_gives_the_same_ids() -> None:
    ids = []
    for seed in (7, 7, 8):
        async with stage(seed=seed) as carrier:
            ids.append((await carrier.call("<Response/>")).leg.id)
    assert ids[0] == ids[1] != ids[2]


async def test_phones_behave_as_configured() -> None:
    phones = {
        "+1555888*": Behaviour(keys=("1", "22#"), after=0),
        "+15559990000": Behaviour(words=("sales", "This is Ada."), after=0, message=3, reaction=0),
    }
    async with stage(phones=phones) as carrier:
        carrier.customer.documents["/out"] = (
            "<Response><Gather action='/out' input='dtmf speech' timeout='2'/></Response>"
        )
        body = {"from": LINE, "url": f"{carrier.customer.url}/out"}
        await carrier.request("POST", "/calls", body | {"to": "+15558880000"})
        await carrier.clock.advance(10)
        asked = carrier.customer.asked("/out")
        assert [fields.get("digits") for fields in asked[:4]] == [None, "1", "22", "22"]
        carrier.customer.documents["/out"] = lambda fields: (
            "<Response><Record action='/recorded' transcribe='true'/></Response>"
            if "speech" in fields
            else "<Response><Gather action='/out' input='speech'/></Response>"
        )
        await carrier.request("POST", "/calls", body | {"to": "+15559990000"})
        await carrier.clock.advance(20)
        [fields] = carrier.customer.asked("/recorded")
        assert (fields["transcription_text"], fields["recording_duration"]) == ("This is Ada.", "3")


async def test_an_agent_is_sent_to_a_queue() -> None:
    async with stage() as carrier:
        caller = await carrier.call("<Response><Enqueue action='/after'>support</Enqueue></Response>")
        carrier.sandbox.exchange.send_agent("support", LINE, "+15558880000")
        await carrier.clock.advance(1)
        assert caller.awaiting.kind == "bridge"
        await carrier.clock.advance(20)
        assert carrier.customer.asked("/after")[0]["queue_result"] == "bridged"


async def test_a_number_is_given_up() -> None:
    async with stage() as carrier:
        carrier.sandbox.exchange.disown(LINE)
        assert (await carrier.call("<Response/>")).state is LegState.FAILED


async def test_old_recordings_are_removed() -> None:
    async with stage(keep=2) as carrier:
        urls = []
        for _ in range(3):
            phone = await carrier.call("<Response><Record action='/done'/></Response>")
            phone.leave(1, then_hang_up=True)
            await carrier.clock.settle()
            urls.append(carrier.customer.asked("/done")[-1]["recording_url"])
        statuses = []
        for url in urls:
            async with carrier.api.get(url) as response:
                statuses.append(response.status)
        assert statuses == [404, 200, 200]
