"""The Telefonie Voice API: calls from their creation to their end."""

import re

import pytest

from flowengine.sandbox import LegState
from tests.sandbox.customer import LINE, Stage, heard, stage

PHONE = "+15558880000"


async def _create(carrier: Stage, document: str = "<Response/>", to: str = PHONE, **fields: object) -> str:
    carrier.customer.documents["/out"] = document
    body = {"to": to, "from": LINE, "url": f"{carrier.customer.url}/out"} | fields
    status, call = await carrier.request("POST", "/calls", body)
    assert (status, call["status"]) == (201, "queued")
    return str(call["id"])


async def test_an_outbound_call_from_its_creation_to_its_end(carrier: Stage) -> None:
    call_id = await _create(
        carrier, "<Response><Pause length='65'/></Response>", status_callback=f"{carrier.customer.url}/status"
    )
    assert re.fullmatch("CA[0-9a-f]{32}", call_id)
    await carrier.clock.advance(0.5)
    assert (await carrier.request("GET", f"/calls/{call_id}"))[1]["status"] == "ringing"
    await carrier.clock.advance(65.5)
    status, call = await carrier.request("GET", f"/calls/{call_id}")
    assert status == 200
    assert call == {
        "id": call_id,
        "status": "completed",
        "direction": "outbound",
        "from": LINE,
        "to": PHONE,
        "duration": 65,
        "start_time": "2026-01-05T12:00:01.000Z",
        "end_time": "2026-01-05T12:01:06.000Z",
        "price": "-0.0200",
        "price_unit": "USD",
        "url": f"{carrier.customer.url}/out",
        "status_callback": f"{carrier.customer.url}/status",
        "answered_by": "human",
    }
    assert carrier.customer.statuses() == ["ringing", "in-progress", "completed"]
    assert carrier.customer.asked("/status")[-1]["duration"] == "65"
    assert carrier.customer.asked("/out")[0]["answered_by"] == "human"


@pytest.mark.parametrize(("ending", "state"), [("9901", "busy"), ("9902", "no-answer"), ("9903", "failed")])
async def test_calls_that_nobody_takes(carrier: Stage, ending: str, state: str) -> None:
    call_id = await _create(carrier, to=f"+1555888{ending}", timeout=20)
    await carrier.clock.advance(20)
    assert (await carrier.request("GET", f"/calls/{call_id}"))[1]["status"] == state
    assert carrier.customer.asked("/out") == []


async def test_a_machine_is_spoken_to_after_its_greeting(carrier: Stage) -> None:
    await _create(carrier, to="+15558889904")
    await carrier.clock.advance(4.9)
    assert carrier.customer.asked("/out") == []
    await carrier.clock.advance(0.1)
    assert carrier.customer.asked("/out")[0]["answered_by"] == "machine"


async def test_a_recorded_call(carrier: Stage) -> None:
    call_id = await _create(carrier, "<Response><Pause length='4'/></Response>", record=True)
    await carrier.clock.advance(5)
    _, call = await carrier.request("GET", f"/calls/{call_id}")
    async with carrier.api.get(call["recording_url"]) as response:
        assert len(await response.read()) == 44 + 4 * 16_000


async def test_a_call_without_a_url_stands_until_it_is_ended(carrier: Stage) -> None:
    _, call = await carrier.request("POST", "/calls", {"to": PHONE, "from": LINE})
    await carrier.clock.advance(10)
    assert (await carrier.request("GET", f"/calls/{call['id']}"))[1]["status"] == "in-progress"
    assert (await carrier.request("DELETE", f"/calls/{call['id']}"))[0] == 204
    assert (await carrier.request("GET", f"/calls/{call['id']}"))[1]["status"] == "completed"
    assert (await carrier.request("DELETE", f"/calls/{call['id']}"))[0] == 204


async def test_a_running_call_is_redirected(carrier: Stage) -> None:
    phone = await carrier.call("<Response><Gather timeout='60' action='/never'><Say>Wait</Say></Gather></Response>")
    carrier.customer.documents["/other"] = "<Response><Say>Other</Say><Pause length='9'/></Response>"
    body = {"url": f"{carrier.customer.url}/other", "method": "GET"}
    status, call = await carrier.request("POST", f"/calls/{phone.leg.id}", body)
    assert (status, call["status"]) == (200, "in-progress")
    await carrier.clock.settle()
    assert heard(phone) == ["Wait", "Other"]
    assert phone.state is LegState.IN_PROGRESS


