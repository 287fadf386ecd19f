"""The fields of a webhook, in one vocabulary.

The API's own names are in snake case (`call_id`, `digits`); applications of the TwiML kind say `CallSid`, `Digits`.
Neither is documented for the requests that the carrier makes, so both are read, and become the former.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from flowengine.carriers.contract import Message

CALL_STATUSES = ("queued", "initiated", "ringing", "in-progress")
FINAL_STATUSES = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})

_NAMES = {
    "CallSid": "call_id",
    "AccountSid": "account_id",
    "CallStatus": "status",
    "CallDuration": "duration",
    "ParentCallSid": "parent_call_id",
    "SpeechResult": "speech",
    "DialCallSid": "dial_call_id",
    "RecordingSid": "recording_id",
    "QueueSid": "queue_id",
    "ConferenceSid": "conference_id",
    "Caller": "from",
    "Called": "to",
}
_WITHHELD = frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "private", "+266696687", "266696687"})
_HEADER = "SipHeader_"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=1024)
def _name(name: str) -> str:
    return _NAMES.get(name) or (_HUMP.sub("_", name).lower() if name[:1].isupper() else name)


def signed(message: Message) -> Mapping[str, str]:
    """The fields of a request that its signature covers: those of the body, where it has one."""
    return message.fields if message.of_body is None else message.of_body


def read(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields with the API's own names; a name in both vocabularies keeps the API's value."""
    own = _own_names(tuple(fields))
    if own is not None:
        same = fields if own == () else dict(zip(own, fields.values(), strict=True))
        if "call_id" in same:
            return same
    named = {_name(name): value for name, value in fields.items() if not name.startswith(_HEADER)}
    for name, value in fields.items():
        if name in named:
            named[name] = value
    if "call_id" not in named and "id" in named:
        named["call_id"] = named["id"]  # a status callback may hold the Call object itself
    return named


@lru_cache(maxsize=256)
def _own_names(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The API's own names for these, none where all are; None where one is a header's, or two mean the same.

    A carrier sends the same few sets of names all the time: to look one up takes 1 µs, to name 28 fields 7.
    """
    own = tuple(_name(name) for name in names)
    plain = len(set(own)) == len(own) and not any(name.startswith(_HEADER) for name in names)
    return None if not plain else () if own == names else own


def sip_headers(fields: Mapping[str, str]) -> dict[str, str]:
    """The headers of the call's SIP invitation that the carrier hands on, by name."""
    return {name.removeprefix(_HEADER): fields[name] for name in _of_headers(tuple(fields))}


@lru_cache(maxsize=256)
def _of_headers(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name.startswith(_HEADER))


def number(value: str) -> str:
    """A caller's number; a withheld one reads `anonymous`."""
    text = value.strip()
    return "anonymous" if text.lower() in _WITHHELD else text


def direction(value: str) -> str:
    """`inbound` or `outbound`; `outbound-api` and `outbound-dial` are the latter."""
    return "outbound" if value.startswith("outbound") else "inbound"


def status(value: str) -> str:
    """A call's status in the API's spelling."""
    return value.strip().lower().replace("_", "-").replace("no answer", "no-answer").replace("cancelled", "canceled")


def answered_by(value: str | None) -> str | None:
    """Who took an outbound call: `human`, `machine`, `fax` or `unknown`; None when nobody looked."""
    if not value:
        return None
    text = value.lower()
    if text.startswith("machine"):
        return "machine"
    return text if text in ("human", "fax") else "unknown"


def seconds(value: str | None) -> float:
    """A time in seconds; 0 for what is none."""
    try:
        found = float(value or 0)
    except ValueError:
        return 0.0
    return found if 0 <= found < 1e9 else 0.0


def digits(value: str | None) -> str:
    """The keys among what was sent: `0-9 * # A-D`, and nothing else."""
    if not value or (value.isascii() and value.isdigit()):
        return value or ""
    return "".join(key for key in value if key in "0123456789*#ABCD")
