"""What happens in the network, told to whoever shows or records it: a terminal, a console, a test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from flowengine.sandbox.clock import Clock

Kind = Literal["call", "heard", "keys", "spoke", "request", "recording", "conference", "queue", "error"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    Attributes:
        seconds: When, in seconds of the network's clock.
        time: When, as a time of day (UTC).
        kind: `call` (a state), `heard` (by the phone), `keys` and `spoke` (by the person at it), `request` (a webhook
            was called), `recording`, `conference`, `queue`, or `error`.
        call_id: The leg it happened to, empty where it is no single one's.
        text: In words, for people.
        data: The same for programs.
    """

    seconds: float
    time: datetime
    kind: Kind
    call_id: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


class Bulletin:
    """Hands every happening to all observers, in order. An observer must be quick and must not raise."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._observers: list[Callable[[Happening], None]] = []

    def observe(self, observer: Callable[[Happening], None]) -> Callable[[], None]:
        """Call `observer` with every happening from now on; returns what ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def tell(self, kind: Kind, call_id: str, text: str, **data: Any) -> None:
        """Tell all observers."""
        if self._observers:
            happening = Happening(self._clock.now(), self._clock.wall(), kind, call_id, text, data)
            for observer in list(self._observers):
                observer(happening)
