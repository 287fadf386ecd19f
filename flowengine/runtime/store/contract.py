"""What a store promises. One test suite runs against every implementation.

A call is one record, replaced as a whole with compare-and-set. What an event changed, the answer to it, the journal of
its turns and the effects that are to leave go in together or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from flowengine.carriers.contract import Reply
from flowengine.core import replay
from flowengine.core.commands import Fetch, SendText
from flowengine.core.events import Event
from flowengine.core.session import Session
from flowengine.runtime.store.details import Detail, Query


class StoreError(Exception):
    """The store cannot do it now: it is locked, full, or away."""


class ConflictError(Exception):
    """Somebody else has changed the call since it was loaded."""


class CallRecord(Struct, frozen=True, gc=False):
    """A call between two events.

    `version` counts the changes. `memo` is the state of the carrier named `carrier`. `key` and `reply` are the last
    event and its answer, `opened` the event that the call began with. `pending` is the data that the flow waits for,
    `pending_until` the time until when whoever asks for it is at it, `arrived` what it brought before the flow took it.
    `timers` are times (Unix, seconds) by name. `flow` and `arguments` are what the call began with, for a replay.
    """

    id: str
    version: int
    carrier: str
    session: Session
    memo: Any
    key: str = ""
    reply: Reply | None = None
    opened: str = ""
    pending: Fetch | SendText | None = None
    timers: dict[str, float] = field(default_factory=dict)
    flow: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    updated: float = 0
    pending_until: float = 0
    arrived: Event | None = None

    @property
    def due(self) -> float | None:
        """When the first timer is due; None for a call that is over."""
        return min(self.timers.values()) if self.timers else None

    @property
    def ended(self) -> bool:
        """Whether the flow is done with the call."""
        return self.session.phase == "ended"


class Outgoing(Struct, frozen=True, gc=False):
    """Something that is to leave: a text message (`text`) or an event for the project's webhook (`event`).

    `key` makes it once only. `due` is Unix time in seconds, `attempts` how often it has failed, `reason` why the last
    time; `dead` tells that it is not tried again.
    """

    key: str
    kind: str
    call: str
    carrier: str
    body: dict[str, Any]
    due: float
    attempts: int = 0
    dead: bool = False
    reason: str = ""


class Told(Struct, frozen=True, gc=False):
    """What a carrier has told of a call or message beside the calls that flows run.

    `key` is the same for a repeat. `event` is the carrier's own word, `about` the id of the call or message, `at` when
    it came in Unix time. `call` or `message` is what it says of which, in the common vocabulary.
    """

    key: str
    carrier: str
    event: str
    about: str
    at: float
    call: dict[str, Any] | None = None
    message: dict[str, Any] | None = None


class Change(Struct, frozen=True, gc=False):
    """One step of a call. `record` is the call afterwards; its version is one more than the one that was loaded, and 1
    for a call that is new. With `claim` the reply is kept under the record's key. `detail` is what stays of a call that
    is over now, in place of what it left when it was over before."""

    record: CallRecord
    claim: bool = False
    journal: Sequence[replay.Record] = ()
    outgoing: Sequence[Outgoing] = ()
    detail: Detail | None = None


class Store(Protocol):
    """Keeps calls. Every method may raise StoreError."""

    async def load(self, call: str) -> CallRecord | None:
        """The call, or None."""
        ...

    async def save(self, change: Change) -> None:
        """Make the change, whole.

        Raises:
            ConflictError: the call is not in the version before; nothing is changed.
        """
        ...

    async def answer(self, call: str, key: str) -> Reply | None:
        """The answer that was given to an event of the call, or None if it was not seen."""
        ...

    async def journal(self, call: str) -> list[replay.Record]:
        """The turns of a call, in order."""
        ...

    async def due(self, now: float, limit: int = 100) -> list[str]:
        """The calls that have a timer due, the longest overdue first."""
        ...

    async def open_calls(self) -> int:
        """How many calls are not over."""
        ...

    async def take_outgoing(self, now: float, lease: float, limit: int = 50) -> list[Outgoing]:
        """What is due to leave, of each call the first that has neither left nor died: what comes after it waits, so
        that a call's are in order. Nobody else is given it for `lease` seconds."""
        ...

    async def settle_outgoing(self, item: Outgoing, again: Outgoing | None = None) -> None:
        """It has left; or it failed and is to be tried `again` as given there, or is dead."""
        ...

    async def dead_outgoing(self, limit: int = 1000) -> list[Outgoing]:
        """What is not tried again."""
        ...

    async def leaving(self) -> tuple[int, int]:
        """How many calls have something that is to leave, and how many items are not tried again."""
        ...

    async def note(self, told: Told, leaving: Outgoing) -> bool:
        """Keep what a carrier has told, and what is to leave because of it, whole; False, and nothing is done, when
        something of that key of the carrier is there."""
        ...

    async def noted(self, carrier: str) -> list[Told]:
        """What a carrier has told, the earliest first."""
        ...

    async def details(self, query: Query) -> list[Detail]:
        """Calls that are over, the latest first."""
        ...

    async def detail(self, call: str) -> Detail | None:
        """What stays of a call that is over; None when it is not, or nothing does."""
        ...

    async def drop_details(self, calls: Sequence[str]) -> int:
        """Drop all that is kept of these calls: records, journals, answers, and what could not be delivered; calls that
        are not over go on. Gives how many had a record."""
        ...

    async def forget_details(self, before: float) -> int:
        """Drop the records and journals of calls that began before that time, some at once; gives how many."""
        ...

    async def keep_program(self, version: str, sources: bytes, at: float) -> None:
        """Keep the sources of a version of the project, so that calls that began with it can go on elsewhere. `at` is
        the time now: a version that new calls use is kept again before what was kept then is forgotten."""
        ...

    async def program(self, version: str) -> bytes | None:
        """The sources of a version, or None."""
        ...

    async def secret(self, name: str) -> bytes:
        """A key of this installation, made when it is first asked for: 32 random bytes."""
        ...

    async def tally(self, name: str, until: float) -> int:
        """Count one more of `name`, for all who use the store; how many there are now. It is forgotten some time after
        `until`, Unix time in seconds."""
        ...

    async def forget(self, before: float) -> int:
        """Drop what calls that were over at that time have left, but not their records and journals; what carriers have
        told before it; and versions kept before it that neither a call nor a record uses. Gives how many calls."""
        ...

    async def ping(self) -> None:
        """Nothing, if the store can be reached."""
        ...

    async def close(self) -> None:
        """Let go of what is held; what was saved is safe."""
        ...