async def test_the_far_end_of_a_dial_is_redirected(carrier: Stage) -> None:
    caller = await carrier.call("<Response><Dial>+15558880000</Dial><Say>Alone again</Say></Response>")
    await carrier.clock.settle()
    _, listed = await carrier.request("GET", "/calls?direction=outbound")
    [far] = listed["calls"]
    body = {"url": f"{carrier.customer.url}/other"}
    assert (await carrier.request("POST", f"/calls/{far['id']}", body))[0] == 409
    await carrier.clock.advance(3)
    carrier.customer.documents["/other"] = "<Response><Pause length='9'/></Response>"
    assert (await carrier.request("POST", f"/calls/{far['id']}", body))[0] == 200
    await carrier.clock.settle()
    assert heard(caller) == ["Alone again"]
    assert caller.state is LegState.COMPLETED
    assert (await carrier.request("GET", f"/calls/{far['id']}"))[1]["status"] == "in-progress"


async def test_completed_and_canceled(carrier: Stage) -> None:
    ringing = await _create(carrier, to="+15558889902")
    await carrier.clock.advance(2)
    _, call = await carrier.request("POST", f"/calls/{ringing}", {"status": "canceled"})
    assert call["status"] == "canceled"
    phone = await carrier.call("<Response><Pause length='60'/><Say>x</Say><Pause length='60'/></Response>")
    await carrier.clock.advance(60)
    status, answer = await carrier.request("POST", f"/calls/{phone.leg.id}", {"status": "canceled"})
    assert (status, answer["error"]["param"]) == (409, "status")
    assert (await carrier.request("POST", f"/calls/{phone.leg.id}", {"status": "completed"}))[1][
        "status"
    ] == "completed"
    status, answer = await carrier.request("POST", f"/calls/{phone.leg.id}", {"url": "http://127.0.0.1/"})
    assert (status, answer["error"]["code"]) == (409, "call_is_over")


async def test_the_list_is_filtered_and_paged(carrier: Stage) -> None:
    ids = [await _create(carrier, to=f"+155588800{index:02}") for index in range(5)]
    await carrier.call("<Response/>")
    _, page = await carrier.request("GET", "/calls?direction=outbound&page=2&page_size=2")
    assert (page["total"], page["page"], page["page_size"]) == (5, 2, 2)
    assert [call["id"] for call in page["calls"]] == [ids[2], ids[1]]
    _, page = await carrier.request("GET", "/calls?to=%2B15558880003")
    assert [call["id"] for call in page["calls"]] == [ids[3]]
    _, page = await carrier.request("GET", "/calls?status=completed&from=%2B15557650001")
    assert page["total"] == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"from": LINE}, "to"),
        ({"to": PHONE, "from": LINE, "timeout": "30"}, "timeout"),
        ({"to": PHONE, "from": LINE, "method": "PUT"}, "method"),
        ({"to": PHONE, "from": LINE, "url": None}, "url"),
        ([], None),
    ],
)
async def test_bad_bodies(carrier: Stage, body: object, param: str | None) -> None:
    status, answer = await carrier.request("POST", "/calls", body)
    assert (status, answer["error"].get("param")) == (400, param)


@pytest.mark.parametrize("query", ["status=over", "page_size=101", "page=first", "since=2026"])
async def test_bad_queries(carrier: Stage, query: str) -> None:
    assert (await carrier.request("GET", f"/calls?{query}"))[0] == 400


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_there_is_no_such_call(carrier: Stage, method: str) -> None:
    assert (await carrier.request(method, "/calls/CA0"))[0] == 404


async def test_a_key_is_needed(carrier: Stage) -> None:
    url = f"{carrier.sandbox.url}/v1/voice/calls"
    async with carrier.api.get(url, headers={"X-API-Key": "wrong"}) as response:
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "unauthorized"


async def test_numbers_that_cannot_be_dialled(carrier: Stage) -> None:
    call_id = await _create(carrier, to="nobody")
    await carrier.clock.settle()
    assert (await carrier.request("GET", f"/calls/{call_id}"))[1]["status"] == "failed"
    async with stage(strict_numbers=True) as strict:
        status, answer = await strict.request("POST", "/calls", {"to": "nobody", "from": LINE})
        assert (status, answer["error"]["param"]) == (400, "to")


async def test_calls_that_are_over_are_forgotten_in_the_end() -> None:
    async with stage(keep=3) as carrier:
        phones = [await carrier.call("<Response><Answer/></Response>") for _ in range(5)]
        _, page = await carrier.request("GET", "/calls")
        assert [call["id"] for call in page["calls"]] == [phone.leg.id for phone in reversed(phones[2:])]
