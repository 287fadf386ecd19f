"""Calls that this process has saved of late, so that the next turn need not ask the store for them.

Another worker may have changed them since. So what is remembered serves only to make a change, which compare-and-set
refuses where it is not the present state; before anything is answered without a change, the store is asked.
"""

from __future__ import annotations

from flowengine.runtime.store import CallRecord

_MOST = 4096


class UnsureError(Exception):
    """What is remembered of a call is not enough here: the store has to be asked."""


class Recent:
    """Remembers calls; those that were saved longest ago are forgotten first."""

    def __init__(self) -> None:
        self._calls: dict[str, CallRecord] = {}

    def get(self, call: str) -> CallRecord | None:
        """The call as it was saved here last."""
        return self._calls.get(call)

    def keep(self, record: CallRecord) -> None:
        """Remember a call as it was saved; one that is over has no next turn."""
        calls, call = self._calls, record.id
        calls.pop(call, None)
        if not record.ended:
            calls[call] = record
        if len(calls) > _MOST:
            del calls[next(iter(calls))]

    def drop(self, call: str) -> None:
        """Forget a call that somebody else has changed, or may have."""
        self._calls.pop(call, None)
