"""`conference`: bring the caller into a room."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from flowengine.core.commands import Conference
from flowengine.core.events import ConferenceLeft, Event, Keys
from flowengine.core.run import Run
from flowengine.verbs.base import Argument, Lowering, Outcome, Then, Use, Verb, VerbNode
from flowengine.verbs.kinds import BOOLEAN, NAMED, SOURCE, whole

EXAMPLE = """\
flow conference_example

start:
    say "You are entering the meeting."
    conference "weekly" seats=10 wait_for_moderator=true:
        on full:
            say "The room is full."
    say "Goodbye."
    hangup
"""


class ConferenceNode(VerbNode):
    __slots__ = ("keys",)
    kind: ClassVar[str] = "conference"

    def __init__(self, use: Use, exits: dict[str, int], keys: tuple[str, ...]) -> None:
        super().__init__(use, exits)
        self.keys = keys

    def enter(self, run: Run) -> int:
        if run.session.gone:
            return run.caller_left()
        run.answer()
        run.session.keys = ""
        wait = self._wait(run)
        options = msgspec.structs.asdict(wait)
        room = options.pop("room")
        del options["presses"]
        run.asked("conference", (room,), options, masked=str(self.args["room"].shown(run, room)))
        return run.wait_for(wait)

    def _wait(self, run: Run) -> Conference:
        return Conference(
            room=self.arg(run, "room"),
            muted=self.arg(run, "muted", False),
            moderator=self.arg(run, "moderator", False),
            seats=self.arg(run, "seats"),
            wait_for_moderator=self.arg(run, "wait_for_moderator", False),
            music=self.arg(run, "music"),
            record=self.arg(run, "record", False),
            beep=self.arg(run, "beep", True),
            presses=self.keys,
        )

    def resume(self, run: Run, event: Event) -> int:
        if isinstance(event, Keys):
            for key in event.digits:
                if key in self.keys:
                    run.note("press", key)
                    run.note("outcome", f"press {key}", self.kind)
                    return self.exits[f"press {key}"]
            return run.wait_for(self._wait(run))
        assert isinstance(event, ConferenceLeft)
        if event.left:
            run.session.gone = True
        return run.outcome(self, event.outcome, default=self.exits["next"])


def _lower(into: Lowering, use: Use) -> int:
    index = into.reserve()
    exits: dict[str, int] = {}
    keys: list[str] = []
    for handler in use.handlers:
        if handler.name == "press":
            keys.append(handler.argument)
            exits[f"press {handler.argument}"] = into.block(handler.body, index)
        else:
            exits[handler.name] = into.block(handler.body, use.next)
    into.place(index, ConferenceNode(use, exits, tuple(keys)))
    return index


VERB = Verb(
    name="conference",
    summary="Bring the caller into a conference room.",
    doc="""\
Rooms with the same name are the same room. A key that `on press` names takes the caller out, and back in unless its
block leaves.""",
    arguments=(
        Argument("room", NAMED, "The room's name.", positional=True),
        Argument("muted", BOOLEAN, "Whether the caller only listens.", default=False, shown="false"),
        Argument("moderator", BOOLEAN, "Whether the room ends when this caller leaves.", default=False, shown="false"),
        Argument(
            "seats",
            whole(2, 1000),
            "How many fit in; the next one is `full`.",
            default=None,
            shown="the carrier's limit",
        ),
        Argument("wait_for_moderator", BOOLEAN, "Whether it begins with the moderator.", default=False, shown="false"),
        Argument("music", SOURCE, "What is heard until it begins.", default=None, shown="the carrier's"),
        Argument("record", BOOLEAN, "Whether it is recorded.", default=False, shown="false"),
        Argument("beep", BOOLEAN, "Whether a tone tells who comes and goes.", default=True, shown="true"),
    ),
    outcomes=(
        Outcome("ended", Then.GOES_ON, "The conference is over, or the caller left it."),
        Outcome("full", Then.GOES_ON, "There was no seat."),
        Outcome("failed", Then.GOES_ON, "The carrier could not."),
        Outcome("press", Then.PLAYS_AGAIN, "A key was pressed in the room.", keyed=True),
    ),
    lower=_lower,
    example=EXAMPLE,
)
