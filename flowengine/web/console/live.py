"""The calls that go on: one row each, as the engine tells its turns."""

from __future__ import annotations

from flowengine.core.events import Event
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
        for watcher in self._watchers:
            watcher.changed(call)
        if record.ended:
            self.rows.pop(call, None)
            return
        place = next((entry for entry in reversed(turn.entries) if entry.line > 0), None)
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

    def whole(self) -> Live:
        """All of them."""
        return Live(list(self.rows.values()), [], whole=True)
