"""Dial to numbers: all ring at once, and who takes the call first is connected."""

from dataclasses import dataclass

from flowengine.sandbox.documents.perform.bridge import Conversation, after, bridge
from flowengine.sandbox.documents.program import Control, Ending, Goto, HungUp, Program, Redirected, Stopped
from flowengine.sandbox.documents.verbs import Dial, Target
from flowengine.sandbox.network.leg import Awaiting, Heard, Leg, LegState
from flowengine.sandbox.webhooks import Values


@dataclass(eq=False, slots=True)
class _Attempt:
    """One number that rings, on its way to being connected."""

    leg: Leg
    target: Target
    ready: bool = False
    failed: bool = False


async def dial_numbers(program: Program, verb: Dial, targets: tuple[Target, ...]) -> Goto | None:
    """Ring the targets, connect the first that is ready, and go on when that is over."""
    program.answer()
    leg, services = program.leg, program.services
    leg.clear_keys()
    attempts: list[_Attempt] = []
    won: _Attempt | None = None
    talk = Conversation()
    try:
        attempts.extend(_start(program, verb, target) for target in targets)
        with program.awaiting("dial", numbers=[target.address for target in targets], timeout=verb.timeout):
            await program.until(
                lambda: any(attempt.ready for attempt in attempts) or all(attempt.failed for attempt in attempts)
            )
        won = next((attempt for attempt in attempts if attempt.ready), None)
        for attempt in attempts:
            if attempt is not won:
                attempt.leg.hang_up("network")
        if won is not None:
            won.leg.await_(Awaiting("bridge", {"with": leg.id}))
            await bridge(program, verb, won.leg, talk)
    except (HungUp, Redirected, Stopped) as interruption:
        _end_all(attempts)
        if isinstance(interruption, HungUp):
            result = _result(won, attempts, "completed" if won is not None else "canceled")
            await program.report(after(program, verb, result, talk))
        raise
    finally:
        _end_all(attempts)
    if won is None:
        services.bulletin.tell("call", leg.id, f"dial: {_outcome(attempts)}")
    return after(program, verb, _result(won, attempts, "completed" if won is not None else _outcome(attempts)), talk)


def _start(program: Program, verb: Dial, target: Target) -> _Attempt:
    caller = verb.caller_id or program.leg.caller
    child = program.services.dial(
        caller, target.address, verb.timeout, parent=program.leg.id, status_callback=_absolute(program, target)
    )
    attempt = _Attempt(child, target)
    child.dependants.append(program.leg)
    program.services.in_background(_pursue(program, attempt), f"attempt {target.address}")
    return attempt


def _absolute(program: Program, target: Target) -> str:
    return program.resolve(target.status_callback) if target.status_callback else ""


async def _pursue(program: Program, attempt: _Attempt) -> None:
    """Follow one attempt until its phone is ready to be connected, or has failed."""
    child, target = attempt.leg, attempt.target
    await child.until(lambda: child.is_over or child.is_answered)
    if child.is_answered and target.send_digits:
        child.tell(Heard(program.services.clock.now(), "digits", target.send_digits))
    ending: Ending = "end"
    if child.is_answered and target.url:
        ending = await _screen(program, attempt)
    attempt.ready = child.is_answered and ending == "end"
    attempt.failed = not attempt.ready
    if attempt.failed:
        child.hang_up("network")
    program.leg.changed.fire()


async def _screen(program: Program, attempt: _Attempt) -> Ending:
    """Carry out the document that the called party hears first; only when it runs to its end they are connected."""
    url = program.resolve(attempt.target.url)
    try:
        return await Program(program.services, Control(attempt.leg), program.perform).run(
            Goto(url, attempt.target.method)
        )
    except (HungUp, Redirected, Stopped):
        return "hangup"


def _end_all(attempts: list[_Attempt]) -> None:
    for attempt in attempts:
        if not attempt.leg.is_released:
            attempt.leg.await_(None)
            attempt.leg.hang_up("network")


def _outcome(attempts: list[_Attempt]) -> str:
    """The result of a dial that connected nobody; who took the call, but did not accept it, did not answer."""
    last = attempts[-1].leg.state
    return LegState.NO_ANSWER.value if last is LegState.COMPLETED else last.value


def _result(won: _Attempt | None, attempts: list[_Attempt], status: str) -> Values:
    child = (won or attempts[-1]).leg
    return {
        "dial_call_status": status,
        "dial_call_id": child.id,
        "dial_call_duration": int(child.seconds_talked),
        "dial_bridged": "true" if won is not None else "false",
    }
