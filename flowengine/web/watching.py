"""One call as the page is told of it: its state, what is awaited, what is heard, and where its flow is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from flowengine.compiler.build import Build
from flowengine.core.commands import Listen
from flowengine.core.machine import Turn
from flowengine.runtime.store import CallRecord
from flowengine.sandbox.happenings import Happening
from flowengine.sandbox.network.leg import Awaiting, Leg
from flowengine.web.messages import Answered, Awaited, Call, Did, Heard, News, Place, Recorded, Source, Trouble

_HIDDEN = "•"

_ENDS: dict[str, str] = {"gather": "timeout", "record": "max_length", "dial": "timeout", "pause": "length"}
"""For what the carrier does, the data that says after how many seconds it ends by itself."""


class Watch:
    """Follows one leg, and tells what happens to it."""

    def __init__(
        self, leg: Leg, builds: Mapping[str, Build], tell: Callable[[News], None], clock: Callable[[str], str]
    ) -> None:
        """`builds` are the versions of the project that may be shown, by their names; `clock` gives what the clock of a
        call shows."""
        self.leg = leg
        self._builds = builds
        self._tell = tell
        self._clock = clock
        self._shown: set[tuple[str, str]] = set()
        self._secret = False
        self._record = ""
        self._awaiting: Awaiting | None = None
        self._since = leg.clock.now()

    async def run(self) -> None:
        """Tell each change of the call, until it is over."""
        leg = self.leg
        state = None
        while True:
            if leg.state is not state or leg.awaiting is not self._awaiting:
                state = leg.state
                self._take(leg.awaiting)
                self._tell(self.call())
            if leg.is_over:
                return
            await leg.clock.wait(leg.changed)

    def _take(self, awaiting: Awaiting | None) -> None:
        if awaiting is self._awaiting:
            return
        now = self.leg.clock.now()
        if self._awaiting is not None and self._awaiting.kind == "request":
            self._tell(Answered(round((now - self._since) * 1000, 1)))
        self._awaiting, self._since = awaiting, now

    def call(self) -> Call:
        """The call as it is now."""
        leg = self.leg
        return Call(
            leg.id,
            leg.caller,
            leg.callee,
            leg.direction,
            leg.state.value,
            leg.is_over,
            round(leg.seconds_talked, 2),
            None if leg.is_over else self._awaited(),
            self._clock(leg.id),
            self._record,
        )

    def _awaited(self) -> Awaited | None:
        awaiting = self._awaiting
        if awaiting is None:
            return None
        data = awaiting.data
        end = data.get(_ENDS.get(awaiting.kind, ""))
        seconds = None if end is None else max(0.0, self._since + float(end) - self.leg.clock.now())
        detail = data.get("numbers") or data.get("name") or data.get("input") or ""
        return Awaited(awaiting.kind, seconds, ", ".join(detail) if isinstance(detail, list) else str(detail))

    # What others tell.

    def happened(self, happening: Happening) -> None:
        """Something happened to this leg."""
        match happening.kind:
            case "heard":
                self._tell(Heard(happening.data["sort"], happening.text, happening.data["language"]))
            case "keys":
                keys = _HIDDEN * len(happening.text) if self._secret else happening.text
                self._tell(Did("keys", keys))
                self._restart_timer()
            case "spoke":
                self._tell(Did("spoke", _HIDDEN if self._secret else happening.text))
            case "recording":
                path = urlsplit(str(happening.data["url"])).path
                self._tell(Recorded(path, float(happening.data["seconds"])))
            case "error":
                self._tell(Trouble(happening.text))

    def turned(self, record: CallRecord, turn: Turn) -> None:
        """The flow took a turn."""
        self._record = record.id
        self._secret = isinstance(turn.wait, Listen) and turn.wait.sensitive
        entries = [entry for entry in turn.entries if entry.line > 0]
        version = record.session.program
        build = self._builds.get(version)
        if not entries or build is None or build.program is None:
            return
        last = entries[-1]
        file = build.program.flows[last.flow].file
        if (version, file) not in self._shown:
            self._shown.add((version, file))
            self._tell(Source(file, version, build.sources.flows.get(file, "")))
        path = [entry.line for entry in entries if entry.flow == last.flow]
        self._tell(Place(last.flow, last.step, last.line, file, version, list(dict.fromkeys(path))))

    def _restart_timer(self) -> None:
        """A key while keys are collected: from here on, it is the time between two keys that counts."""
        awaiting = self._awaiting
        if awaiting is not None and awaiting.kind == "gather":
            data = awaiting.data
            self._since = self.leg.clock.now() + data["interdigit_timeout"] - data["timeout"]
            self._tell(self.call())
