"""`sms`: send a text message."""

from __future__ import annotations

from typing import Any, ClassVar

from flowengine.core.commands import SendText, Text
from flowengine.core.events import Event, Texted
from flowengine.core.policy import is_number
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Outcome, Then, Use, Verb, VerbNode
from flowengine.verbs.kinds import NUMBER, TEXT

EXAMPLE = """\
flow sms_example

start:
    sms call.from "Your ticket is 4711."
    say "We have sent you a text message."
    hangup
"""


class SmsNode(VerbNode):
    """A text that nobody waits for, unless the flow handles its failure."""

    __slots__ = ("waits",)
    kind: ClassVar[str] = "sms"

    def __init__(self, use: Use, exits: dict[str, int]) -> None:
        super().__init__(use, exits)
        self.waits = "failed" in exits

    def enter(self, run: Run) -> int:
        # A computed number that is no number is `failed`, not an error of the flow.
        to = self.args["to"].raw(run)
        to_shown = self.args["to"].shown(run, to)
        text = self.args["text"].get(run)
        shown = str(self.args["text"].shown(run, text))
        facts = run.session.call
        ours, other = (facts.called, facts.caller) if facts.direction == "inbound" else (facts.caller, facts.called)
        sender = self.arg(run, "from", ours)
        allowed = isinstance(to, str) and is_number(to) and (to == other or run.program.project.texts.allows(to))
        run.asked("sms", (to, text), {"from": sender}, masked=f"{to_shown}: {shown}")
        if not allowed:
            run.note("error", "sms", f"a text to {to_shown} is not allowed: [sms] allow does not name it")
            return self._ended(run, "failed")
        if self.waits:
            return run.wait_for(SendText(to, text, sender))
        run.effects.append(Text(f"{facts.id}:{run.session.turn}:{len(run.effects)}", to, text, sender))
        return self.exits["next"]

    def resume(self, run: Run, event: Event) -> int:
        failed = isinstance(event, Texted) and event.error is not None
        if failed and isinstance(event, Texted):
            run.note("error", "sms", str(event.error))
        return self._ended(run, "failed" if failed else "sent")

    def _ended(self, run: Run, outcome: str) -> int:
        return run.outcome(self, outcome, default=self.exits["next"])


def _lower(into: Lowering, use: Use) -> int:
    exits: dict[str, Any] = {handler.name: into.block(handler.body, use.next) for handler in use.handlers}
    return into.add(SmsNode(use, exits))


VERB = Verb(
    name="sms",
    summary="Send a text message.",
    doc="To the other side of the call, or to a number that `[sms] allow` names; any other is `failed`.",
    arguments=(
        Argument("to", NUMBER, "Who gets it.", positional=True),
        Argument("text", TEXT, "What it says.", positional=True, translated=True),
        Argument("from", NUMBER, "Who sends it.", default=None, shown="our own number in this call"),
    ),
    outcomes=(
        Outcome("sent", Then.GOES_ON, "The carrier has taken it."),
        Outcome("failed", Then.GOES_ON, "The carrier refused it, or the number is not allowed."),
    ),
    lower=_lower,
    example=EXAMPLE,
    alone=True,
)
