"""How long things may take, and how many may be under way."""

from __future__ import annotations

from msgspec import Struct


class Limits(Struct, frozen=True):
    """How long things may take, in seconds.

    `answer` is the time that the flow's data may take before a document leaves without it, `store` the time that the
    store may take, and `store_away` the same while it is known to be away. `text` is the longest time that a flow waits
    for the fate of a text message whose sender may have died, `lease` the same for what leaves from the outbox. `kept`
    is how long calls that are over are remembered, `sweep` the time between two looks at timers.
    """

    answer: float = 2.0
    store: float = 2.0
    store_away: float = 0.5
    text: float = 10.0
    lease: float = 60.0
    kept: float = 7200.0
    sweep: float = 1.0
