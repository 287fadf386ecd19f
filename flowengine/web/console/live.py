"""The calls that go on: one row each, as the engine tells its turns."""

from __future__ import annotations

from typing import Any

from flowengine.core.commands import Listen
from flowengine.core.events import Event
from flowengine.core.journal import MASK
from flowengine.core.machine import Turn
from flowengine.runtime.store import CallRecord
from flowengine.web.console.views import CallRow, Live


class Watcher:
    """What has changed since somebody looked."""

    def __init__(self, rows: dict[str, CallRow]) -> None:
        self._rows = rows
        self._changed: set[str] = set()

    def changed(self, call: str) -> None:
        """A call has changed, or is over."""
        self._changed.add(call)

    def take(self) -> Live | None:
        """What has changed since this was asked last; None when nothing has."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, set()
        rows = self._rows
        over = [call for call in changed if call not in rows]
        return Live([rows[call] for call in changed if call in rows], over, whole=False)


class LiveCalls:
    """Keeps the row of each call that goes on."""

    def __init__(self) -> None:
        self.rows: dict[str, CallRow] = {}
        self._secret: set[str] = set()
        self._masked: set[str] = set()
        self._turned: dict[str, int] = {}
        self._values: dict[str, set[str]] = {}
        self._watchers: list[Watcher] = []

    def watch(self) -> Watcher:
        """Begin to gather what changes."""
        watcher = Watcher(self.rows)
        self._watchers.append(watcher)
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        """Nobody asks it any more."""
        self._watchers.remove(watcher)

    def turned(self, record: CallRecord, _event: Event, turn: Turn) -> None:
        """The engine took a turn."""
        call = record.id
        self._turned[call] = record.session.turn
        for frame in record.session.frames:
            if frame.secret:
                values = (frame.variables.get(name) for name in frame.secret)
                self._values.setdefault(call, set()).update(str(value) for value in values if _is_telling(value))
        for watcher in self._watchers:
            watcher.changed(call)
        if call in self._secret or any(entry.kind == "input" and entry.text == MASK for entry, _ in turn.trace):
            self._masked.add(call)
        self._secret.discard(call)
        if record.ended:
            self.rows.pop(call, None)
            return
        if isinstance(turn.wait, Listen) and turn.wait.sensitive:
            self._secret.add(call)
        place = next((entry for entry, _ in reversed(turn.trace) if entry.line > 0), None)
        before = self.rows.get(call)
        at_flow, step, line = ("", "", 0) if before is None else (before.at_flow, before.step, before.line)
        if place is not None:
            at_flow, step, line = place.flow, place.step, place.line
        facts = record.session.call
        self.rows[call] = CallRow(
            call,
            record.flow,
            facts.caller,
            facts.called,
            facts.direction,
            record.carrier,
            facts.started,
            None,
            record.session.waiting_for,
            at_flow,
            step,
            line,
            record.session.turn,
        )

    def heard_secret(self, call: str) -> bool:
        """Whether the message that the engine has just answered may hold a sensitive input."""
        masked = call in self._masked
        self._masked.discard(call)
        # Without a turn, it is still the input that is awaited, or a part of it.
        return masked or (call in self._secret and call not in self._turned)

    def take_values(self, call: str) -> set[str]:
        """The sensitive values that the call has come to hold since this was asked last."""
        return self._values.pop(call, set())

    def take_turn(self, call: str) -> int | None:
        """The turn that the message led to which the engine has just answered; None for one that led to none."""
        return self._turned.pop(call, None)

    def whole(self) -> Live:
        """All of them."""
        return Live(list(self.rows.values()), [], whole=True)


def _is_telling(value: Any) -> bool:
    """Whether a value can be looked for in a text: `true` or a single digit stands everywhere."""
    return isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) > 1
