"""What the end of a wait is in our words, from what webhooks have told so far."""

from __future__ import annotations

from flowengine.carriers.voipbin.memo import Far, Memo
from flowengine.carriers.voipbin.rendering import keys_wanted
from flowengine.carriers.voipbin.screening import is_screened
from flowengine.core.commands import Dial, Enqueue, Listen, Record
from flowengine.core.events import ConferenceLeft, Dialled, Event, HungUp, Keys, QueueLeft, Recorded, Silence

ROUNDS = 4
"""How often the carrier is sent to ask again, a second apart, while a webhook is on its way."""

_ROUGHLY = 0.3
"""Seconds that the length of a recording may be off."""

_OUTCOMES = {
    "busy": "busy",
    "noanswer": "noanswer",
    "dialout": "noanswer",
    "timeout": "noanswer",
    "cancel": "noanswer",
    "normal": "noanswer",
    "failed": "failed",
}


def heard(wait: Listen, typed: str, at: float) -> Event:
    """The end of an input. A `#` that ended it was lost on the way, so what is not full is final."""
    if not typed:
        return Silence(at)
    wanted = keys_wanted(wait)
    full = wanted is not None and len(typed) >= wanted
    return Keys(at, typed, final=not (full or any(key in wait.finish for key in typed)))


def recorded(memo: Memo, wait: Record, base_url: str, what: str, at: float) -> Event | None:
    """The end of a recording; None while nothing tells that it has ended."""
    tape = memo.tape
    if tape is not None and tape.finished:
        if what == "result" or tape.seconds > wait.longest - _ROUGHLY:
            return _recorded(memo, base_url, at, tape.seconds)
        # It ended by itself, in silence: what was said is what is before that.
        said = tape.seconds - wait.silence
        return _recorded(memo, base_url, at, said) if said > _ROUGHLY else Recorded(at, None, 0)
    if what == "result" and memo.rounds >= ROUNDS:
        # It was stopped, and no webhook ever came: its id is all that can be known, if that.
        return Recorded(at, None, 0) if tape is None else _recorded(memo, base_url, at, memo.elapsed)
    return None


def _recorded(memo: Memo, base_url: str, at: float, seconds: float, *, left: bool = False) -> Event:
    if memo.tape is None:
        return Recorded(at, None, 0, left=left)
    return Recorded(at, f"{base_url.rstrip('/')}/recordingfiles/{memo.tape.id}", seconds, left=left)


def dialled(memo: Memo, wait: Dial, at: float) -> Event | None:
    """The end of a transfer; None while the webhooks of its legs are on their way."""
    spoken = _spoken(memo)
    if spoken is not None:
        return Dialled(at, "completed", max(0.0, (spoken.ended or at) - spoken.answered))
    if any(far.answered for far in memo.far):
        return Dialled(at, "declined")
    ended = [far for far in memo.far if far.ended]
    if memo.far and len(ended) >= len(wait.targets):
        return Dialled(at, _OUTCOMES.get(ended[-1].reason, "failed"))
    if memo.rounds < ROUNDS:
        return None
    return Dialled(at, _OUTCOMES.get(ended[-1].reason, "failed") if ended else "failed")


def _spoken(memo: Memo) -> Far | None:
    """Who the caller has talked to."""
    if is_screened(memo.wait):
        return next((far for far in memo.far if far.id == memo.accepted), None)
    return next((far for far in memo.far if far.answered), None)


def met(at: float) -> Event:
    """The end of a conference."""
    return ConferenceLeft(at, "ended")


def queued(memo: Memo, at: float) -> Event | None:
    """The end of a queue; None while its webhook is on its way."""
    if memo.served:
        return QueueLeft(at, "answered")
    return QueueLeft(at, "timeout") if memo.rounds >= ROUNDS else None


def left(memo: Memo, at: float, base_url: str = "") -> Event:
    """The caller hung up, in whatever was under way."""
    match memo.wait:
        case Record() if memo.tape is not None:
            return _recorded(memo, base_url, at, memo.tape.seconds, left=True)
        case Record():
            return Recorded(at, None, 0, left=True)
        case Dial() if (spoken := _spoken(memo)) is not None:
            return Dialled(at, "completed", max(0.0, at - spoken.answered), left=True)
        case Enqueue() if memo.served:
            return QueueLeft(at, "answered", left=True)
    return HungUp(at)
