"""`pause`: silence of a given length."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Pause
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import duration

EXAMPLE = """\
flow pause_example

start:
    say "One moment, please."
    pause 2s
    say "Here we go."
    hangup
"""


class PauseNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "pause"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        seconds = self.arg(run, "duration")
        run.prompt(Pause(seconds))
        run.asked("pause", (seconds,), {})
        run.note("paused", data=seconds)
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(PauseNode(use))


VERB = Verb(
    name="pause",
    summary="Say nothing for a while.",
    arguments=(Argument("duration", duration(0.1, 300), "How long.", positional=True),),
    lower=_lower,
    example=EXAMPLE,
    prompt=True,
)
