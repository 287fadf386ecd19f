"""What a carrier is to the runtime: a translator without I/O.

    route(message)                 which call a message is about, or why it is refused
    open(opening)                  the memo of a call that begins
    receive(memo, message)         carrier words -> our words: an event, or None when there is nothing for the flow
    perform(memo, turn, asked=…)   our words -> carrier words

`memo` is the carrier's own state of a call, stored beside the session; nobody else looks into it. What a carrier is to
be told, asked or answered comes back as values; the runtime carries them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct, field

from flowengine.core.events import Event
from flowengine.core.machine import Turn
from flowengine.core.session import Facts

# ------------------------------------------------------------------------------------------------------ what comes in


class Message(Struct, frozen=True, gc=False):
    """A request of the carrier.

    `path` are the parts below the carrier's own prefix, decoded; `fields` the query and the body together, one value a
    name; `headers` are looked up by names in lower case; `at` is Unix time in seconds. `body` and `target` (path and
    query as they were sent) are there for signatures. `of_body` are the fields of the body alone, where the query has
    some as well: a signature over the body says nothing about those.
    """

    path: tuple[str, ...]
    fields: Mapping[str, str]
    at: float
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    target: str = ""
    of_body: Mapping[str, str] | None = None


class Opening(Struct, frozen=True, gc=False):
    """A call asks for its first document. `flow` is None when the number that was called decides.

    `moves`: it may also send a call under way to another flow; not where its URL could be anybody's.
    """

    facts: Facts
    key: str
    flow: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    moves: bool = True


class About(Struct, frozen=True, gc=False):
    """A message about a call under way.

    `key` names the event, so that a repeat of it is known; empty for messages that may be repeated without harm.
    `wants_document`: the answer is carried out by the carrier, so it must be a document.
    """

    call: str
    key: str = ""
    wants_document: bool = True


class Refused(Struct, frozen=True, gc=False):
    """The message is not taken; `status` is the HTTP status to answer with, `reason` is for the log."""

    status: int
    reason: str


class Ignored(Struct, frozen=True):
    """The message says nothing that matters to anybody; it is only answered."""


Route = Opening | About | Refused | Ignored

# ------------------------------------------------------------------------------------------------------ what goes out


class Reply(Struct, frozen=True, gc=False):
    """The answer to the request that the carrier has made."""

    body: str = ""
    content_type: str = "application/xml"
    status: int = 200


class Request(Struct, frozen=True, gc=False):
    """A request to the carrier's API. `path` is below its base URL; `again`: it may be sent again after a failure."""

    method: str
    path: str
    json: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class Frame(Struct, frozen=True, gc=False):
    """A message on the carrier's open connection."""

    data: Any


class Timer(Struct, frozen=True, gc=False):
    """Ask to be told after so many seconds, by a message whose path is `("timer", name)`."""

    seconds: float
    name: str


Output = Reply | Request | Frame | Timer


class Step(Struct, frozen=True, gc=False):
    """What a carrier makes of a message or a turn: its memo afterwards, what is to be sent, and the event if any."""

    memo: Any
    outputs: tuple[Output, ...] = ()
    event: Event | None = None

    @property
    def reply(self) -> Reply | None:
        """The answer among the outputs."""
        for output in self.outputs:
            if isinstance(output, Reply):
                return output
        return None


# ---------------------------------------------------------------------------------------------------- what it can do


class Level(StrEnum):
    """How much of something a carrier can do."""

    FULL = "full"
    PARTLY = "partly"
    NO = "no"


class Ability(Struct, frozen=True):
    """Whether a carrier can do something; `note` is a sentence that says what is lost, empty where nothing is.

    `fractions`: it is lost only where a time is no whole number of seconds.
    """

    level: Level
    note: str = ""
    fractions: bool = False


FULL = Ability(Level.FULL)


def partly(note: str, *, fractions: bool = False) -> Ability:
    """It can, but for what `note` says; with `fractions`, only where a time is no whole number of seconds."""
    return Ability(Level.PARTLY, note, fractions)


def no(note: str) -> Ability:
    """It cannot, because of what `note` says."""
    return Ability(Level.NO, note)


class Budget(Struct, frozen=True):
    """How much a carrier does in one call.

    Attributes:
        limit: Actions, after which it ends the call.
        first: How many of them are spent before the flow begins.
        of: About how many a verb takes, each time; of a menu or gather, each try.
        note: What happens at the limit, in a sentence.
    """

    limit: int
    first: int
    of: Mapping[str, int]
    note: str


class Capabilities(Struct, frozen=True):
    """What a carrier can do.

    `runs_flows` is False for carriers that only place calls. `of` has entries for verbs (`queue`), arguments
    (`queue.music`) and outcomes (`transfer: declined`, `conference: press *`); a verb that is missing cannot be done,
    an argument or outcome that is missing follows its verb. `budget` is None where a call may do as much as it likes.
    """

    runs_flows: bool
    of: Mapping[str, Ability]
    budget: Budget | None = None

    def verb(self, name: str) -> Ability:
        """Whether it can do a verb."""
        return self.of.get(name, no("This carrier has no means for it."))

    def argument(self, verb: str, name: str) -> Ability:
        """Whether it can do an argument of a verb."""
        return self.of.get(f"{verb}.{name}", self.verb(verb))

    def outcome(self, verb: str, name: str) -> Ability:
        """Whether it can tell an outcome of a verb."""
        return self.of.get(f"{verb}: {name}", self.verb(verb))


class Carrier(Protocol):
    """A carrier; all methods are pure."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def route(self, message: Message) -> Route:
        """Which call a message is about; verifies its signature first where that is configured."""
        ...

    def open(self, opening: Opening) -> Any:
        """The memo of a call that begins, or that begins anew with another flow."""
        ...

    def receive(self, memo: Any, message: Message) -> Step:
        """Translate a message about a known call."""
        ...

    def perform(self, memo: Any, turn: Turn, *, asked: bool) -> Step:
        """Translate a turn. `asked`: a request of the carrier waits for the answer; else it has to be told."""
        ...

    def dump(self, memo: Any) -> bytes:
        """The memo as JSON."""
        ...

    def load(self, data: bytes) -> Any:
        """The memo from JSON."""
        ...

    def sorry(self, text: str, language: str) -> Reply:
        """A safe document: say `text`, and hang up."""
        ...

    def patience(self, message: Message) -> Reply:
        """A safe document: wait a moment, then send the same message again."""
        ...

    def text(self, to: str, text: str, sender: str) -> Request | None:
        """The request that sends a text message, or None where it has none."""
        ...

    def dial(self, to: str, sender: str, flow: str, arguments: Mapping[str, Any], timeout: float) -> Request:
        """The request that places a call into a flow."""
        ...
