"""`play`: play a recorded prompt."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Play
from flowengine.core.languages import recorded
from flowengine.core.run import Run
from flowengine.expressions.evaluate import ExpressionError
from flowengine.verbs.base import Argument, Lowering, Use, Verb, VerbNode
from flowengine.verbs.kinds import SOURCE, whole

EXAMPLE = """\
flow play_example

start:
    play "welcome.wav"
    hangup
"""


class PlayNode(VerbNode):
    __slots__ = ()
    kind: ClassVar[str] = "play"

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        value = self.args["source"]
        source = value.get(run)
        if source.startswith(("http://", "https://")) and not run.program.project.hosts.allows(source):
            raise ExpressionError("`play` may not reach this host: [http] allow does not name it", self.span)
        loop = self.arg(run, "loop", 1)
        run.prompt(Play(recorded(source, run.language, run.program.project.recordings) or source, loop))
        shown = str(value.shown(run, source))
        run.asked("play", (source,), {"loop": loop}, masked=shown)
        run.note("played", text=shown, heard=source)
        return self.exits["next"]


def _lower(into: Lowering, use: Use) -> int:
    return into.add(PlayNode(use))


VERB = Verb(
    name="play",
    summary="Play an audio file.",
    doc="""\
A file lies under the project's `audio/` folder; a URL must be on a host that `[http] allow` names.

Of `welcome.wav` the recording in the call's language is played where there is one: `audio/es/welcome.wav` to a caller
who speaks Spanish.""",
    arguments=(
        Argument("source", SOURCE, "The file, or an http(s) URL.", positional=True),
        Argument("loop", whole(1, 100), "How many times it is played.", default=1, shown="1"),
    ),
    lower=_lower,
    example=EXAMPLE,
    prompt=True,
)
