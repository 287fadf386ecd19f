"""What the machine asks of a carrier and of the runtime: a closed vocabulary.

A turn is a list of `Command`s that ends in one `Wait`; an `Effect` is work that nobody waits for. Authors' verbs
lower to these, so a new verb needs no change in any carrier, and a new command fails the type check of every carrier
until each handles it (`typing.assert_never`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

# ---------------------------------------------------------------------------------------------------------- commands


class Answer(Struct, frozen=True, gc=False, tag="answer"):
    """Answer the inbound call."""


class Say(Struct, frozen=True, gc=False, tag="say", omit_defaults=True):
    """Speak `text` in `language` (`en-US`).

    With `ssml`, the text is a whole `<speak>` document.
    """

    text: str
    language: str
    voice: str | None = None
    loop: int = 1
    ssml: bool = False


class Play(Struct, frozen=True, gc=False, tag="play", omit_defaults=True):
    """Play an audio file of the project (a path under its `audio/` folder) or an http(s) URL."""

    source: str
    loop: int = 1


class Pause(Struct, frozen=True, gc=False, tag="pause"):
    """Silence of so many seconds."""

    seconds: float


class Send(Struct, frozen=True, gc=False, tag="send"):
    """Play DTMF into the call; `w` is half a second of silence."""

    digits: str


Prompt = Say | Play | Pause
Command = Answer | Say | Play | Pause | Send

# ------------------------------------------------------------------------------------------------------------- waits


class Listen(Struct, frozen=True, gc=False, tag="listen", omit_defaults=True):
    """Play the turn's prompts, then collect keys or speech.

    `longest` is the largest number of keys that can still belong to this input (None: any number), `shortest` the
    smallest. `keys` are the choices of a menu; empty for a `gather`. `finish` holds the keys that end the input;
    `presses` are keys that interrupt it at once. Times in seconds: `timeout` of silence after the prompts,
    `interdigit` between two keys. `typed` were typed ahead: they are part of the input, and the carrier need not ask
    for them again.
    """

    timeout: float
    interdigit: float
    bargein: bool
    language: str
    keys: tuple[str, ...] = ()
    shortest: int = 1
    longest: int | None = None
    finish: str = ""
    presses: tuple[str, ...] = ()
    speech: bool = False
    hints: tuple[str, ...] = ()
    typed: str = ""
    sensitive: bool = False


class Record(Struct, frozen=True, gc=False, tag="record", omit_defaults=True):
    """Play the turn's prompts and record the caller, for at most `longest` seconds, until `silence` seconds of
    silence or a key of `finish`."""

    longest: float
    silence: float
    finish: str
    beep: bool
    language: str
    transcribe: bool = False


QUEUE = "queue:"
"""What a target that is the next caller of a queue begins with."""


class Dial(Struct, frozen=True, gc=False, tag="dial", omit_defaults=True):
    """Connect the caller to the first of `targets` that answers; several ring at once.

    A target is an E.164 number, a `sip:` URI, or `queue:NAME` for the next caller of that queue. With `screen`, who
    answers hears `whisper` and must press that key.
    """

    targets: tuple[str, ...]
    timeout: float
    language: str
    caller_id: str | None = None
    record: bool = False
    whisper: str | None = None
    screen: str | None = None


class Conference(Struct, frozen=True, gc=False, tag="conference", omit_defaults=True):
    """Join the room.

    `presses` are the keys that the flow answers while the caller is in it.
    """

    room: str
    muted: bool = False
    moderator: bool = False
    seats: int | None = None
    wait_for_moderator: bool = False
    music: str | None = None
    record: bool = False
    beep: bool = True
    presses: tuple[str, ...] = ()


class Enqueue(Struct, frozen=True, gc=False, tag="enqueue", omit_defaults=True):
    """Wait in the queue for an agent.

    The turn's prompts are the ones to hear now; after them the carrier reports `Waiting`. `joined` is False on
    the turn that enters the queue. `remaining` seconds are left of the queue's timeout.
    """

    name: str
    music: str | None = None
    joined: bool = False
    remaining: float | None = None
    presses: tuple[str, ...] = ()


class Fetch(Struct, frozen=True, gc=False, tag="fetch", omit_defaults=True):
    """An HTTP request that the runtime makes while the turn's prompts are heard.

    The reply comes as `Fetched`.
    """

    url: str
    method: str = "GET"
    json: Any = None
    form: dict[str, str] | None = None
    headers: dict[str, str] | None = None
    timeout: float = 3.0
    retries: int = 0


class SendText(Struct, frozen=True, gc=False, tag="send_text"):
    """A text message whose failure the flow answers; the runtime reports `Texted`."""

    to: str
    text: str
    sender: str


class Hangup(Struct, frozen=True, gc=False, tag="hangup"):
    """Play the turn's prompts and end the call.

    `reason` tells why: `flow`, `error`, or the limit that was reached.
    """

    reason: str = "flow"


class Reject(Struct, frozen=True, gc=False, tag="reject"):
    """Refuse the call without answering it; `reason` is `rejected` or `busy`."""

    reason: str = "rejected"


class Redirect(Struct, frozen=True, gc=False, tag="redirect"):
    """Hand the call to another call-url webhook; the flow is over."""

    url: str


class Gone(Struct, frozen=True, gc=False, tag="gone"):
    """The caller has left and the flow is over: nothing is to be asked of the carrier."""


Wait = Listen | Record | Dial | Conference | Enqueue | Fetch | SendText | Hangup | Reject | Redirect | Gone
Leaving = Hangup | Reject | Redirect | Gone

# ----------------------------------------------------------------------------------------------------------- effects


class Text(Struct, frozen=True, gc=False, tag="text"):
    """A text message that nobody waits for.

    `key` makes it once only.
    """

    key: str
    to: str
    text: str
    sender: str


class Log(Struct, frozen=True, gc=False, tag="log"):
    """A line for the project's log, with sensitive values masked."""

    level: str
    text: str


class Emit(Struct, frozen=True, gc=False, tag="emit"):
    """An event for the project's own webhook.

    `key` makes it once only.
    """

    key: str
    name: str
    data: Any = None


Effect = Text | Log | Emit
