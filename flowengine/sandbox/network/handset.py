"""The phone in a person's hand: everything that somebody at a phone can do, and what they get to hear.

The script runner, the terminal phone, the web phone and the phones that act by themselves all use this one interface.
"""

from typing import Literal

from flowengine.sandbox.network.leg import KEYS, Awaiting, Heard, Leg, LegState, Utterance


class Handset:
    """One leg, seen from its phone."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg

    @property
    def state(self) -> LegState:
        """The state of the call."""
        return self.leg.state

    @property
    def heard(self) -> list[Heard]:
        """Everything heard so far, in order."""
        return self.leg.heard

    @property
    def awaiting(self) -> Awaiting | None:
        """What the carrier does with the call just now, as far as it takes time."""
        return self.leg.awaiting

    def is_in(self, kind: str) -> bool:
        """Whether the carrier does this with the call just now, perhaps with something else inside it."""
        awaiting = self.leg.awaiting
        while awaiting is not None and awaiting.kind != kind:
            awaiting = awaiting.within
        return awaiting is not None

    def answer(self, by: Literal["human", "machine", "fax", "unknown"] = "human", greeting: float = 0.0) -> None:
        """Take the call.

        Args:
            by: What machine detection will find.
            greeting: Seconds that a machine speaks before its beep.

        Raises:
            RuntimeError: the phone does not ring.
        """
        if self.leg.state is not LegState.RINGING:
            raise RuntimeError(f"the phone cannot be answered: the call is {self.leg.state}")
        self.leg.answered_by, self.leg.greeting = by, greeting
        self.leg.move_to(LegState.IN_PROGRESS)

    def refuse(self, state: LegState = LegState.BUSY) -> None:
        """Do not take the call: `BUSY`, `NO_ANSWER` or `FAILED` is what the caller learns."""
        self.leg.hung_up_by = "phone"
        self.leg.move_to(state)

    def press(self, keys: str) -> None:
        """Press `keys`, of `0-9*#A-D`. They wait when nothing listens.

        Raises:
            ValueError: something else is among them.
            RuntimeError: there is no call to press them into.
        """
        if not set(keys) <= KEYS:
            raise ValueError(f"{keys!r} holds something else than 0-9, *, # and A-D")
        self._require_call("press keys")
        self.leg.bulletin.tell("keys", self.leg.id, keys)
        self.leg.press(keys)

    def speak(self, text: str, confidence: float = 0.9) -> None:
        """Say `text`, which speech recognition understands with `confidence` (0 to 1)."""
        self._require_call("speak")
        self.leg.say(Utterance(text, confidence))

    def leave(self, seconds: float, text: str = "", *, then_hang_up: bool = False) -> None:
        """Talk for `seconds` into the recording that runs; `text` is its transcript. No time passes in here.

        Raises:
            RuntimeError: nothing records.
        """
        dictation = self.leg.dictation
        if dictation is None:
            raise RuntimeError("nothing records what is said")
        dictation.talk(self.leg.clock.now(), seconds, text)
        self.leg.bulletin.tell("spoke", self.leg.id, text, seconds=seconds)
        if then_hang_up:
            self.hang_up()
        self.leg.changed.fire()

    def hang_up(self) -> None:
        """Put the phone down; of a call that rings here, this declines it."""
        self.leg.hang_up("phone")

    def _require_call(self, wish: str) -> None:
        if self.leg.is_over:
            raise RuntimeError(f"cannot {wish}: the call is {self.leg.state}")
