"""The machine: `step(session, event) -> (session, turn)`, pure, synchronous and total.

The session that comes in is never changed. Nothing a caller or a carrier does raises: an event that the present wait
does not take gives no turn and leaves the session as it was.

    phase     waiting for    takes                          besides, at any time
    -------   ------------   ----------------------------   ---------------------------
    new                      Started                        HungUp   the caller left
    waiting   listen         Keys, Speech, Silence          TimeUp   the call is too long
    waiting   record         Recorded                       Failed   the carrier could not
    waiting   dial           Dialled
    waiting   conference     ConferenceLeft, Keys
    waiting   enqueue        Waiting, QueueLeft, Keys
    waiting   fetch          Fetched
    waiting   send_text      Texted
    ended                    nothing                        nothing
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from flowengine.core.commands import Command, Effect, Fetch, Gone, Hangup, Redirect, Reject, SendText, Wait
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    Failed,
    Fetched,
    HungUp,
    Keys,
    QueueLeft,
    Recorded,
    Silence,
    Speech,
    Started,
    Texted,
    TimeUp,
    Waiting,
)
from flowengine.core.graph import BACK, END, WAIT, Program
from flowengine.core.journal import Entry
from flowengine.core.run import LimitReachedError, Run
from flowengine.core.session import Facts, Frame, Session
from flowengine.expressions.evaluate import BudgetExceeded, ExpressionError

TAKES: dict[str, tuple[type, ...]] = {
    "listen": (Keys, Speech, Silence),
    "record": (Recorded,),
    "dial": (Dialled,),
    "conference": (ConferenceLeft, Keys),
    "enqueue": (Waiting, QueueLeft, Keys),
    "fetch": (Fetched,),
    "send_text": (Texted,),
}
"""Which events end which wait."""

AT_ANY_TIME = (TimeUp, Failed)
"""Events that end any wait."""

_TAKEN = {wait: (*events, *AT_ANY_TIME) for wait, events in TAKES.items()}

WITHOUT_CALLER = ("fetch", "send_text")
"""Waits that go on when the caller hangs up: nobody has to listen for them."""


# Tuples, since `A | B` is made anew each time that it is come to, and looked through more slowly: 0.2 µs a check.
LEAVING = (Hangup, Reject, Redirect, Gone)
ALONE = (Fetch, SendText)


class Turn(Struct, frozen=True, gc=False):
    """What is to be done now.

    `entries` are the journal of this turn, safe to keep; `heard` has for each of them the value as it was, which is
    never written down.
    """

    number: int
    commands: tuple[Command, ...]
    wait: Wait
    effects: tuple[Effect, ...] = ()
    entries: tuple[Entry, ...] = ()
    heard: tuple[Any, ...] = ()

    @property
    def trace(self) -> Iterator[tuple[Entry, Any]]:
        """Each entry with its value as it was."""
        return zip(self.entries, self.heard, strict=True)

    @property
    def over(self) -> bool:
        """Whether the flow is done with the call."""
        return isinstance(self.wait, LEAVING)


class ArgumentsError(ValueError):
    """A flow cannot begin with these arguments: one is unknown, or one without a default is missing."""


def begin(program: Program, flow: str, facts: Facts, arguments: Mapping[str, Any] | None = None) -> Session:
    """A new session for a call that begins in `flow`; give it `Started` to take the first turn.

    Raises:
        KeyError: the program has no such flow.
        ArgumentsError: the arguments are not those of the flow.
    """
    graph = program.flows[flow]
    given = dict(arguments or {})
    known = {parameter.name for parameter in graph.parameters}
    for name in given:
        if name not in known:
            raise ArgumentsError(f"flow {flow} has no parameter {name}")
    missing = [p.name for p in graph.parameters if p.default is None and p.name not in given]
    if missing:
        raise ArgumentsError(f"flow {flow} needs a value for {', '.join(missing)}")
    session = Session(program.version, facts, [Frame(flow, graph.start, given)])
    session.answered = facts.direction == "outbound"
    session.sensitive = program.sensitive
    return session


def step(program: Program, session: Session, event: Event, record: Sequence[Entry] = ()) -> tuple[Session, Turn | None]:
    """Take one turn.

    Args:
        program: the version of the project that the call began with.
        session: the call as the last turn left it; not changed.
        event: what happened.
        record: in a replay, what the journal says of this turn; sensitive decisions are taken from it.

    Returns:
        The session after the turn, and the turn; None when the event has no place here, and the session as it came.
    """
    if not _takes(session, event):
        return session, None
    after = session.copy()
    if isinstance(event, HungUp) and after.waiting_for in WITHOUT_CALLER:
        after.gone = True
        return after, None
    run = Run(program, after, event.at, list(record))
    after.turn += 1
    target = _guarded(run, event)
    limits = program.project.limits
    left = limits.steps
    while target != WAIT:
        if target == BACK:
            target = run.leave_handler()
            continue
        if target == END:
            if run.wait is not None:
                break
            target = run.hang_up()
            continue
        left -= 1
        if left < 0:
            target = run.limit("steps")
            continue
        run.frame.node = target
        run.node = node = run.graph.nodes[target]
        try:
            target = node.enter(run)
        except BudgetExceeded:
            target = run.limit("text")
        except ExpressionError as error:
            target = run.error(error.message)
        except LimitReachedError as reached:
            target = run.limit(reached.limit)
    return after, _close(run)


def _takes(session: Session, event: Event) -> bool:
    if session.phase == "ended":
        return False
    if isinstance(event, HungUp):
        return not (session.gone and session.waiting_for in WITHOUT_CALLER)
    if session.phase == "new":
        return isinstance(event, Started)
    return isinstance(event, _TAKEN.get(session.waiting_for, AT_ANY_TIME))


def _guarded(run: Run, event: Event) -> int:
    """The node that the event leads to, with the errors of getting there already answered."""
    try:
        return _first(run, event)
    except BudgetExceeded:
        return run.limit("text")
    except ExpressionError as error:
        return run.error(error.message)
    except LimitReachedError as reached:
        return run.limit(reached.limit)


def _first(run: Run, event: Event) -> int:
    session = run.session
    limits = run.program.project.limits
    if session.phase == "new":
        session.phase = "waiting"
        _defaults(run)
        if isinstance(event, HungUp):
            return run.caller_left()
        return run.frame.node
    run.node = node = run.graph.nodes[run.frame.node]
    if isinstance(event, TimeUp) or event.at - session.call.started >= limits.length:
        if isinstance(event, HungUp):
            return run.caller_left()
        return run.limit("length")
    if session.turn > limits.turns:
        return run.limit("turns")
    if isinstance(event, Failed):
        return run.error(event.reason)
    if isinstance(event, HungUp):
        session.gone = True
        if session.waiting_for == "conference":
            return node.resume(run, ConferenceLeft(event.at, "ended", left=True))
        if session.waiting_for == "record":
            # The carrier has no recording to tell of: nothing was said, and the flow goes on without the caller.
            return node.resume(run, Recorded(event.at, None, 0, left=True))
        return run.caller_left()
    return node.resume(run, event)


def _defaults(run: Run) -> None:
    """Give the parameters that the call brought no value for their defaults."""
    for parameter in run.graph.parameters:
        if parameter.name not in run.variables and parameter.default is not None:
            run.variables[parameter.name] = run.eval(parameter.default)


def _close(run: Run) -> Turn:
    session = run.session
    wait = run.wait
    if wait is None or (session.gone and not isinstance(wait, ALONE)):
        wait = Gone()
    if isinstance(wait, LEAVING):
        session.phase = "ended"
        session.waiting_for = ""
        session.notes = {}
    else:
        session.phase = "waiting"
        session.waiting_for = type(wait).__struct_config__.tag  # type: ignore[assignment]
    run.refresh()  # its scope refers to it: left so, each turn would be work for the garbage collector
    return Turn(session.turn, tuple(run.commands), wait, tuple(run.effects), tuple(run.entries), tuple(run.heard))
