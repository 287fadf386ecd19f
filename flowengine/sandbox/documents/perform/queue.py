"""Both ends of a queue: callers who wait, and agents who take the next one."""

from collections.abc import Callable

from flowengine.sandbox.documents.perform.bridge import Conversation, after, bridge
from flowengine.sandbox.documents.program import Ending, Goto, HungUp, Program, Redirected, Stopped
from flowengine.sandbox.documents.verbs import Dial, Enqueue, QueueTarget
from flowengine.sandbox.network.waiting import Entry, WaitingLine
from flowengine.sandbox.webhooks import Fields, Values


async def enqueue(program: Program, verb: Enqueue) -> Goto | None:
    """Let the caller wait, hearing the waiting document, until an agent takes them; go on after that conversation."""
    program.answer()
    leg = program.leg
    leg.clear_keys()
    queue = program.services.network.queue(verb.name)
    entry = queue.enter(leg)
    if entry is None:
        return _after(program, verb, queue, None, "queue-full")
    try:
        with program.awaiting("queue", name=verb.name):
            ending = await _wait(program, verb, queue, entry)
        if entry.agent is None:
            queue.leave(entry)
            return _after(program, verb, queue, entry, "leave" if ending == "leave" else "error")
        with program.awaiting("bridge", **{"with": entry.agent.id}):
            await program.until(_served(entry))
    except (HungUp, Redirected) as interruption:
        queue.leave(entry)
        entry.served = True
        if entry.agent is not None:
            entry.agent.changed.fire()
        if isinstance(interruption, HungUp):
            await program.report(_after(program, verb, queue, entry, _how_left(entry)))
        raise
    leg.clear_keys()
    return _after(program, verb, queue, entry, "bridged")


def _how_left(entry: Entry) -> str:
    return "hangup" if entry.agent is None else "bridged"


async def _wait(program: Program, verb: Enqueue, queue: WaitingLine, entry: Entry) -> Ending:
    """Wait for an agent; how the waiting document ended, if it did so first."""
    if not verb.wait_url:
        program.hear("music", "music")
        await program.until(lambda: entry.agent is not None)
        return "end"

    def fields() -> Fields:
        return {
            "queue_id": queue.id,
            "queue_position": queue.position(entry),
            "queue_time": int(queue.waited(entry)),
            "current_queue_size": len(queue.entries),
            "max_queue_size": queue.seats,
        }

    waiting = program.nested(fields, lambda: entry.agent is not None)
    url = program.resolve(verb.wait_url)
    clock = program.services.clock
    try:
        while True:
            began = clock.now()
            ending = await waiting.run(Goto(url, verb.wait_method))
            if ending == "hangup":
                program.leg.hang_up("network")
                program.check()
            if ending != "end":
                return ending
            await waiting.until(lambda: False, max(0.0, program.services.config.wait_round - (clock.now() - began)))
    except Stopped:
        return "end"


def _after(program: Program, verb: Enqueue, queue: WaitingLine, entry: Entry | None, result: str) -> Goto | None:
    if verb.action.url is None:
        return None
    waited = 0 if entry is None else int(queue.waited(entry))
    fields: Values = {"queue_result": result, "queue_id": queue.id, "queue_time": waited}
    return Goto(program.resolve(verb.action.url), verb.action.method, fields)


def _served(entry: Entry) -> Callable[[], bool]:
    return lambda: entry.served


async def serve_queue(program: Program, verb: Dial, target: QueueTarget) -> Goto | None:
    """Connect this leg, an agent's, with the first who waits; with nobody there, wait for one."""
    program.answer()
    leg = program.leg
    leg.clear_keys()
    queue = program.services.network.queue(target.name)
    queue.agents.append(leg)
    try:
        with program.awaiting("dial", numbers=[f"queue:{target.name}"]):
            someone_came = await program.until(lambda: bool(queue.entries), verb.timeout)
    finally:
        queue.agents.remove(leg)
    entry = queue.take(leg) if someone_came else None
    conversation = Conversation()
    if entry is not None:
        try:
            await bridge(program, verb, entry.leg, conversation, _served(entry))
        finally:
            entry.served = True
            entry.leg.changed.fire()
    result: Values = {"dial_call_status": "no-answer", "dial_bridged": "false"}
    if entry is not None:
        result = {"dial_call_status": "completed", "dial_call_id": entry.leg.id, "dial_bridged": "true"}
    return after(program, verb, result, conversation)
