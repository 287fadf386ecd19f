"""What the world answers where a call does not wait for a caller: fetches, texts, rooms and queues.

Each answer is a `given` line of a script. Between two lines in which somebody does something, one URL has one answer:
scripts cannot say otherwise, so no other way is walked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.core.commands import Conference, Enqueue, Fetch, SendText
from flowengine.core.graph import Program
from flowengine.core.run import Run
from flowengine.core.session import Session
from flowengine.simulator.explore.expressions import Questions, different
from flowengine.simulator.explore.shapes import Shapes, samples
from flowengine.simulator.recorder import quoted
from flowengine.simulator.typed import literal
from flowengine.simulator.world import Answer, Given, Outcome
from flowengine.verbs.base import VerbNode

_MOST_BODIES = 32

Subject = tuple[str, str]
"""What an answer is about: `fetch` and a URL, `sms` and a number, `conference` and a room, `queue` and a name."""

World = Mapping[Subject, Any]
"""What was given so far in a call, as the `given` lines."""


@dataclass(frozen=True, slots=True)
class Give:
    """A `given` line."""

    subject: Subject
    given: Given
    line: str


def give_outcome(verb: str, name: str, outcome: str) -> Give:
    """`given conference "weekly" full`"""
    return Give((verb, name), Outcome(verb, name, outcome), f"given {verb} {quoted(name)} {outcome}")


@dataclass(slots=True)
class Answers:
    """The answers that are worth trying, by what is asked."""

    program: Program
    questions: Questions
    shapes: Shapes
    _bodies: dict[Any, tuple[Any, ...]] = field(default_factory=dict)

    def to_fetch(self, session: Session, wait: Fetch, now: float) -> list[Give]:
        """Each kind of body, each status that the flow handles, and none."""
        url = wait.url
        run = Run(self.program, session.copy(), now)
        node = run.node = run.graph.nodes[run.frame.node]
        assert isinstance(node, VerbNode)
        found = [self._give(url, body=body) for body in self._bodies_for(run, node)]
        found += [self._give(url, status=int(name)) for name in node.exits if name.isdecimal()]
        return [*found, Give(("fetch", url), Answer(url, fails=True), f"given fetch {quoted(url)} fails")]

    def _give(self, url: str, *, body: Any = None, status: int = 200) -> Give:
        if status != 200:
            line = f"given fetch {quoted(url)} status={status}"
            return Give(("fetch", url), Answer(url, status), line)
        return Give(("fetch", url), Answer(url, body=body), f"given fetch {quoted(url)} json={literal(body)}")

    def _bodies_for(self, run: Run, node: VerbNode) -> tuple[Any, ...]:
        name = str(getattr(node, "name", ""))
        flow = run.frame.flow
        key = (flow, node.index, repr(run.variables))
        if key not in self._bodies:
            names = frozenset({name})
            shape = self.shapes.of(flow, name)
            # A flow that reads nothing of the answer gets an empty one.
            known = shape.keys or shape.item or shape.values or shape.number or shape.moment or shape.truth
            bodies = samples(shape) if known else [{}]
            told = [self.questions.answers(flow, names, {**run.variables, name: body}, run.scope) for body in bodies]
            self._bodies[key] = tuple(bodies[place] for place in different(told)[:_MOST_BODIES])
        return self._bodies[key]

    def to_text(self, wait: SendText, world: World) -> list[Give | None]:
        """Sent, and refused; a number that has refused a text in this call goes on to do so."""
        refused = give_outcome("sms", wait.to, "fails")
        return [refused] if ("sms", wait.to) in world else [None, refused]

    def to_room(self, wait: Conference, world: World) -> list[Give | None]:
        """The way in, and each reason why there is none."""
        subject = ("conference", wait.room)
        closed = world.get(subject) not in (None, _line_of("conference", wait.room, "ended"))
        inside = give_outcome("conference", wait.room, "ended") if closed else None
        return [inside, *(give_outcome("conference", wait.room, outcome) for outcome in ("full", "failed"))]

    def to_queue(self, wait: Enqueue, world: World) -> list[Give | None]:
        """The way in, and a full queue, which stays full in this call."""
        full = give_outcome("queue", wait.name, "full")
        return [full] if ("queue", wait.name) in world else [None, full]


def _line_of(verb: str, name: str, outcome: str) -> str:
    return give_outcome(verb, name, outcome).line
