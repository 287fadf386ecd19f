"""Dial to a conference."""

from collections.abc import Callable

from flowengine.sandbox.documents.perform.bridge import after
from flowengine.sandbox.documents.program import Goto, HungUp, Program, Stopped
from flowengine.sandbox.documents.verbs import ConferenceTarget, Dial
from flowengine.sandbox.network.audio import beep
from flowengine.sandbox.network.conference import Member, Room
from flowengine.sandbox.network.leg import Heard
from flowengine.sandbox.webhooks import Values


async def join_conference(program: Program, verb: Dial, target: ConferenceTarget) -> Goto | None:
    """Let the caller into the room, and go on when they are out of it again."""
    program.answer()
    leg, services = program.leg, program.services
    leg.clear_keys()
    room = services.network.room(target.name, target.max_participants)
    _configure(program, room, target)
    member = room.enter(leg, muted=target.muted, starts=target.start_on_enter, ends=target.end_on_exit)
    result: Values = {"conference_id": room.id, "dial_call_duration": 0}
    if member is None:
        result |= {"dial_call_status": "failed", "conference_result": "full"}
        return after(program, verb, result)
    if target.beep in ("true", "onEnter"):
        _beep(program, room)
    began = services.clock.now()
    try:
        with program.awaiting("conference", name=target.name):
            await _stay(program, verb, target, room, member)
    except HungUp:
        room.leave(leg)
        duration = int(services.clock.now() - began)
        result |= {"dial_call_status": "completed", "conference_result": "hangup", "dial_call_duration": duration}
        await program.report(after(program, verb, result))
        raise
    finally:
        ended = room.is_over
        room.leave(leg)
        leg.clear_keys()
        if target.beep in ("true", "onExit"):
            _beep(program, room)
    result |= {
        "dial_call_status": "completed",
        "conference_result": "ended" if ended else "left",
        "dial_call_duration": int(services.clock.now() - began),
    }
    return after(program, verb, result)


def _configure(program: Program, room: Room, target: ConferenceTarget) -> None:
    """What a document says of a room counts when it is the first to open it."""
    if room.members:
        return
    services = program.services
    if target.status_callback:
        services.on_room(room, program.resolve(target.status_callback))
    if target.record:
        callback = program.resolve(target.recording_status_callback) if target.recording_status_callback else ""

        def recorded(url: str, seconds: int) -> None:
            services.notify(
                "", callback, {"conference_id": room.id, "recording_url": url, "recording_duration": seconds}
            )

        services.record_room(room, recorded)


async def _stay(program: Program, verb: Dial, target: ConferenceTarget, room: Room, member: Member) -> None:
    leg = program.leg

    def out() -> bool:
        return leg.id not in room.members or (verb.hangup_on_star and "*" in leg.keys)

    began = program.services.clock.now()
    if member.hold and target.wait_url != "":
        await _wait_for_start(program, target, member, out)
    await program.until(out, max(0.0, verb.time_limit - (program.services.clock.now() - began)))


async def _wait_for_start(program: Program, target: ConferenceTarget, member: Member, out: Callable[[], bool]) -> None:
    """Music, or the document of the waiting room, until the conference starts."""
    if target.wait_url is None:
        program.hear("music", "music")
        await program.until(lambda: out() or not member.hold)
        return
    waiting = program.nested(dict, lambda: out() or not member.hold)
    url = program.resolve(target.wait_url)
    try:
        while True:
            round_began = program.services.clock.now()
            if await waiting.run(Goto(url, target.wait_method)) in ("error", "leave", "hangup"):
                break
            rest = program.services.config.wait_round - (program.services.clock.now() - round_began)
            await waiting.until(lambda: False, max(0.0, rest))
    except Stopped:
        return
    await program.until(lambda: out() or not member.hold)


def _beep(program: Program, room: Room) -> None:
    now = program.services.clock.now()
    for member in room.members.values():
        member.leg.tell(Heard(now, "beep", "beep"))
        member.leg.media.play(beep(0.2))
