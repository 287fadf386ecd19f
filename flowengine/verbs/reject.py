"""`reject`: refuse a call before it is answered."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Reject
from flowengine.core.graph import END
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import one_of

EXAMPLE = """\
flow reject_example

start:
    if call.from == "anonymous":
        reject "busy"
    say "Welcome."
    hangup
"""


class RejectNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "reject"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        reason = self.arg(run, "reason", "rejected")
        run.asked("reject", (reason,) if "reason" in self.args else (), {})
        if run.session.answered:
            # `check` refuses this order; a path it could not see ends in the nearest thing that can still be done.
            return run.hang_up()
        run.note("hangup", "reject")
        run.wait = Reject(reason)
        return END


def _lower(into: Lowering, use: Use) -> int:
    node = RejectNode(use)
    node.exits = {"leaves": END}
    return into.add(node)


VERB = Verb(
    name="reject",
    summary="Refuse the call; it costs the caller nothing.",
    doc="Only before the call is answered: no prompt may come before it.",
    arguments=(
        Argument(
            "reason",
            one_of("busy", "rejected"),
            "What the caller's side is told.",
            default="rejected",
            shown='"rejected"',
            positional=True,
        ),
    ),
    lower=_lower,
    example=EXAMPLE,
    leaves=True,
)
