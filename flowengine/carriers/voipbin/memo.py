"""What the adapter remembers of a call between two messages."""

from __future__ import annotations

from msgspec import Struct

from flowengine.core.commands import Conference, Dial, Enqueue, Fetch, Listen, Record, SendText

Pending = Listen | Record | Dial | Conference | Enqueue | Fetch | SendText


class Far(Struct, frozen=True, omit_defaults=True):
    """A leg that a transfer of ours rings. `answered` and `ended` are Unix times in seconds; `reason` is why it
    ended."""

    id: str
    answered: float = 0
    ended: float = 0
    reason: str = ""


class Tape(Struct, frozen=True, omit_defaults=True):
    """A recording; `seconds` is its length once it is `finished`."""

    id: str
    finished: bool = False
    seconds: float = 0


class Memo(Struct, frozen=True, omit_defaults=True):
    """The adapter's state of a call.

    `token` stands in every URL of the call, so that nobody steers it by guessing its id; `ours` is our number in it.
    `turn` is the turn that the actions `document` belong to, `wait` what it ends in. `cost` is how many of these
    actions are executed at most, `spent` how many the call may have executed so far. `typed` tells that keys came with
    the last input, so that more may be on their way; `cut` is what is known of it when it reached us up to a `#` only,
    and `rest` what came after that; `rounds` how often we have been asked in vain in this turn, and `elapsed` how many
    seconds of a recording will have passed when we are asked next. `far` are the legs of a transfer, `tape` the
    recording of this turn, `served` that an agent took the caller, `muted` that the carrier mutes the caller. `refused`
    says what could not be asked of the carrier, `exhausted` that the flow was told that its actions are used up, `over`
    that the call has ended. Of a transfer in which who answers hears something first, `accepted` is the leg that has
    accepted, `member` the caller's place in the room where they meet, `released` that the caller was put out of it.
    """

    call: str
    token: str
    ours: str = ""
    turn: int = 0
    document: str = ""
    wait: Pending | None = None
    cost: int = 0
    spent: int = 0
    typed: bool = False
    cut: str = ""
    rest: str = ""
    rounds: int = 0
    elapsed: float = 0
    far: tuple[Far, ...] = ()
    tape: Tape | None = None
    served: bool = False
    muted: bool = False
    refused: str = ""
    exhausted: bool = False
    over: bool = False
    accepted: str = ""
    member: str = ""
    released: bool = False
