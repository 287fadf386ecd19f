"""From a turn to a document: each command and each wait as elements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import assert_never
from urllib.parse import quote

from flowengine.carriers.telefonie.document import Element, clean, flag, whole
from flowengine.core.commands import (
    QUEUE,
    Answer,
    Command,
    Conference,
    Dial,
    Enqueue,
    Fetch,
    Gone,
    Hangup,
    Listen,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Send,
    SendText,
    Wait,
)
from flowengine.core.policy import is_number

_DIGITS = frozenset("0123456789")

ROUND = 20
"""Seconds between two rounds of a queue's prompts."""


def place(token: str, call: str, of: int | str) -> str:
    """Where a turn of a call is found below `turn/`, or something else of it."""
    return f"{token}/{call if call.isalnum() and call.isascii() else quote(call, safe='')}/{of}"


class Links:
    """The URLs of one turn of one call, as they stand in its documents; `of` is the turn's `place`."""

    __slots__ = ("here", "media")

    def __init__(self, base: str, of: str) -> None:
        self.here = f"{base}/telefonie/turn/{of}"
        self.media = f"{base}/media/"

    def to(self, what: str) -> str:
        """The URL of something beside the turn's own result."""
        return f"{self.here}/{what}"


def elements(commands: Sequence[Command], wait: Wait, links: Links, *, type_ahead: bool = True) -> list[Element]:
    """The document of a turn.

    `type_ahead` False: keys that were pressed before this document do not count for it.
    """
    heard = [element for command in commands for element in _command(command, wait, links)]
    match wait:
        case Listen():
            return _listen(heard, wait, links, type_ahead)
        case Record():
            return [*heard, _record(wait, links), _redirect(links.to("empty"))]
        case Dial():
            return [*heard, _dial(wait, links)]
        case Conference():
            return [*heard, _conference(wait, links)]
        case Enqueue():
            return [*heard, _enqueue(wait, links)]
        case Fetch() | SendText():
            # Nothing to hear means that the answer takes long: look again in a second.
            return [*(heard or [_PAUSE]), _redirect(links.to("poll"))]
        case Hangup():
            return [*heard, _HANGUP]
        case Reject(reason=reason):
            return [*heard, Element("Reject", (("reason", reason),))]
        case Redirect(url=url):
            return [*heard, _redirect(url)]
        case Gone():
            return []
        case _:
            assert_never(wait)


def hold(commands: Sequence[Command], wait: Enqueue, links: Links) -> list[Element]:
    """One round of waiting in a queue: its prompts, then music until the next round."""
    heard = [element for command in commands for element in _command(command, wait, links)]
    pause = ROUND if wait.remaining is None else min(float(ROUND), wait.remaining)
    # A round that is shorter than the others is the last: it must not wait for the time of the next.
    last = [] if pause >= ROUND else [_redirect(links.to("wait"))]
    if wait.music is not None and not last:
        # The music is the time between two rounds.
        heard.append(_play(Play(wait.music), links))
        pause = 1.0
    if not wait.presses:
        silent = [] if wait.music is not None and not last else [Element("Pause", (("length", whole(pause)),))]
        return [*heard, *silent, *last]
    attributes = (
        ("input", "dtmf"),
        ("numDigits", "1"),
        ("finishOnKey", ""),
        ("timeout", whole(pause)),
        ("action", links.to("press")),
        ("method", "POST"),
    )
    return [Element("Gather", attributes, children=tuple(heard)), *last]


LEAVE = [Element("Leave")]
_HANGUP = Element("Hangup")
_PAUSE = Element("Pause", (("length", "1"),))


def whisper(wait: Dial, links: Links) -> list[Element]:
    """What the called party hears before being connected; with a screening key, without which they are not."""
    said = [Element("Say", (("language", wait.language),), wait.whisper)] if wait.whisper else []
    if wait.screen is None:
        return said
    attributes = (
        ("input", "dtmf"),
        ("numDigits", "1"),
        ("finishOnKey", ""),
        ("timeout", "10"),
        ("action", links.to("screened")),
        ("method", "POST"),
    )
    return [Element("Gather", attributes, children=tuple(said)), _HANGUP]


def screened(accepted: bool) -> list[Element]:
    """What follows the called party's key: an empty document connects them."""
    return [] if accepted else [_HANGUP]


def sorry(text: str, language: str) -> list[Element]:
    """The last words of a call."""
    return [Element("Say", (("language", language),), text), _HANGUP]


def patience(url: str) -> list[Element]:
    """Ask again in a moment."""
    return [_PAUSE, _redirect(url)]


def _redirect(url: str) -> Element:
    # An element of this call alone: as a link, the method keeps it out of what is written down once for all calls.
    return Element("Redirect", (), url, links=(("method", "POST"),))


# ------------------------------------------------------------------------------------------------------------ commands


def _command(command: Command, wait: Wait, links: Links) -> tuple[Element, ...]:
    match command:
        case Answer():
            # Whatever is carried out answers the call; only a document that does nothing first has to say so.
            return ()
        case Say():
            return (_say(command),)
        case Play():
            return (_play(command, links),)
        case Pause(seconds=seconds):
            return (Element("Pause", (("length", whole(seconds)),)),)
        case Send(digits=digits):
            return (Element("Play", (("digits", digits),)),)
        case _:
            assert_never(command)


@lru_cache(maxsize=1024)
def _say(command: Say) -> Element:
    attributes: tuple[tuple[str, str], ...] = (("language", command.language),)
    if command.voice is not None:
        attributes += (("voice", command.voice),)
    if command.loop != 1:
        attributes += (("loop", str(command.loop)),)
    return Element("Say", attributes, command.text, markup=command.ssml)


