"""Two legs that talk to each other."""

from collections.abc import Callable
from dataclasses import dataclass

from flowengine.sandbox.documents.program import Goto, Program
from flowengine.sandbox.documents.verbs import Dial
from flowengine.sandbox.network.audio import Tape
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.recordings import Recording
from flowengine.sandbox.webhooks import Values


@dataclass(slots=True)
class Conversation:
    """What is left of it."""

    recording: Recording | None = None


async def bridge(
    program: Program, verb: Dial, other: Leg, conversation: Conversation, left: Callable[[], bool] = lambda: False
) -> None:
    """Connect the program's leg with `other` until one hangs up, `left` holds, the time is up, or star is pressed.

    However it ends, `conversation` tells what is left of it.
    """
    leg, services = program.leg, program.services
    tape = Tape(services.clock.now()) if verb.record else None
    leg.media.join(other.media)
    if tape is not None:
        leg.media.tapes.add(tape)
    other.dependants.append(leg)

    def over() -> bool:
        return other.is_over or other.is_released or left() or (verb.hangup_on_star and "*" in leg.keys)

    try:
        with program.awaiting("bridge", **{"with": other.id}):
            await program.until(over, verb.time_limit)
    finally:
        leg.clear_keys()
        leg.media.part(other.media)
        if tape is not None:
            leg.media.tapes.discard(tape)
            seconds = services.clock.now() - tape.started
            conversation.recording = await services.recordings.save(leg.id, tape, seconds)
            _announce(program, verb, conversation.recording)


def _announce(program: Program, verb: Dial, recording: Recording) -> None:
    fields: Values = {
        "call_id": program.leg.id,
        "recording_id": recording.id,
        "recording_url": recording.url,
        "recording_duration": recording.duration,
        "recording_status": "completed",
    }
    callback = verb.recording_status_callback
    program.services.notify(program.leg.id, program.resolve(callback) if callback else "", fields)


def after(program: Program, verb: Dial, result: Values, conversation: Conversation | None = None) -> Goto | None:
    """The request that follows a dial; None when it has no action."""
    if verb.action.url is None:
        return None
    if conversation is not None and conversation.recording is not None:
        recording = conversation.recording
        result |= {"recording_url": recording.url, "recording_duration": recording.duration}
    return Goto(program.resolve(verb.action.url), verb.action.method, result)
