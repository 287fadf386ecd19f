"""`record`: record the caller."""

from __future__ import annotations

from typing import ClassVar

from flowengine.core.commands import Record
from flowengine.core.events import Event, Recorded
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Binding, Lowering, Outcome, Then, Use, Verb, VerbNode
from flowengine.verbs.kinds import BOOLEAN, FINISH, duration

EXAMPLE = """\
flow record_example

start:
    record message max=2m silence=4s:
        say "Please leave a message after the tone."
        on empty:
            say "I did not hear a message. Goodbye."
            hangup
    log "message of {{ message.duration }} seconds: {{ message.url }}"
    hangup
"""

DEFAULTS = {"max": 120, "silence": 5, "finish": "#", "beep": True, "transcribe": False}


class RecordNode(VerbNode):
    __slots__ = ("name",)
    kind: ClassVar[str] = "record"

    def __init__(self, use: Use, exits: dict[str, int]) -> None:
        super().__init__(use, exits)
        self.name = use.name

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        run.answer()
        options = {name: self.arg(run, name, default) for name, default in DEFAULTS.items()}
        run.asked("record", (self.name,), options)
        run.session.keys = ""
        return run.wait_for(
            Record(
                longest=options["max"],
                silence=options["silence"],
                finish=options["finish"],
                beep=options["beep"],
                transcribe=options["transcribe"],
                language=run.language,
            )
        )

    def resume(self, run: Run, event: Event) -> int:
        assert isinstance(event, Recorded)
        assert self.name is not None
        if event.left:
            run.session.gone = True
        if not event.url or event.duration <= 0:
            run.bind(self.name, None)
            return run.outcome(self, "empty", default=self.exits["next"])
        text = event.text if self.arg(run, "transcribe", False) else None
        run.bind(self.name, {"url": event.url, "duration": max(1, round(event.duration)), "text": text})
        return run.outcome(self, "recorded", default=self.exits["next"])


def _lower(into: Lowering, use: Use) -> int:
    exits = {handler.name: into.block(handler.body, use.next) for handler in use.handlers}
    node = into.add(RecordNode(use, exits))
    return into.block(use.content, node)


VERB = Verb(
    name="record",
    summary="Record the caller.",
    doc="""\
NAME becomes `{url, duration, text}`: `duration` in whole seconds, `text` the transcript, or none without
`transcribe=true`. A caller who hangs up ends the recording, which is kept.""",
    arguments=(
        Argument("max", duration(1, 4 * 3600), "The longest recording.", default=120, shown="2m"),
        Argument("silence", duration(1, 600), "The silence that ends it.", default=5, shown="5s"),
        Argument("finish", FINISH, "The key that ends it.", default="#", shown='"#"'),
        Argument("beep", BOOLEAN, "Whether a tone says that it begins.", default=True, shown="true"),
        Argument("transcribe", BOOLEAN, "Whether it is written down as text.", default=False, shown="false"),
    ),
    outcomes=(
        Outcome("recorded", Then.GOES_ON, "There is a recording."),
        Outcome("empty", Then.GOES_ON, "Nothing was recorded."),
    ),
    binds=Binding("`{url, duration, text}`"),
    lower=_lower,
    example=EXAMPLE,
    prompts=True,
)
