"""The verbs of a control document, as data. Times are in seconds; URLs are as written, relative to the document."""

from dataclasses import dataclass
from typing import Literal

FOREVER = 0  # `loop` of a prompt that is repeated until something ends it.


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text`; `language` and `voice` may be empty."""

    text: str
    language: str
    voice: str
    loop: int


@dataclass(frozen=True, slots=True)
class Play:
    """Play the sound at `url`, or the keys in `digits`, where `w` is half a second of silence."""

    url: str
    digits: str
    loop: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait `length` seconds. First in a document it lets the call ring on."""

    length: float


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Action:
    """Where a verb's result goes. None as `url` is the document itself, or nowhere where a verb needs no action."""

    url: str | None
    method: str


NO_ACTION = Action(None, "POST")


@dataclass(frozen=True, slots=True)
class Gather:
    """Collect keys or words. `type_ahead` counts keys that were pressed before; `interdigit_timeout` parts two keys."""

    prompts: tuple[Prompt, ...]
    listens_to: frozenset[str]
    num_digits: int | None
    finish_on_key: str
    timeout: float
    interdigit_timeout: float
    barge_in: bool
    type_ahead: bool
    action_on_empty_result: bool
    language: str
    action: Action


@dataclass(frozen=True, slots=True)
class Record:
    """Record what is said, until `timeout` seconds of silence, `max_length`, or one of the keys of `finish_on_key`."""

    max_length: float
    timeout: float
    finish_on_key: str
    play_beep: bool
    transcribe: bool
    transcribe_callback: str
    recording_status_callback: str
    action: Action


@dataclass(frozen=True, slots=True)
class Target:
    """A number or SIP address that a dial rings; `url` is a document that its phone hears before it is connected."""

    address: str
    url: str
    method: str
    send_digits: str
    status_callback: str


@dataclass(frozen=True, slots=True)
class ConferenceTarget:
    """A conference that a dial enters. A `wait_url` of None means music, an empty one silence."""

    name: str
    muted: bool = False
    beep: Literal["true", "false", "onEnter", "onExit"] = "true"
    start_on_enter: bool = True
    end_on_exit: bool = False
    max_participants: int | None = None
    wait_url: str | None = None
    wait_method: str = "POST"
    record: bool = False
    status_callback: str = ""
    recording_status_callback: str = ""


@dataclass(frozen=True, slots=True)
class QueueTarget:
    """A queue whose first caller a dial takes."""

    name: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the call with others. An empty `caller_id` is that of the call."""

    targets: tuple[Target, ...] | ConferenceTarget | QueueTarget
    timeout: float = 30.0
    time_limit: float = 14_400.0
    caller_id: str = ""
    hangup_on_star: bool = False
    record: bool = False
    recording_status_callback: str = ""
    action: Action = NO_ACTION


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Let the call wait in a queue; `wait_url` is a document for that time, empty for music."""

    name: str
    wait_url: str
    wait_method: str
    action: Action


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not take the call."""

    reason: Literal["rejected", "busy"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers the call and nothing else: this carrier's own, for a flow that answers before it speaks."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave the queue that the call waits in."""


Verb = Say | Play | Pause | Gather | Record | Dial | Enqueue | Redirect | Reject | Answer | Hangup | Leave
