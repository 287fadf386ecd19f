"""Calls in the making: what becomes of a call when somebody does something, by every answer of the world.

It is done as on the simulated phone, with the same times, so that a script of what was done here runs there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from flowengine.core.commands import (
    Conference,
    Dial,
    Enqueue,
    Fetch,
    Listen,
    Record,
    SendText,
    Wait,
)
from flowengine.core.events import (
    ConferenceLeft,
    Dialled,
    Event,
    Fetched,
    HungUp,
    Keys,
    QueueLeft,
    Recorded,
    Silence,
    Speech,
    Texted,
    Waiting,
)
from flowengine.core.graph import Program
from flowengine.core.machine import Turn, step
from flowengine.core.session import Session
from flowengine.simulator.explore.acts import HANG_UP, WAIT
from flowengine.simulator.explore.answers import Answers, Give, Subject, World
from flowengine.simulator.phone import ROUND
from flowengine.simulator.typed import Action
from flowengine.simulator.world import RECORDINGS, Answer

LONGEST_CHAIN = 60
"""Turns that may follow each other without anybody doing anything."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A call that has come to where it waits for somebody, or to its end.

    `queue` is when the caller joined the present queue, and when its timeout is. Since somebody did something, `turns`
    were taken, `gives` were given, and what `left` names went as it does when nothing is given; `hops` counts what the
    world did.
    """

    session: Session
    now: float
    wait: Wait | None = None
    turns: tuple[Turn, ...] = ()
    gives: tuple[Give, ...] = ()
    world: World = field(default_factory=dict)
    queue: tuple[float, float | None] = (0.0, None)
    left: frozenset[Subject] = frozenset()
    hops: int = 0

    @property
    def is_endless(self) -> bool:
        """Whether the world alone has kept the call going for too long."""
        return self.hops > LONGEST_CHAIN

    def gave(self, give: Give | None, subject: Subject) -> Leaf:
        """The same call where this was given, or nothing was."""
        if give is None:
            return replace(self, left=self.left | {subject})
        return replace(self, gives=(*self.gives, give), world={**self.world, give.subject: give.line})


class Calls:
    """Does in a call what an action says."""

    def __init__(self, program: Program, answers: Answers) -> None:
        self.program = program
        self.answers = answers

    def do(self, leaf: Leaf, action: Action) -> Iterator[Leaf]:
        """Everything that may become of something that is done."""
        now = leaf.now
        wait = leaf.wait
        if action is HANG_UP:
            yield from self.take(leaf, HungUp(now))
            return
        match wait:
            case Listen():
                yield from self.take(leaf, _heard(leaf, wait, action))
            case Record():
                yield from self.take(leaf, _recorded(now, wait, action))
            case Dial():
                yield from self.take(leaf, _dialled(now, wait, action))
            case Conference():
                event = ConferenceLeft(now, "ended") if action is WAIT else Keys(now, action.args[0])
                yield from self.take(leaf, event)
            case Enqueue():
                yield from self._queued(leaf, action)

    def _queued(self, leaf: Leaf, action: Action) -> Iterator[Leaf]:
        now = leaf.now
        if action.kind == "press":
            yield from self.take(leaf, Keys(now, action.args[0]))
        elif action.kind == "peer":
            outcome, seconds = action.args
            yield from self.take(leaf, QueueLeft(now + seconds, outcome))
        else:
            yield from self._waits(leaf)

    def _waits(self, leaf: Leaf) -> Iterator[Leaf]:
        """Every round of the queue's prompts, and then its timeout."""
        joined, end = leaf.queue
        if end is None:
            return
        at = joined + ROUND * ((leaf.now - joined) // ROUND + 1)
        while at < end and isinstance(leaf.wait, Enqueue):
            session, turn = step(self.program, leaf.session, Waiting(at, 1, at - joined))
            if turn is None:
                return
            leaf = replace(leaf, session=session, now=at, wait=turn.wait, turns=(*leaf.turns, turn))
            at += ROUND
        if isinstance(leaf.wait, Enqueue):
            yield from self.take(leaf, QueueLeft(end, "timeout"))
        else:
            yield leaf

    def take(self, leaf: Leaf, event: Event) -> Iterator[Leaf]:
        """Give the machine an event, and go on by every answer of the world until the call waits for somebody."""
        session, turn = step(self.program, leaf.session, event)
        if turn is None:
            return
        now = event.at
        turns = (*leaf.turns, turn)
        leaf = replace(leaf, session=session, now=now, wait=turn.wait, turns=turns, hops=leaf.hops + 1)
        if leaf.is_endless:
            yield leaf
            return
        match turn.wait:
            case Fetch(url=url) as fetch:
                for give in self._of(leaf, ("fetch", url), self.answers.to_fetch(session, fetch, now)):
                    yield from self.take(leaf.gave(give, ("fetch", url)), _fetched(give, now))
            case SendText(to=to) as text:
                for one in self._of(leaf, ("sms", to), self.answers.to_text(text, leaf.world)):
                    error = None if one is None else "the text was refused"
                    yield from self.take(leaf.gave(one, ("sms", to)), Texted(now, error))
            case Conference(room=room) as conference:
                for one in self._of(leaf, ("conference", room), self.answers.to_room(conference, leaf.world)):
                    given = leaf.gave(one, ("conference", room))
                    outcome = None if one is None else one.line.rpartition(" ")[2]
                    if outcome in (None, "ended"):
                        yield given
                    else:
                        yield from self.take(given, ConferenceLeft(now, str(outcome)))
            case Enqueue(joined=False, remaining=remaining, name=name) as queue:
                end = None if remaining is None else now + remaining
                for one in self._of(leaf, ("queue", name), self.answers.to_queue(queue, leaf.world)):
                    given = leaf.gave(one, ("queue", name))
                    event = Waiting(now, 1, 0) if one is None else QueueLeft(now, "full")
                    yield from self.take(replace(given, queue=(now, end)), event)
            case _:
                yield leaf

    @staticmethod
    def _of(leaf: Leaf, subject: Any, options: list[Any]) -> list[Any]:
        """The options that are left where something was already given since somebody last did something."""
        if subject in leaf.left:
            return [None]
        settled = [give for give in leaf.gives if give.subject == subject]
        return settled[-1:] or options


def _heard(leaf: Leaf, wait: Listen, action: Action) -> Event:
    match action.kind:
        case "press":
            return Keys(leaf.now, action.args[0])
        case "speak":
            return Speech(leaf.now, action.args[0])
    return Silence(leaf.now + (wait.interdigit if leaf.session.keys else wait.timeout))


def _recorded(now: float, wait: Record, action: Action) -> Event:
    if action is WAIT:
        return Recorded(now + min(wait.silence, wait.longest), None, 0)
    seconds, text, left = action.args
    end = now + (seconds if left else min(seconds + wait.silence, wait.longest))
    return Recorded(end, f"https://{RECORDINGS}/1.wav", seconds, text, left=left)


def _dialled(now: float, wait: Dial, action: Action) -> Event:
    outcome, seconds = action.args
    if outcome == "answered":
        return Dialled(now + seconds, "completed", seconds)
    return Dialled(now + wait.timeout if outcome == "noanswer" else now, outcome)


def _fetched(give: Give, now: float) -> Event:
    answer = give.given
    assert isinstance(answer, Answer)
    if answer.fails:
        return Fetched(now, error="the service cannot be reached")
    return Fetched(now, answer.status, answer.body)
