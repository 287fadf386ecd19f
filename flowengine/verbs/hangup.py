"""`hangup`: end the call."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.graph import END
from flowengine.core.run import Run
from flowengine.verbs.base import Lowering, Use, Verb, VerbNode

EXAMPLE = """\
flow hangup_example

start:
    say "Goodbye."
    hangup
"""


class HangupNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "hangup"

    def enter(self, run: Run) -> int:
        if not run.session.gone:
            run.asked("hangup", (), {})
        return run.hang_up()


def _lower(into: Lowering, use: Use) -> int:
    node = HangupNode(use)
    node.exits = {"leaves": END}
    return into.add(node)


VERB = Verb(
    name="hangup",
    summary="End the call.",
    arguments=(),
    lower=_lower,
    example=EXAMPLE,
    leaves=True,
)
