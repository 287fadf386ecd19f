"""What a wait needs of a carrier beyond its verb, by the names under which capabilities declare it."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.carriers.contract import Capabilities, Level
from flowengine.core.commands import QUEUE, Conference, Dial, Enqueue, Listen, Record, Redirect, Wait


def needs(wait: Wait) -> Iterator[str]:
    """The names of what this wait asks for, its verb first."""
    match wait:
        case Listen(keys=keys):
            verb = "menu" if keys else "gather"
            yield verb
            if wait.speech:
                yield "menu: words" if keys else "gather.speech"
        case Record():
            yield "record"
            if wait.transcribe:
                yield "record.transcribe"
        case Dial():
            yield "transfer"
            options = {"whisper": wait.whisper, "screen": wait.screen, "record": wait.record}
            yield from (f"transfer.{name}" for name, value in options.items() if value)
            if any(target.startswith(QUEUE) for target in wait.targets):
                yield "transfer: queue"
        case Conference():
            yield "conference"
            settings = {
                "muted": wait.muted,
                "moderator": wait.moderator,
                "seats": wait.seats,
                "wait_for_moderator": wait.wait_for_moderator,
                "music": wait.music,
                "record": wait.record,
            }
            yield from (f"conference.{name}" for name, value in settings.items() if value)
            yield from (f"conference: press {key}" for key in wait.presses)
        case Enqueue():
            yield "queue"
            if wait.music:
                yield "queue.music"
            yield from (f"queue: press {key}" for key in wait.presses)
        case Redirect():
            yield "redirect"


def missing(capabilities: Capabilities, wait: Wait) -> tuple[str, ...]:
    """The names of what this wait asks for and the carrier cannot do."""
    return tuple(name for name in needs(wait) if level(capabilities, name) is Level.NO)


def level(capabilities: Capabilities, name: str) -> Level:
    """How much of what is called `name` a carrier can do: `queue`, `queue.music`, `queue: press 1`."""
    return declared(capabilities, name)[1]


def declared(capabilities: Capabilities, name: str) -> tuple[str, Level, str]:
    """Under which name a carrier declares it, how much of it it can do, and what it says to that.

    A key is declared by itself or with all others; what is not declared follows its verb.
    """
    verb = name.partition(".")[0].partition(":")[0]
    for known in (name, name.rpartition(" ")[0], verb):
        ability = capabilities.of.get(known)
        if ability is not None:
            return known, ability.level, ability.note
    ability = capabilities.verb(verb)
    return verb, ability.level, ability.note


def refusal(carrier: str, capabilities: Capabilities, name: str) -> str:
    """Why a carrier does not do something, in words for people: `voipbin cannot do `redirect`: No action …`."""
    known, found, note = declared(capabilities, name)
    extent = "only partly can do" if found is Level.PARTLY else "cannot do"
    return f"{carrier} {extent} `{known}`" + (f": {note}" if note else "")