def _play(command: Play, links: Links) -> Element:
    source = command.source
    url = source if source.startswith(("http://", "https://")) else links.media + quote(clean(source))
    return Element("Play", () if command.loop == 1 else (("loop", str(command.loop)),), url)


# --------------------------------------------------------------------------------------------------------------- waits


def keys_wanted(wait: Listen) -> int | None:
    """How many keys the carrier collects before it asks us; None for as many as come.

    Of a menu these are the fewest that can decide it: the choices 1 and 12 need a look after the first key, and so does
    every key that may be a wrong one, since whoever presses it is told at once. Only where any digit goes on, as in
    0000 to 9999, several are collected together.
    """
    typed = wait.typed
    if not wait.keys and wait.longest:
        return max(1, wait.longest - len(typed))
    left = [key[len(typed) :] for key in wait.keys if key.startswith(typed) and len(key) > len(typed)]
    if not left:
        return 1 if wait.presses and not typed and wait.keys else None
    if (wait.presses and not typed) or len(left) < len(_DIGITS):
        return 1
    fewest = min(map(len, left))
    return next((place + 1 for place in range(fewest) if not _DIGITS.issubset(key[place] for key in left)), fewest)


def _listen(heard: list[Element], wait: Listen, links: Links, type_ahead: bool) -> list[Element]:
    attributes, action = _gather(wait, type_ahead and wait.bargein), (("action", links.here),)
    if wait.bargein:
        return [Element("Gather", attributes, children=tuple(heard), links=action)]
    return [*heard, Element("Gather", attributes, links=action)]


@lru_cache(maxsize=1024)
def _gather(wait: Listen, type_ahead: bool) -> tuple[tuple[str, str], ...]:
    attributes: list[tuple[str, str]] = [("input", "dtmf speech" if wait.speech else "dtmf")]
    wanted = keys_wanted(wait)
    if wanted is not None:
        attributes.append(("numDigits", str(wanted)))
    # In a gather, a flow-wide key interrupts at once, so it ends the input as the finish key does.
    finish = wait.finish if wait.keys else wait.finish + "".join(key for key in wait.presses if key not in wait.finish)
    attributes.append(("finishOnKey", finish))
    attributes.append(("timeout", whole(wait.interdigit if wait.typed else wait.timeout)))
    if wanted != 1 and wait.interdigit != wait.timeout:
        # Not TwiML's own: where it is not known, one time serves for all keys.
        attributes.append(("interdigitTimeout", whole(wait.interdigit)))
    if wait.speech:
        attributes.append(("speechTimeout", "auto"))
        attributes.append(("language", wait.language))
        if wait.hints:
            attributes.append(("hints", ",".join(hint.replace(",", " ") for hint in wait.hints)))
    attributes += [("actionOnEmptyResult", "true"), ("method", "POST")]
    if not type_ahead:
        # Not TwiML's own: where it is not known, keys that come early count.
        attributes.append(("typeAhead", "false"))
    return tuple(attributes)


def _record(wait: Record, links: Links) -> Element:
    attributes = [
        ("maxLength", whole(wait.longest)),
        ("timeout", whole(wait.silence)),
        ("finishOnKey", wait.finish),
        ("playBeep", flag(wait.beep)),
        ("method", "POST"),
    ]
    if wait.transcribe:
        attributes.append(("transcribe", "true"))
    return Element("Record", tuple(attributes), links=(("action", links.here),))


def _dial(wait: Dial, links: Links) -> Element:
    attributes = [("action", links.here), ("method", "POST"), ("timeout", whole(wait.timeout))]
    if wait.caller_id is not None:
        attributes.append(("callerId", wait.caller_id))
    if wait.record:
        attributes.append(("record", "record-from-answer"))
    called: tuple[tuple[str, str], ...] = ()
    if wait.whisper or wait.screen:
        called = (("url", links.to("whisper")), ("method", "POST"))
    targets: list[Element] = []
    for target in wait.targets:
        if target.startswith(QUEUE):
            targets.append(Element("Queue", (), target.removeprefix(QUEUE)))
        else:
            targets.append(Element("Number" if is_number(target) else "Sip", called, target))
    return Element("Dial", tuple(attributes), children=tuple(targets))


def _conference(wait: Conference, links: Links) -> Element:
    attributes = [
        ("muted", flag(wait.muted)),
        ("beep", flag(wait.beep)),
        ("startConferenceOnEnter", flag(wait.moderator or not wait.wait_for_moderator)),
        ("endConferenceOnExit", flag(wait.moderator)),
    ]
    if wait.seats is not None:
        attributes.append(("maxParticipants", str(wait.seats)))
    if wait.music is not None:
        attributes.append(("waitUrl", links.to("music")))
        attributes.append(("waitMethod", "POST"))
    if wait.record:
        attributes.append(("record", "record-from-start"))
    room = Element("Conference", tuple(attributes), wait.room)
    around = [("action", links.here), ("method", "POST")]
    if "*" in wait.presses:
        around.append(("hangupOnStar", "true"))
    return Element("Dial", tuple(around), children=(room,))


def music(wait: Conference, links: Links) -> list[Element]:
    """What is heard in a room until it begins."""
    return [_play(Play(wait.music, loop=10), links)] if wait.music is not None else []


def _enqueue(wait: Enqueue, links: Links) -> Element:
    attributes = (
        ("action", links.here),
        ("method", "POST"),
        ("waitUrl", links.to("wait")),
        ("waitUrlMethod", "POST"),
    )
    return Element("Enqueue", attributes, wait.name)
