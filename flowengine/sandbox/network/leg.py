"""One leg: the connection between the network and one phone, from its dialling to its end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from flowengine.sandbox.clock import Clock, Signal
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.audio import Tape, has_voice, seconds_of
from flowengine.sandbox.network.media import Media

Direction = Literal["inbound", "outbound"]
KEYS = frozenset("0123456789*#ABCD")


class LegState(StrEnum):
    """A leg's state. It only ever moves forward; the last five are final."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the phone's ear got: `text` is what was said, a sound's source, or the keys that were played."""

    seconds: float
    kind: Literal["say", "play", "beep", "digits", "music"]
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What the carrier does with the leg just now, as far as it takes time.

    Kinds: `prompt`, `pause` (data: length), `gather` (input, num_digits, finish_on_key, timeout, interdigit_timeout),
    `record` (max_length, finish_on_key, timeout), `dial` (numbers, timeout), `bridge`, `conference` (name), `queue`
    (name), `request` (url). Times are in seconds. `within` is what it happens in: the prompt of a waiting document is
    heard within a queue.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    within: "Awaiting | None" = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words as the network's speech recognition understood them."""

    text: str
    confidence: float = 0.9


class Dictation:
    """What a person says while a recording runs: how long, and with which words."""

    def __init__(self, leg: "Leg") -> None:
        self.tape = Tape(leg.clock.now())
        self.talked_until = self.tape.started
        self.words: list[str] = []

    @property
    def talked(self) -> bool:
        """Whether anything was said at all."""
        return self.talked_until > self.tape.started

    def talk(self, begin: float, seconds: float, text: str = "") -> None:
        """Somebody talks from `begin` on, for `seconds`."""
        self.talked_until = max(self.talked_until, begin + seconds)
        if text:
            self.words.append(text)


class Leg:
    """One phone's connection.

    The network's side (documents, dials) reads and waits; the person's side acts through a `Handset`. Every change
    fires `changed`.
    """

    def __init__(
        self, leg_id: str, clock: Clock, bulletin: Bulletin, caller: str, callee: str, direction: Direction, parent: str
    ) -> None:
        self.id = leg_id
        self.clock = clock
        self.bulletin = bulletin
        self.caller = caller
        self.callee = callee
        self.direction: Direction = direction
        self.parent_id = parent
        self.state = LegState.QUEUED
        self.created = clock.wall()
        self.answered: datetime | None = None
        self.ended: datetime | None = None
        self.answered_by: str | None = None
        self.greeting = 0.0  # Seconds that an answering machine speaks before its beep.
        self.changed = Signal()
        self.listeners: list[Callable[[Leg], None]] = []
        self.dependants: list[Leg] = []  # Legs that wait for what becomes of this one.
        self.media = Media(clock)
        self.keys = ""
        self.utterance: Utterance | None = None
        self.heard: list[Heard] = []
        self.awaiting: Awaiting | None = None
        self.dictation: Dictation | None = None
        self.hung_up_by: Literal["", "phone", "network"] = ""
        # A leg that a dial made ends with it, unless it was sent to a document of its own in between.
        self.is_released = False
        self.far_end: Leg | None = None  # Where a leg leads that loops back to a line of our own.
        self._answered_at = 0.0
        self._duration = 0.0
        # A key that ends an input, pressed after that input was already full, belongs to it and is thrown away.
        self._late_finish_key = ""

    @property
    def is_over(self) -> bool:
        """Whether the leg's state is final."""
        return self.state not in (LegState.QUEUED, LegState.RINGING, LegState.IN_PROGRESS)

    @property
    def is_answered(self) -> bool:
        """Whether the phone is off the hook, and the leg not over."""
        return self.state is LegState.IN_PROGRESS

    @property
    def seconds_talked(self) -> float:
        """Seconds since it was answered; of a leg that is over, until its end."""
        if self.is_answered:
            return self.clock.now() - self._answered_at
        return self._duration

    def move_to(self, state: LegState) -> bool:
        """Change the state; False, and no change, when the leg is over already or would move backwards."""
        order = (LegState.QUEUED, LegState.RINGING, LegState.IN_PROGRESS)
        if self.is_over or (state in order and order.index(state) <= order.index(self.state)):
            return False
        if state is LegState.IN_PROGRESS:
            self.answered, self._answered_at = self.clock.wall(), self.clock.now()
        elif state not in order:
            self._duration = self.seconds_talked
            self.ended = self.clock.wall()
            self.media.stop()
        self.state = state
        self.bulletin.tell("call", self.id, f"{self.caller} -> {self.callee}: {state}", status=state.value)
        for listener in list(self.listeners):
            listener(self)
        self._changed_for_all()
        return True

    def _changed_for_all(self) -> None:
        self.changed.fire()
        for dependant in self.dependants:
            dependant.changed.fire()

    def hang_up(self, by: Literal["phone", "network"]) -> None:
        """End the leg: `completed` if it was answered; else `busy` where the phone declines it, or `canceled`."""
        if self.is_over:
            return
        self.hung_up_by = by
        if self.is_answered:
            self.move_to(LegState.COMPLETED)
        else:
            self.move_to(LegState.BUSY if by == "phone" and self.direction == "outbound" else LegState.CANCELED)

    async def until(self, condition: Callable[[], bool], within: float | None = None) -> bool:
        """Wait until `condition` holds, looking at it at each change of this leg; False after `within` seconds."""
        deadline = None if within is None else self.clock.now() + within
        while not condition():
            left = None if deadline is None else deadline - self.clock.now()
            if (left is not None and left <= 0) or not await self.clock.wait(self.changed, left):
                return condition()
        return True

    def release(self) -> None:
        """Take the leg out of the dial that made it."""
        self.is_released = True
        self._changed_for_all()

    # What the network does to the phone.

    def tell(self, heard: Heard) -> None:
        """Note what the phone hears."""
        self.heard.append(heard)
        if heard.kind == "digits" and self.far_end is not None:
            self.far_end.press(heard.text)
        self.bulletin.tell("heard", self.id, heard.text, sort=heard.kind, language=heard.language)

    def await_(self, awaiting: Awaiting | None) -> None:
        """Note what the carrier does with the leg."""
        self.awaiting = awaiting
        self.changed.fire()

    def take_key(self) -> str:
        """The first key that waits, removed; empty when none does."""
        key, self.keys = self.keys[:1], self.keys[1:]
        return key

    def clear_keys(self) -> None:
        """Throw away the keys that wait."""
        self.keys = ""

    def expect_late_finish_key(self, key: str) -> None:
        """Throw `key` away if it comes next, before anything listens again."""
        if key and self.keys.startswith(key):
            self.take_key()
        elif not self.keys:
            self._late_finish_key = key

    def forget_late_finish_key(self) -> None:
        """Something listens: from here on every key counts."""
        self._late_finish_key = ""

    # What the person at the phone does.

    def press(self, keys: str) -> None:
        """Keys are pressed; they wait until something listens."""
        if keys and keys[0] == self._late_finish_key:
            keys = keys[1:]
        self._late_finish_key = ""
        self.keys += keys
        self.changed.fire()

    def say(self, utterance: Utterance) -> None:
        """Words are said; heard only by what listens to them at this moment."""
        self.utterance = utterance
        self.changed.fire()
        self.bulletin.tell("spoke", self.id, utterance.text)

    def pick_up_sound(self, pcm: bytes) -> None:
        """The phone's microphone picked up `pcm`."""
        self.media.speak(pcm)
        if self.dictation is not None and has_voice(pcm):
            self.dictation.talk(self.clock.now(), seconds_of(pcm))
