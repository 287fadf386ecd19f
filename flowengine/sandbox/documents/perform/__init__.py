"""How each verb is carried out: one module a verb, or a small family of them."""

from flowengine.sandbox.documents.perform.conference import join_conference
from flowengine.sandbox.documents.perform.dial import dial_numbers
from flowengine.sandbox.documents.perform.gather import gather
from flowengine.sandbox.documents.perform.prompts import prompt
from flowengine.sandbox.documents.perform.queue import enqueue, serve_queue
from flowengine.sandbox.documents.perform.record import record
from flowengine.sandbox.documents.program import Ending, Goto, Program
from flowengine.sandbox.documents.verbs import (
    Answer,
    ConferenceTarget,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    QueueTarget,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)
from flowengine.sandbox.network.leg import LegState


async def perform(program: Program, verb: Verb) -> Goto | Ending | None:
    """Carry out a verb. None: go on with the next one; else where to go, or how the program ends."""
    match verb:
        case Pause() if program.leg.state is LegState.RINGING and program.leg.direction == "inbound":
            await program.until(lambda: False, verb.length)  # A call may ring on for a while before it is answered.
        case Say() | Play() | Pause():
            program.answer()
            await prompt(program, verb)
        case Answer():
            program.answer()
        case Gather():
            return await gather(program, verb)
        case Record():
            return await record(program, verb)
        case Dial(targets=ConferenceTarget() as room):
            return await join_conference(program, verb, room)
        case Dial(targets=QueueTarget() as queue):
            return await serve_queue(program, verb, queue)
        case Dial(targets=tuple() as numbers):
            return await dial_numbers(program, verb, numbers)
        case Enqueue():
            return await enqueue(program, verb)
        case Redirect():
            return Goto(program.resolve(verb.url), verb.method)
        case Reject():
            if program.leg.state is LegState.RINGING:
                program.leg.hung_up_by = "network"
                program.leg.move_to(LegState.BUSY if verb.reason == "busy" else LegState.NO_ANSWER)
            return "hangup"
        case Hangup():
            program.answer()
            return "hangup"
        case Leave():
            return "leave"
    return None
