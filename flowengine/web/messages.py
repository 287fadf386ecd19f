"""What the page and the server tell each other over the socket, beside the frames of sound.

Each message is one JSON object with its `type`. Binary frames are sound both ways, as `flowengine.web.sound` has it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Number = Annotated[str, Meta(min_length=1, max_length=256)]
Rings = Literal["any", "mine", "none"]
Over = Literal["rtc", "socket"]
Does = Literal["answer", "busy", "no-answer", "fail", "machine"]

# ------------------------------------------------------------------------------------------------------ from the page


class Phone(Struct, frozen=True, tag_field="type", tag="phone"):
    """This tab is a phone with this number; `rings`: for calls to any outside number, to its own, or to none."""

    number: Number
    rings: Rings = "any"


class Dial(Struct, frozen=True, tag_field="type", tag="dial"):
    """Call `to`; `caller` is the number that is shown there.

    `flow` answers if one is named, whatever the number; `at` is the time that it is for the flow, empty for now.
    """

    to: Number
    caller: Number
    flow: Annotated[str, Meta(max_length=256)] = ""
    at: Annotated[str, Meta(max_length=64)] = ""


class Press(Struct, frozen=True, tag_field="type", tag="press"):
    """Keys of the keypad."""

    keys: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[0-9*#A-D]+$")]


class Say(Struct, frozen=True, tag_field="type", tag="say"):
    """Words, as speech recognition would have understood them."""

    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class Answer(Struct, frozen=True, tag_field="type", tag="answer"):
    """Take the call that rings here."""

    call: str


class Decline(Struct, frozen=True, tag_field="type", tag="decline"):
    """Do not take the call that rings here."""

    call: str


class HangUp(Struct, frozen=True, tag_field="type", tag="hang_up"):
    """End the call."""


class Behave(Struct, frozen=True, tag_field="type", tag="behave"):
    """From now on, phones with this number, or that fit its `*`, do this after ringing for so many seconds."""

    number: Number
    does: Does
    after: Annotated[float, Meta(ge=0, le=600)] = 1.0


class Forget(Struct, frozen=True, tag_field="type", tag="forget"):
    """Phones with this number do what others do."""

    number: Number


class Offer(Struct, frozen=True, tag_field="type", tag="offer"):
    """The browser would have the sound of its next call over WebRTC; `sdp` describes how."""

    sdp: Annotated[str, Meta(max_length=12_000)]


class Listen(Struct, frozen=True, tag_field="type", tag="listen"):
    """What the page plays: what comes over WebRTC, or over this socket."""

    over: Over


Request = Phone | Dial | Press | Say | Answer | Decline | HangUp | Behave | Forget | Offer | Listen
_decoder = msgspec.json.Decoder(Request)


def read(text: str) -> Request:
    """A message of the page.

    Raises:
        msgspec.DecodeError: it is none.
    """
    request: Request = _decoder.decode(text)
    return request


# ------------------------------------------------------------------------------------------------------- to the page


class Line(Struct, frozen=True):
    """A number of the project, and the flow that answers it."""

    number: str
    flow: str


class Finding(Struct, frozen=True):
    """A finding; `shown` is its text with the source underlined."""

    code: str
    severity: str
    message: str
    file: str
    line: int
    column: int
    shown: str


class Project(Struct, frozen=True, tag_field="type", tag="project"):
    """The project as it is now. `serving` tells which version answers: the present one, the last good one before it
    (`previous`), or none yet. `flows` are those that a call can begin in, with or without a number."""

    lines: list[Line]
    findings: list[Finding]
    serving: Literal["present", "previous", "none"]
    flows: list[str] = []


class Behaving(Struct, frozen=True):
    """Phones that act by themselves: a number or a pattern, what they do, and after how many seconds of ringing."""

    number: str
    does: str
    after: float


class Network(Struct, frozen=True, tag_field="type", tag="network"):
    """What is set up for phones of the simulated network; the first that fits a number counts."""

    phones: list[Behaving]


class Awaited(Struct, frozen=True):
    """What the carrier does with the call, as far as it takes time: one of the kinds of the sandbox's `Awaiting`.

    `seconds` is when it ends by itself, from now on; None where nothing but the caller ends it. `detail` says more: the
    numbers that ring, the room.
    """

    kind: str
    seconds: float | None = None
    detail: str = ""


class Call(Struct, frozen=True, tag_field="type", tag="call"):
    """The call of this tab: its state, and for how many seconds it has been answered.

    `clock` is what its own clock shows, in words; empty where it goes by the real one. `record` is the call's id where
    it is kept; empty before a flow has answered.
    """

    id: str
    caller: str
    callee: str
    direction: str
    state: str
    is_over: bool
    seconds: float
    awaited: Awaited | None
    clock: str = ""
    record: str = ""


class Ringing(Struct, frozen=True, tag_field="type", tag="ringing"):
    """A call rings at this phone."""

    call: str
    caller: str
    callee: str


class Silent(Struct, frozen=True, tag_field="type", tag="silent"):
    """It rings no more: somebody took it, or the caller gave up."""

    call: str


class Heard(Struct, frozen=True, tag_field="type", tag="heard"):
    """The ear got something: `sort` is `say`, `play`, `beep`, `digits` or `music`."""

    sort: str
    text: str
    language: str


class Did(Struct, frozen=True, tag_field="type", tag="did"):
    """What the person did, as the network noticed it: `keys` or `spoke`."""

    sort: str
    text: str


class Recorded(Struct, frozen=True, tag_field="type", tag="recorded"):
    """A recording of this call can be had at `path` of this server."""

    path: str
    seconds: float


class Answered(Struct, frozen=True, tag_field="type", tag="answered"):
    """The webhook answered after so many milliseconds."""

    milliseconds: float


class Source(Struct, frozen=True, tag_field="type", tag="source"):
    """The text of a file, in the version that the call uses."""

    file: str
    version: str
    text: str


class Place(Struct, frozen=True, tag_field="type", tag="place"):
    """Where the flow is: its step, the line, and the lines that the turn went over."""

    flow: str
    step: str
    line: int
    file: str
    version: str
    path: list[int]


class Accepted(Struct, frozen=True, tag_field="type", tag="accepted"):
    """What answers the browser's offer; empty where there is no WebRTC."""

    sdp: str


class Trouble(Struct, frozen=True, tag_field="type", tag="trouble"):
    """Something did not work; in words."""

    text: str


News = (
    Project
    | Network
    | Call
    | Ringing
    | Silent
    | Heard
    | Did
    | Recorded
    | Answered
    | Source
    | Place
    | Accepted
    | Trouble
)
_encoder = msgspec.json.Encoder()


def write(news: News) -> str:
    """A message to the page."""
    return _encoder.encode(news).decode("utf-8", "replace")
