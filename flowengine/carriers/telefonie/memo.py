"""What the adapter remembers of a call between two webhooks."""

from __future__ import annotations

from msgspec import Struct

from flowengine.core.commands import Conference, Dial, Enqueue, Fetch, Listen, Record, SendText

Pending = Listen | Record | Dial | Conference | Enqueue | Fetch | SendText


class Memo(Struct, frozen=True, omit_defaults=True, gc=False):
    """The adapter's state of a call.

    `token` stands in every URL of the call, so that nobody steers it by guessing its id. `turn` is the turn that the
    document `document` belongs to, `wait` what it ends in. `joined` is the turn that entered the queue the caller is
    in; `holding` that its waiting document is asked for just now. `screened` tells what the called party did: `asked`,
    `accepted`. `status` is the last final status of the call, `leaving` that it is over but a result may still come.
    """

    call: str
    token: str
    turn: int = 0
    document: str = ""
    wait: Pending | None = None
    joined: int = 0
    holding: bool = False
    screened: str = ""
    status: str = ""
    leaving: bool = False
