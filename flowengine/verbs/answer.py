"""`answer`: answer the call."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.run import Run
from flowengine.verbs.base import Lowering, Use, Verb, VerbNode

EXAMPLE = """\
flow answer_example

start:
    answer
    say "Welcome."
    hangup
"""


class AnswerNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "answer"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        run.answer()
        run.asked("answer", (), {})
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(AnswerNode(use))


VERB = Verb(
    name="answer",
    summary="Answer the call.",
    doc="""\
The first prompt or verb that needs an answered call answers it, so this is rarely needed. Answered twice is
answered.""",
    arguments=(),
    lower=_lower,
    example=EXAMPLE,
)
