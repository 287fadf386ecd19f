"""A call between two turns: data only, JSON in and JSON out, readable in any process."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

SPECIFICATION = 1
"""The version of this layout.

A release that changes it reads the versions before it, or refuses them by name.
"""


class SessionVersionError(ValueError):
    """The session was written by a release whose layout this one does not read."""


class Facts(Struct, omit_defaults=True, gc=False):
    """What the carrier told when the call began.

    `started` is Unix time in seconds. `ahead` is by how many seconds the clock that the flow sees is ahead of the real
    one: a call can be tried as if it came at another time.
    """

    id: str
    caller: str
    called: str
    direction: str
    carrier: str
    started: float
    answered_by: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ahead: float = 0.0


class Frame(Struct, omit_defaults=True, gc=False):
    """One flow under way, or one flow-wide handler of it.

    `node` is where it stands in the flow's graph. `tries` counts, by listening node, the silences and the misfits so
    far. `base` is set for a handler: the index of the frame whose variables it uses, and `after` the node of the
    frame below where it goes on (or one of the machine's ends).
    """

    flow: str
    node: int
    variables: dict[str, Any] = field(default_factory=dict)
    secret: list[str] = field(default_factory=list)
    tries: dict[str, tuple[int, int]] = field(default_factory=dict)
    base: int | None = None
    after: int | None = None
    handler: str | None = None

    def copy(self) -> Frame:
        """A copy that may be changed: values themselves are never changed in place."""
        return replace(self, variables=self.variables.copy(), secret=self.secret.copy(), tries=self.tries.copy())


class Session(Struct, omit_defaults=True, gc=False):
    """The state of one call.

    `program` names the version of the project that the call began with. `turn` counts the turns taken. `phase` is
    `new`, `waiting` or `ended`; `waiting_for` the tag of the wait. `keys` were typed ahead. `dropped` is the key that
    still belongs to the input just completed, until the time `dropped_until`. `notes` are the present node's own.
    `sensitive` tells that the call may hold what must not be written down: keys that nobody has asked for yet, too.
    """

    program: str
    call: Facts
    frames: list[Frame]
    spec: int = SPECIFICATION
    phase: str = "new"
    waiting_for: str = ""
    turn: int = 0
    keys: str = ""
    dropped: str = ""
    dropped_until: float = 0
    answered: bool = False
    gone: bool = False
    language: str | None = None
    queue: tuple[int, float] | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    sensitive: bool = False

    def copy(self) -> Session:
        """A copy that one step may change; the frames are copied, the values in them shared."""
        return replace(self, frames=[frame.copy() for frame in self.frames], notes=self.notes.copy())


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Session)


def dump(session: Session) -> bytes:
    """The session as JSON."""
    return _encoder.encode(session)


def load(data: bytes) -> Session:
    """The session from JSON.

    Raises:
        SessionVersionError: it was written in a layout that this release does not read, or is not a session.
    """
    try:
        session = _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise SessionVersionError(f"not a session of this release: {error}") from error
    if session.spec != SPECIFICATION:
        raise SessionVersionError(f"session layout {session.spec}; this release reads {SPECIFICATION}")
    return session
