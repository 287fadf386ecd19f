"""Calls that a tab places: to a number, or straight into a flow; now, or as if it were another time."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import partial

from flowengine.sandbox import Handset, NumberConfig, Sandbox
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.network.network import LineOwner
from flowengine.sandbox.voipbin.names import uuid_of
from flowengine.server.serving import Server
from flowengine.web.moments import moment, shown


def webhooks(url: str, flow: str = "") -> NumberConfig:
    """Ours at `url`, for a number of the embedded carrier; those of a flow, or of the one that the project names."""
    voice = f"{url}/telefonie/voice"
    return NumberConfig(
        voice_url=f"{voice}/{flow}" if flow else voice,
        fallback_url=f"{url}/telefonie/fallback",
        status_callback=f"{url}/telefonie/status",
    )


def names(leg: Leg) -> tuple[str, str]:
    """What the carriers of the network call a leg in their webhooks: most as the network does, VoIPBIN by a UUID."""
    return leg.id, uuid_of(leg.id)


class Placing:
    """Places calls, and knows which of them have a clock of their own."""

    def __init__(self, sandbox: Sandbox, server: Server) -> None:
        """From now on, calls of the server's engine have the clocks that are known here."""
        self._sandbox = sandbox
        self._server = server
        self._ahead: dict[str, float] = {}
        server.engine.ahead = self.ahead

    def ahead(self, call: str) -> float:
        """By how many seconds the clock of a call is ahead of the real one."""
        return self._ahead.get(call, 0.0)

    def place(self, caller: str, to: str, flow: str, at: str) -> Handset:
        """Call `to`, where `flow` answers if one is named; `at` is the time that it is for the flow, empty for now.

        Raises:
            ValueError: there is no such flow, or `at` is no time.
        """
        ahead = self._ahead_at(at)
        owner: LineOwner | None = None
        if flow:
            program = self._server.projects.program
            if program is None or flow not in program.flows:
                raise ValueError(f"there is no flow {flow!r}")
            owner = partial(self._sandbox.exchange.answer, setup=webhooks(self._server.url, flow))
        handset = self._sandbox.network.place_call(caller, to, owner)
        if ahead and not handset.leg.is_over:
            self._ahead |= dict.fromkeys(names(handset.leg), ahead)
            handset.leg.listeners.append(self._is_over)
        return handset

    def clock(self, call: str) -> str:
        """What the clock of a call showed when it began, for people; empty where it is the real one."""
        ahead = self._ahead.get(call)
        if ahead is None:
            return ""
        return shown(self._server.engine.clock() + ahead, self._zone)

    @property
    def _zone(self) -> tzinfo:
        return self._server.projects.config.zone

    def _ahead_at(self, at: str) -> float:
        if not at.strip():
            return 0.0
        now = self._server.engine.clock()
        return moment(at, datetime.fromtimestamp(now, self._zone)).timestamp() - now

    def _is_over(self, leg: Leg) -> None:
        if leg.is_over:
            for name in names(leg):
                self._ahead.pop(name, None)
