"""What of a carrier's requests must not be shown: told by the turns, asked after each request."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from msgspec import Struct, field

from flowengine.core.commands import Listen
from flowengine.core.events import Event
from flowengine.core.journal import MASK
from flowengine.core.machine import Turn
from flowengine.runtime.store import CallRecord

_MOST_CALLS = 10_000


class Heard(Struct):
    """What is known once a request is answered.

    Attributes:
        turn: The turn that it led to; None for one that led to none.
        is_secret: Whether it may have brought a sensitive input.
        values: The sensitive values that the flow holds since.
    """

    turn: int | None = None
    is_secret: bool = False
    values: set[str] = field(default_factory=set)


class Hidden:
    """Follows which calls await a sensitive input, and what their flows hold of such."""

    def __init__(self) -> None:
        self._listening: OrderedDict[str, None] = OrderedDict()
        self._heard: OrderedDict[str, Heard] = OrderedDict()

    def turned(self, record: CallRecord, _event: Event, turn: Turn) -> None:
        """The engine took a turn."""
        call = record.id
        heard = self._heard.setdefault(call, Heard())
        heard.turn = record.session.turn
        taken = any(entry.kind == "input" and entry.text == MASK for entry in turn.entries)
        heard.is_secret |= taken or call in self._listening
        for frame in record.session.frames:
            values = (frame.variables.get(name) for name in frame.secret)
            heard.values |= {str(value) for value in values if _is_telling(value)}
        self._listening.pop(call, None)
        if isinstance(turn.wait, Listen) and turn.wait.sensitive:
            self._listening[call] = None
        for kept in (self._listening, self._heard):
            while len(kept) > _MOST_CALLS:
                kept.popitem(last=False)

    def heard(self, call: str) -> Heard:
        """What is known of the request of a call that has just been answered."""
        heard = self._heard.pop(call, None)
        # Without a turn, it is still the input that is awaited, or a part of it.
        return Heard(is_secret=call in self._listening) if heard is None else heard


def _is_telling(value: Any) -> bool:
    """Whether a value can be looked for in a text: `true` or a single digit stands everywhere."""
    return isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) > 1
