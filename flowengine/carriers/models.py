"""What all carriers have, in one vocabulary: calls, numbers, messages, money.

Times are aware datetimes, money is a `Decimal` of the major unit of `currency`, durations are seconds. What a carrier
does not tell is None, or empty. `raw` is what the carrier itself has answered, for what has no name here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, TypeVar

import msgspec


class CallState(StrEnum):
    """The state of a call, the same for every carrier."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether the call is over."""
        return self in _FINAL

    def after(self, news: CallState) -> CallState:
        """The state after `news`, which may be late: a state never moves backwards, and a final one stays."""
        if self.is_final or news is CallState.UNKNOWN:
            return self
        return news if news.is_final or _ORDER.index(news) > _ORDER.index(self) else self


_ORDER = (CallState.UNKNOWN, CallState.QUEUED, CallState.INITIATED, CallState.RINGING, CallState.ANSWERED)
_FINAL = frozenset(CallState) - frozenset(_ORDER)

_LAST_WORDS = frozenset({"delivered", "undelivered", "failed", "expired", "rejected", "received"})

_STATES: Mapping[str, CallState] = {
    **{state.value: state for state in CallState},
    "accepted": CallState.QUEUED,
    "answer": CallState.ANSWERED,
    "cancelled": CallState.CANCELED,
    "dialing": CallState.INITIATED,
    "dialing_stub": CallState.INITIATED,
    "ended": CallState.COMPLETED,
    "in_progress": CallState.ANSWERED,
    "noanswer": CallState.NO_ANSWER,
    "ring": CallState.RINGING,
}


def call_state(word: str) -> CallState:
    """What a carrier's word for a state means; `unknown` for a word that no carrier is known to have."""
    plain = word.strip().lower().replace("-", "_")
    return _STATES.get(plain, CallState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call. `reason` is the carrier's own word for why it ended."""

    id: str
    state: CallState
    sender: str = ""
    to: str = ""
    direction: Literal["inbound", "outbound", ""] = ""
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    seconds: int | None = None
    reason: str = ""
    price: Decimal | None = None
    currency: str = ""
    recording_url: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of ours. `target` is what answers it: a URL, a flow's or an agent's id."""

    number: str
    id: str = ""
    label: str = ""
    status: str = ""
    target: str = ""
    monthly: Decimal | None = None
    currency: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableNumber:
    """A number that can be bought."""

    number: str
    label: str = ""
    country: str = ""
    region: str = ""
    features: tuple[str, ...] = ()
    monthly: Decimal | None = None
    upfront: Decimal | None = None
    currency: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text message; `status` is the carrier's own word."""

    id: str
    status: str
    sender: str = ""
    to: str = ""
    text: str = ""
    direction: Literal["inbound", "outbound", ""] = ""
    at: datetime | None = None
    price: Decimal | None = None
    currency: str = ""
    error: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_final(self) -> bool:
        """Whether its status is one of those that nothing comes after."""
        return self.status.lower() in _LAST_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """A conference room."""

    id: str
    name: str = ""
    status: str = ""
    participants: int | None = None
    seats: int | None = None
    created: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody in a conference. `call` is the id of the call that they are in it with."""

    call: str
    conference: str = ""
    status: str = ""
    muted: bool | None = None
    held: bool | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording of a call."""

    id: str
    call: str = ""
    status: str = ""
    seconds: int | None = None
    url: str = ""
    created: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What a minute of a call (`voice`) and a message (`sms`) cost in a country."""

    country: str
    iso: str = ""
    sms: Decimal | None = None
    voice: Decimal | None = None
    currency: str = ""
    route: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What there is to spend."""

    amount: Decimal
    currency: str = ""
    updated: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kyb:
    """How far the verification of a business is.

    `status` is missing, draft, submitted, approved, rejected or revoked; `reason` says why it was rejected.
    """

    status: str
    id: str = ""
    reason: str = ""
    submitted: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """How a carrier's service does. `components` are the words for its parts, by their names."""

    status: str
    notice: str = ""
    components: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook that a carrier tells what happens."""

    id: str
    url: str
    name: str = ""
    events: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a webhook of a carrier has told.

    `event` is the carrier's own word; `key` is the same for a repeat of it. `call` or `message` says what became of
    which, where it is about one.
    """

    event: str
    key: str
    at: datetime | None = None
    call: Call | None = None
    message: Message | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


Model = (
    Call
    | Number
    | AvailableNumber
    | Message
    | Conference
    | Participant
    | Recording
    | Rate
    | Balance
    | Kyb
    | ServiceStatus
    | Webhook
)


def as_json(model: Model) -> dict[str, Any]:
    """A model as JSON, without `raw`."""
    return {each.name: _plain(getattr(model, each.name)) for each in fields(model) if each.name != "raw"}


M = TypeVar("M", Call, Message)


def from_json(kind: type[M], data: Mapping[str, Any]) -> M:
    """The model that `as_json` has written."""
    return msgspec.convert(dict(data), kind)


def after(before: M, news: M) -> M:
    """A call or a message after `news` of it, which may be late: its state never moves backwards, and what is known of
    it is only added to."""
    if isinstance(before, Call) and isinstance(news, Call):
        state = before.state.after(news.state)
        return _filled(news, before, state=state) if state is news.state else _filled(before, news, state=state)
    if isinstance(before, Message) and isinstance(news, Message):
        return _filled(before, news) if before.is_final else _filled(news, before)
    raise TypeError("a call has no news of a message")


def _filled(model: M, other: M, **more: Any) -> M:
    """A model, with what only `other` knows."""
    known = {each.name: getattr(model, each.name) or getattr(other, each.name) for each in fields(model)}
    return replace(model, **(known | more))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value
