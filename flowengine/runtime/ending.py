"""What ended a call, in one word: for metrics, traces and the records of calls."""

from __future__ import annotations

from flowengine.core.commands import Gone, Hangup, Redirect, Reject, Wait

CALLER = "caller"
REJECT = "reject"
REDIRECT = "redirect"
ERROR = "error"
FLOW = "flow"
LIMIT = "limit-"

WORDS = (FLOW, CALLER, REJECT, REDIRECT, ERROR, LIMIT)
"""The flow hung up, the caller did, the call was refused or handed on, an error or a limit (`limit-turns`) ended it."""


def ending(wait: Wait) -> str:
    """The word for the wait that a call's last turn ends in, as the journal's last entry has it; empty when the call
    goes on."""
    match wait:
        case Hangup():
            return wait.reason
        case Gone():
            return CALLER
        case Reject():
            return REJECT
        case Redirect():
            return REDIRECT
        case _:
            return ""


def is_wrong(word: str) -> bool:
    """Whether a call should not end so."""
    return word == ERROR or word.startswith(LIMIT)
