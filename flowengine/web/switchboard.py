"""All open tabs: each is a phone. Calls of the simulated network ring at those that are free."""

from __future__ import annotations

from typing import Protocol

from flowengine.compiler.build import Build
from flowengine.core.events import Event
from flowengine.core.machine import Turn
from flowengine.runtime.store import CallRecord
from flowengine.sandbox import Handset, Happening, LegState, Sandbox
from flowengine.sandbox.network.leg import Leg
from flowengine.server.serving import Server
from flowengine.web.messages import Behave, Behaving, Network, News
from flowengine.web.placing import Placing, names
from flowengine.web.project import describe
from flowengine.web.watching import Watch

_KEPT = 16
"""Versions of the project of which the source can be shown."""


class Phone(Protocol):
    """A tab, as the switchboard sees it."""

    watch: Watch | None

    def wants(self, number: str, is_anybodys: bool) -> bool:
        """Whether it rings for calls to this number; `is_anybodys`: no behaviour is set up for it."""
        ...

    def ring(self, leg: Leg) -> None:
        """Begin to ring."""
        ...

    def quiet(self, leg: Leg) -> None:
        """Ring no more."""
        ...

    def tell(self, news: News) -> None:
        """Send the page something."""
        ...


class Switchboard:
    """Connects tabs with the network, the engine and the project.

    Attributes:
        phones: The open tabs.
        placing: Places their calls.
        builds: The latest versions of the project, by name.
    """

    def __init__(self, sandbox: Sandbox, server: Server) -> None:
        """Begin to listen to all three."""
        self.sandbox = sandbox
        self.phones: list[Phone] = []
        self.placing = Placing(sandbox, server)
        self.builds: dict[str, Build] = {}
        self._projects = server.projects
        self._last = server.build
        self._ringing: dict[str, tuple[Handset, list[Phone]]] = {}
        sandbox.bulletin.observe(self._happened)
        sandbox.network.operators.append(self._operator)
        server.engine.observe(self._turned)
        self._keep(server.build)

    # Tabs come and go.

    def enter(self, phone: Phone) -> None:
        """A tab was opened."""
        self.phones.append(phone)
        phone.tell(describe(self._projects, self._last))
        phone.tell(self._network())

    def leave(self, phone: Phone) -> None:
        """A tab was closed: what rang only there cannot be answered any more."""
        self.phones.remove(phone)
        for call in list(self._ringing):
            self._refuse(call, phone, LegState.NO_ANSWER)

    def rebuilt(self, build: Build) -> None:
        """The project was saved, and built."""
        self._last = build
        self._keep(build)
        self._tell_all(describe(self._projects, build))

    def _keep(self, build: Build) -> None:
        """Keep a version for as long as a call that began with it may be watched."""
        if build.program is None:
            return
        self.builds[build.program.version] = build
        while len(self.builds) > _KEPT:
            del self.builds[next(iter(self.builds))]

    # Phones that act by themselves.

    def behave(self, wish: Behave) -> None:
        """Let phones of the simulated network do this from now on."""
        network = self.sandbox.network
        made = network.ordinary.model_copy(update={"does": wish.does, "after": wish.after})
        # The first that fits counts: the latest word comes first.
        network.phones = {
            wish.number: made,
            **{each: kept for each, kept in network.phones.items() if each != wish.number},
        }
        self._tell_all(self._network())

    def forget(self, number: str) -> None:
        """Let them do what others do."""
        self.sandbox.network.phones.pop(number, None)
        self._tell_all(self._network())

    def _network(self) -> Network:
        phones = self.sandbox.network.phones
        return Network([Behaving(number, each.does, each.after) for number, each in phones.items()])

    def _tell_all(self, news: News) -> None:
        for phone in self.phones:
            phone.tell(news)

    # Calls that ring.

    def answer(self, call: str, phone: Phone) -> Handset | None:
        """Take a call that rings at this phone; None when it rings no more."""
        handset, phones = self._ringing.get(call, (None, []))
        if handset is None or phone not in phones or handset.state is not LegState.RINGING:
            return None
        handset.answer()
        return handset

    def decline(self, call: str, phone: Phone) -> None:
        """Do not take it; where it rings elsewhere, it goes on doing so."""
        self._refuse(call, phone, LegState.BUSY)

    def _refuse(self, call: str, phone: Phone, state: LegState) -> None:
        handset, phones = self._ringing.get(call, (None, []))
        if handset is None or phone not in phones:
            return
        phones.remove(phone)
        phone.quiet(handset.leg)
        if not phones:
            handset.refuse(state)

    def _operator(self, handset: Handset) -> bool:
        """Whether tabs play the phone that rings."""
        leg, network = handset.leg, self.sandbox.network
        if leg.callee in network.lines:
            return False
        is_anybodys = network.behaviour_of(leg.callee) is network.ordinary
        phones = [phone for phone in self.phones if phone.watch is None and phone.wants(leg.callee, is_anybodys)]
        if not phones:
            return False
        self._ringing[leg.id] = handset, phones
        leg.listeners.append(self._no_longer_rings)
        for phone in phones:
            phone.ring(leg)
        return True

    def _no_longer_rings(self, leg: Leg) -> None:
        _, phones = self._ringing.pop(leg.id, (None, []))
        for phone in phones:
            phone.quiet(leg)

    # What the network and the engine tell.

    def _happened(self, happening: Happening) -> None:
        for watch in self._watches(happening.call_id):
            watch.happened(happening)

    def _turned(self, record: CallRecord, _event: Event, turn: Turn) -> None:
        for watch in self._watches(record.id):
            watch.turned(record, turn)

    def _watches(self, call: str) -> list[Watch]:
        watches = [phone.watch for phone in self.phones if phone.watch is not None]
        return [watch for watch in watches if call in names(watch.leg)]
