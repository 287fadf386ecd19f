"""`send`: play DTMF into the call."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Send
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import DTMF

EXAMPLE = """\
flow send_example

start:
    answer
    send "1ww23#"
    hangup
"""


class SendNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "send"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        value = self.args["digits"]
        digits = value.get(run)
        run.answer()
        run.commands.append(Send(digits))
        run.asked("send", (digits,), {}, masked=str(value.shown(run, digits)))
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(SendNode(use))


VERB = Verb(
    name="send",
    summary="Play keys into the call, for the machine at the other end.",
    doc="`w` waits half a second.",
    arguments=(Argument("digits", DTMF, "The keys: digits, `*`, `#`, `w`.", positional=True),),
    lower=_lower,
    example=EXAMPLE,
)
