"""`queue`: wait for an agent."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Enqueue
from flowengine.core.events import Event, Keys, QueueLeft, Waiting
from flowengine.core.graph import END, Node
from flowengine.core.run import Run
from flowengine.diagnostics import Span
from flowengine.verbs.base import Argument, Lowering, Outcome, Then, Use, Verb, VerbNode
from flowengine.verbs.kinds import NAMED, SOURCE, duration

EXAMPLE = """\
flow queue_example

start:
    queue "support" timeout=5m:
        say "You are number {{ queue.position }} in the queue. To leave a message instead, press 1."
        on press 1 -> message
    -> message

message:
    record message:
        say "Please leave a message after the tone."
    say "Thank you. Goodbye."
    hangup
"""


class QueueNode(VerbNode):
    """Joins the queue, and takes what the carrier reports.

    The prompts lead to its `HoldNode`.
    """

    __slots__ = ("keys",)
    kind: ClassVar[str] = "queue"

    def __init__(self, use: Use, exits: dict[str, int], keys: tuple[str, ...]) -> None:
        super().__init__(use, exits)
        self.keys = keys

    def enter(self, run: Run) -> int:
        session = run.session
        if session.gone:
            return run.caller_left()
        run.answer()
        session.keys = ""
        session.queue = None
        run.refresh()
        name = self.arg(run, "name")
        timeout, music = self.arg(run, "timeout"), self.arg(run, "music")
        session.notes = {"name": name, "timeout": timeout, "music": music}
        run.asked(
            "queue", (name,), {"timeout": timeout, "music": music}, masked=str(self.args["name"].shown(run, name))
        )
        return run.wait_for(Enqueue(name=name, music=music, remaining=timeout, presses=self.keys))

    def resume(self, run: Run, event: Event) -> int:
        session = run.session
        if isinstance(event, Keys):
            for key in event.digits:
                if key in self.keys:
                    run.note("press", key)
                    return run.outcome(self, f"press {key}")
            return self.hold(run)
        if isinstance(event, Waiting):
            session.queue = (event.position, event.waited)
            run.refresh()
            timeout = session.notes.get("timeout")
            if timeout is not None and event.waited >= timeout:
                return self._left(run, "timeout")
            return self.exits["prompts"]
        assert isinstance(event, QueueLeft)
        if event.left:
            session.gone = True
        return self._left(run, event.outcome)

    def hold(self, run: Run) -> int:
        """Go on waiting, after the prompts of this round; join again where a handler has taken the caller out."""
        if run.session.queue is None:
            return self.enter(run)
        notes = run.session.notes
        timeout = notes.get("timeout")
        waited = run.session.queue[1]
        remaining = None if timeout is None else max(0.0, timeout - waited)
        return run.wait_for(
            Enqueue(notes["name"], notes.get("music"), joined=True, remaining=remaining, presses=self.keys)
        )

    def _left(self, run: Run, outcome: str) -> int:
        run.session.notes = {}
        run.session.queue = None
        run.refresh()
        return run.outcome(self, outcome, default=END if outcome == "answered" else self.exits["next"])


class HoldNode(Node):
    """The end of a round of the queue's prompts: hands over to the queue, which is the one that waits."""

    __slots__ = ("queue",)
    kind: ClassVar[str] = "hold"

    def __init__(self, span: Span, queue: int) -> None:
        super().__init__(span)
        self.queue = queue

    def enter(self, run: Run) -> int:
        run.frame.node = self.queue
        node = run.graph.nodes[self.queue]
        assert isinstance(node, QueueNode)
        return node.hold(run)


def _lower(into: Lowering, use: Use) -> int:
    index = into.reserve()
    prompts = into.block(use.content, into.add(HoldNode(use.span, index)))
    exits = {"prompts": prompts}
    keys: list[str] = []
    for handler in use.handlers:
        if handler.name == "press":
            keys.append(handler.argument)
            exits[f"press {handler.argument}"] = into.block(handler.body, prompts)
        else:
            exits[handler.name] = into.block(handler.body, END if handler.name == "answered" else use.next)
    into.place(index, QueueNode(use, exits, tuple(keys)))
    return index


VERB = Verb(
    name="queue",
    summary="Let the caller wait for an agent.",
    doc="""\
The prompts in its block are repeated while the caller waits; they can read `queue.position` and `queue.waited`
(seconds). An agent's flow takes the next caller with `transfer "queue:NAME"`.""",
    arguments=(
        Argument("name", NAMED, "The queue's name.", positional=True),
        Argument("timeout", duration(1, 4 * 3600), "The longest wait.", default=None, shown="none"),
        Argument("music", SOURCE, "What is heard between the prompts.", default=None, shown="the carrier's"),
    ),
    outcomes=(
        Outcome("answered", Then.HANGS_UP, "An agent took the call, and it is over."),
        Outcome("timeout", Then.GOES_ON, "Nobody came in time."),
        Outcome("full", Then.GOES_ON, "The queue takes no more callers."),
        Outcome("failed", Then.GOES_ON, "The carrier could not."),
        Outcome("press", Then.PLAYS_AGAIN, "A key was pressed while waiting.", keyed=True),
    ),
    lower=_lower,
    example=EXAMPLE,
    prompts=True,
)
