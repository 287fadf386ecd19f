"""`emit`: an event for the project's own webhook and for the call's record."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Emit
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import NAMED, VALUE

EXAMPLE = """\
flow emit_example

start:
    gather rating digits=1:
        say "How did we do, from 1 to 5?"
        on failed:
            hangup
    emit "rated" data={"rating": rating, "caller": call.from}
    say "Thank you."
    hangup
"""


class EmitNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "emit"

    def enter(self, run: Run) -> int:
        name = self.arg(run, "name")
        value = self.args.get("data")
        data = None if value is None else value.get(run)
        shown = None if value is None else value.shown(run, data)
        run.effects.append(Emit(f"{run.session.call.id}:{run.session.turn}:{len(run.effects)}", name, shown))
        run.asked("emit", (name,), {"data": data})
        run.note("emit", name, data=shown)
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(EmitNode(use))


VERB = Verb(
    name="emit",
    summary="Send an event to the project's own webhook, and keep it in the call's record.",
    doc="Sensitive values read `••••`.",
    arguments=(
        Argument("name", NAMED, "The event's name.", positional=True),
        Argument("data", VALUE, "What goes with it.", default=None, shown="none"),
    ),
    lower=_lower,
    example=EXAMPLE,
    alone=True,
)
