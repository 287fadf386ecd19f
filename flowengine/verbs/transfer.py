"""`transfer`: connect the caller with somebody else."""

from __future__ import annotations

from typing import Any, ClassVar

from flowengine.core.commands import QUEUE, Dial
from flowengine.core.events import Dialled, Event
from flowengine.core.graph import END
from flowengine.core.policy import is_number, is_sip
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Outcome, Then, Use, Verb, VerbNode
from flowengine.verbs.kinds import BOOLEAN, KEY, NUMBER, TARGETS, TEXT, duration

EXAMPLE = """\
flow transfer_example

start:
    transfer ["+15551230001", "+15551230002"] timeout=20s whisper="A call from the web shop." screen=1:
        on busy, noanswer, declined:
            say "All our agents are talking to other callers."
    say "Please call again later."
    hangup
"""


class TransferNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "transfer"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        value = self.args["to"]
        # A computed number that is no number is `failed`, not an error of the flow: callers type them.
        given = value.raw(run)
        written = given if isinstance(given, list) else [given]
        allowed = [target for target in written if self._allowed(run, target)]
        for target in written:
            if target not in allowed:
                shown = self._shown(run, target)
                run.note(
                    "error", "transfer", f"a transfer to {shown} is not allowed: [transfer] allow does not name it"
                )
        run.session.keys = ""
        whole = given if isinstance(given, list) else None
        if not allowed:
            run.asked("transfer", (given,), self._options(run), masked=self._shown(run, *written))
            return run.outcome(self, "failed", default=self.exits["next"])
        run.answer()
        together = self.arg(run, "together", False)
        run.session.notes = {"to": allowed, "at": 0, "whole": whole}
        if together:
            run.asked("transfer", (given,), self._options(run), *allowed, masked=self._shown(run, *allowed))
            return run.wait_for(self._dial(run, tuple(allowed)))
        return self._next(run)

    def _shown(self, run: Run, *targets: Any) -> str:
        """The numbers as they may be written down."""
        return str(self.args["to"].shown(run, ", ".join(map(str, targets))))

    def _allowed(self, run: Run, target: Any) -> bool:
        if not isinstance(target, str):
            return False
        if target.startswith(QUEUE):
            return len(target) > len(QUEUE)
        return (is_number(target) or is_sip(target)) and run.program.project.transfers.allows(target)

    def _next(self, run: Run) -> int:
        notes = run.session.notes
        target = notes["to"][notes["at"]]
        given = target if notes["whole"] is None else notes["whole"]
        run.asked("transfer", (given,), self._options(run), target, masked=self._shown(run, target))
        return run.wait_for(self._dial(run, (target,)))

    def _options(self, run: Run) -> dict[str, Any]:
        return {
            "together": self.arg(run, "together", False),
            "timeout": self.arg(run, "timeout", 30),
            "caller_id": self.arg(run, "caller_id"),
            "record": self.arg(run, "record", False),
            "whisper": self.arg(run, "whisper"),
            "screen": self.arg(run, "screen"),
        }

    def _dial(self, run: Run, targets: tuple[str, ...]) -> Dial:
        options = self._options(run)
        return Dial(
            targets=targets,
            timeout=options["timeout"],
            language=run.language,
            caller_id=options["caller_id"],
            record=options["record"],
            whisper=options["whisper"],
            screen=options["screen"],
        )

    def resume(self, run: Run, event: Event) -> int:
        assert isinstance(event, Dialled)
        notes = run.session.notes
        if event.left:
            run.session.gone = True
        more = not self.arg(run, "together", False) and notes["at"] + 1 < len(notes["to"])
        if event.outcome != "completed" and more and not run.session.gone:
            run.note("outcome", event.outcome, "transfer", self._shown(run, notes["to"][notes["at"]]))
            run.session.notes = {**notes, "at": notes["at"] + 1}
            return self._next(run)
        run.session.notes = {}
        after = self.exits["next"]
        return run.outcome(self, event.outcome, default=END if event.outcome == "completed" else after)


def _lower(into: Lowering, use: Use) -> int:
    exits: dict[str, int] = {}
    for handler in use.handlers:
        exits[handler.name] = into.block(handler.body, END if handler.name == "completed" else use.next)
    return into.add(TransferNode(use, exits))


VERB = Verb(
    name="transfer",
    summary="Connect the caller with somebody else.",
    doc="""\
To a number, a SIP address, or a list of them tried in order; `queue:NAME` takes the next caller of that queue. Only
what `[transfer] allow` names is dialled. Read the line after a transfer as "if that did not work …": when the
connection ends well, the call is over.""",
    arguments=(
        Argument("to", TARGETS, "Who is called: one, or a list tried in order.", positional=True),
        Argument("together", BOOLEAN, "Whether all of a list ring at once.", default=False, shown="false"),
        Argument("timeout", duration(1, 600), "How long it rings.", default=30, shown="30s"),
        Argument("caller_id", NUMBER, "The number that is shown to them.", default=None, shown="the carrier's choice"),
        Argument("record", BOOLEAN, "Whether the conversation is recorded.", default=False, shown="false"),
        Argument("whisper", TEXT, "What who answers hears first.", default=None, shown="none", translated=True),
        Argument(
            "screen", KEY, "The key that who answers must press, or it is `declined`.", default=None, shown="none"
        ),
    ),
    outcomes=(
        Outcome("completed", Then.HANGS_UP, "They talked, and the other side hung up."),
        Outcome("busy", Then.GOES_ON, "The line was busy."),
        Outcome("noanswer", Then.GOES_ON, "Nobody answered in time."),
        Outcome("declined", Then.GOES_ON, "Refused, or the screening key was not pressed."),
        Outcome("failed", Then.GOES_ON, "It could not be done, or is not allowed."),
    ),
    lower=_lower,
    example=EXAMPLE,
)
