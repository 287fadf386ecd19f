"""Conferences: start, end, mute, seats, the waiting room, recordings, events; by document and by API."""

from typing import Any

from flowengine.sandbox import LegState
from tests.sandbox.customer import Stage, heard


def _room(attributes: str, dial: str) -> str:
    return f"<Response><Dial action='/after' {dial}><Conference {attributes}>team</Conference></Dial></Response>"


async def _enter(carrier: Stage, attributes: str = "", dial: str = "") -> Any:
    return await carrier.call(_room(attributes, dial))


def _hears(listener: Any, speaker: Any) -> bool:
    listener.leg.media.stop()  # The beep that may still play.
    frame = b"\x10\x20" * 160
    speaker.leg.pick_up_sound(frame)
    return bool(listener.leg.media.listen(160) == frame)


async def test_members_hear_each_other_but_not_the_muted(carrier: Stage) -> None:
    one, two, three = [await _enter(carrier, mute) for mute in ("", "", "muted='true'")]
    assert _hears(one, two)
    two.leg.media.listen(160), three.leg.media.listen(160)
    assert _hears(two, one)
    assert not _hears(one, three)


async def test_it_starts_with_the_moderator(carrier: Stage) -> None:
    guest = await _enter(carrier, "startConferenceOnEnter='false'")
    assert heard(guest)[-1] == "music"
    room = carrier.sandbox.network.room("team")
    assert room.state == "init"
    moderator = await _enter(carrier, "startConferenceOnEnter='true' endConferenceOnExit='true'")
    assert room.state == "in-progress"
    assert _hears(guest, moderator)
    moderator.hang_up()
    await carrier.clock.settle()
    assert room.state == "completed"
    assert guest.state is LegState.COMPLETED
    assert [fields["conference_result"] for fields in carrier.customer.asked("/after")] == ["hangup", "ended"]


async def test_the_waiting_room_has_a_document(carrier: Stage) -> None:
    carrier.customer.documents["/wait"] = "<Response><Say>Wait</Say><Pause length='10'/></Response>"
    guest = await _enter(carrier, "startConferenceOnEnter='false' waitUrl='/wait'")
    await carrier.clock.advance(21)
    assert heard(guest).count("Wait") == 3
    await _enter(carrier)
    await carrier.clock.advance(30)
    assert heard(guest).count("Wait") == 3
    assert guest.awaiting.kind == "conference"


async def test_a_full_room_takes_nobody(carrier: Stage) -> None:
    await _enter(carrier, "maxParticipants='1'")
    await _enter(carrier, "maxParticipants='1'")
    [fields] = carrier.customer.asked("/after")
    assert (fields["dial_call_status"], fields["conference_result"]) == ("failed", "full")


async def test_star_leaves(carrier: Stage) -> None:
    one, two = await _enter(carrier, dial="hangupOnStar='true'"), await _enter(carrier)
    one.press("*")
    await carrier.clock.settle()
    assert carrier.customer.asked("/after")[0]["conference_result"] == "left"
    assert two.awaiting.kind == "conference"


async def test_the_beep_can_be_switched_off(carrier: Stage) -> None:
    one = await _enter(carrier)
    await _enter(carrier, "beep='false'")
    assert heard(one) == ["beep"]
    await _enter(carrier, "beep='onEnter'")
    assert heard(one) == ["beep", "beep"]


async def test_its_recording_and_events_are_told(carrier: Stage) -> None:
    one = await _enter(
        carrier, "record='record-from-start' statusCallback='/events' recordingStatusCallback='/recorded'"
    )
    await carrier.clock.advance(12)
    one.hang_up()
    await carrier.clock.settle()
    events = sorted(fields["event"] for fields in carrier.customer.asked("/events"))
    assert events == ["conference-end", "conference-start", "participant-join", "participant-leave"]
    assert carrier.customer.asked("/recorded")[0]["recording_duration"] == "12"


async def test_the_api_creates_a_room_and_dials_into_it(carrier: Stage) -> None:
    status, room = await carrier.request("POST", "/conferences", {"friendly_name": "team", "max_participants": 2})
    assert (status, room["status"], room["participant_count"]) == (201, "init", 0)
    path = f"/conferences/{room['id']}/participants"
    body = {"to": "+15558880000", "from": "+15551230000", "muted": True}
    status, participant = await carrier.request("POST", path, body)
    assert (status, participant["conference_id"], participant["muted"]) == (201, room["id"], True)
    await carrier.clock.advance(1)
    _, listed = await carrier.request("GET", path)
    assert [(member["call_id"], member["status"]) for member in listed["participants"]] == [
        (participant["call_id"], "connected")
    ]
    caller = await _enter(carrier)
    _, listed = await carrier.request("GET", "/conferences?status=in-progress")
    assert [(entry["id"], entry["participant_count"]) for entry in listed["conferences"]] == [(room["id"], 2)]
    assert (await carrier.request("POST", path, body))[0] == 409
    caller.hang_up()
    await carrier.request("DELETE", f"/calls/{participant['call_id']}")
    await carrier.clock.settle()
    _, listed = await carrier.request("GET", "/conferences?status=completed")
    assert [entry["id"] for entry in listed["conferences"]] == [room["id"]]
    assert (await carrier.request("POST", path, body))[0] == 409


async def test_there_is_no_such_room(carrier: Stage) -> None:
    assert (await carrier.request("GET", "/conferences/CF0/participants"))[0] == 404
