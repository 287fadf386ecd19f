"""`log`: write a line to the project's log."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Log
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import TEXT, one_of

EXAMPLE = """\
flow log_example

start:
    log "call from {{ call.from }}"
    log "nobody is there" level="warning"
    hangup
"""


class LogNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "log"

    def enter(self, run: Run) -> int:
        value = self.args["text"]
        text = value.get(run)
        level = self.arg(run, "level", "info")
        shown = str(value.shown(run, text))
        run.effects.append(Log(level, shown))
        run.asked("log", (text,), {"level": level}, masked=shown)
        run.note("log", level, shown)
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(LogNode(use))


VERB = Verb(
    name="log",
    summary="Write a line to the log.",
    doc="Sensitive values read `••••`.",
    arguments=(
        Argument("text", TEXT, "The line.", positional=True),
        Argument("level", one_of("debug", "info", "warning", "error"), "How loud.", default="info", shown='"info"'),
    ),
    lower=_lower,
    example=EXAMPLE,
    alone=True,
)
