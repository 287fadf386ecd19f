"""Calls: legs with what the API and the webhooks know of them."""

from dataclasses import dataclass, field

from flowengine.sandbox.documents.perform import perform
from flowengine.sandbox.documents.program import Control, Goto, HungUp, Program, Redirected
from flowengine.sandbox.documents.services import Services
from flowengine.sandbox.documents.verbs import Verb
from flowengine.sandbox.network.audio import Tape
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.sandbox.recordings import Recording
from flowengine.sandbox.webhooks import call_fields

_LONGEST_SECONDS = 4 * 3600.0


@dataclass(eq=False)
class Call:
    """One call.

    Attributes:
        leg: Its connection.
        target: Its first document, or the verbs themselves; None: it is only connected, until somebody ends it.
        fallback: The document to use when one fails.
        status_callback: Told each change of state; empty for none.
        record: Whether all of it is recorded, from the answer on.
        recording: That recording, once the call is over.
        is_dialled: Whether it is the far end of a dial, which has no document of its own.
        is_elsewhere: Whether an account of FineSpeak, sms-voip or Speko has it, so that none of Telefonie sees it.
    """

    leg: Leg
    target: Goto | tuple[Verb, ...] | None = None
    fallback: Goto | None = None
    status_callback: str = ""
    record: bool = False
    recording: Recording | None = None
    is_dialled: bool = False
    is_elsewhere: bool = False
    control: Control = field(init=False)

    def __post_init__(self) -> None:
        self.control = Control(self.leg)


def follow(call: Call, services: Services) -> None:
    """Tell the call's `status_callback` each change of its state, in order, and record it if that is wanted."""
    states: list[LegState] = []
    call.leg.listeners.append(lambda leg: states.append(leg.state))
    services.in_background(_follow(call, services, states), f"call {call.leg.id}")


async def _follow(call: Call, services: Services, states: list[LegState]) -> None:
    leg = call.leg
    tape: Tape | None = None
    while True:
        await leg.until(lambda: bool(states))
        state = states.pop(0)
        if state is LegState.IN_PROGRESS and call.record:
            tape = Tape(services.clock.now())
            leg.media.tapes.add(tape)
        over = leg.is_over and not states
        if over and tape is not None:
            leg.media.tapes.discard(tape)
            call.recording = await services.recordings.save(leg.id, tape, leg.seconds_talked)
        if call.status_callback:
            await services.webhooks.notify(leg.id, call.status_callback, _status_fields(call, state))
        if over:
            return


def _status_fields(call: Call, state: LegState) -> dict[str, str | int | float]:
    leg = call.leg
    fields = call_fields(leg) | {"status": state.value, "timestamp": leg.clock.wall().isoformat()}
    if leg.is_over and state is leg.state:
        fields["duration"] = int(leg.seconds_talked)
        if call.recording is not None:
            fields |= {"recording_url": call.recording.url, "recording_duration": call.recording.duration}
    return fields


async def run(call: Call, services: Services) -> None:
    """Carry out a call's documents from its first to its end, and hang up then."""
    leg = call.leg
    try:
        if leg.direction == "outbound":
            await leg.until(lambda: leg.is_answered or leg.is_over)
            if not services.config.machine_detection:
                leg.answered_by = None
            elif leg.answered_by == "machine":
                await leg.until(lambda: leg.is_over, leg.greeting)
        target = call.target
        while not leg.is_over:
            program = Program(services, call.control, perform, fallback=call.fallback)
            try:
                if target is None:
                    await _stay_connected(program)
                else:
                    ending = await program.run(target)
                    if ending == "error":
                        await _apologise(program, services)
                    elif ending != "hangup":
                        program.answer()  # A document that says nothing still takes the call.
                break
            except Redirected:
                target, call.control.redirect = call.control.redirect, None
    except HungUp:
        return
    finally:
        # Whatever happened, nobody is left connected with nothing.
        leg.hang_up("network")


async def _stay_connected(program: Program) -> None:
    """There is nothing to carry out: the call stands, as if somebody talked, until it is ended or redirected."""
    program.answer()
    with program.awaiting("bridge"):
        await program.until(lambda: False, _LONGEST_SECONDS)


async def _apologise(program: Program, services: Services) -> None:
    """Say that something went wrong, so that nobody is left with silence."""
    program.answer()
    clip = await services.voice.say(program.leg.id, services.config.apology, "en-US", "")
    program.hear("say", services.config.apology, "en-US")
    program.leg.media.play(clip.pcm)
    await program.until(lambda: False, clip.seconds * services.config.pace)
