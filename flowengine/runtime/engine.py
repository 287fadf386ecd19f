"""The engine: takes one message of a carrier after the other, and gives the answer.

    claim -> lock the call -> load -> is this event for this turn? -> step, bounded -> save all in one change -> answer

A repeat of an event gets the answer that was given, and nothing happens twice: what an event changed, its answer, and
the effects that are to leave are saved together, before the answer leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from flowengine.carriers.contract import About, Carrier, Message, Opening, Refused, Reply, Step
from flowengine.core import machine
from flowengine.core.events import Started
from flowengine.core.session import SessionVersionError
from flowengine.runtime.background import Background
from flowengine.runtime.caps import Caps
from flowengine.runtime.gathering import WAITS, Gathering
from flowengine.runtime.health import Health
from flowengine.runtime.limits import Limits
from flowengine.runtime.locks import Locks
from flowengine.runtime.log import Log
from flowengine.runtime.observing.watch import Watch
from flowengine.runtime.observing.watched import Watched
from flowengine.runtime.outbox import Outbox
from flowengine.runtime.outside import Outside
from flowengine.runtime.projects import Projects, UnknownVersionError
from flowengine.runtime.recent import UnsureError
from flowengine.runtime.store import CallRecord, Change, ConflictError, Store, StoreError
from flowengine.runtime.sweeper import Sweeper
from flowengine.runtime.turns import LENGTH, NO_CONTENT, Observer, OvertakenError, Turns
from flowengine.runtime.waiting import stage
from flowengine.runtime.work import Work

Listener = Callable[[Carrier, Message, Reply, float], None]
"""Told each message of a carrier, the answer, and the seconds between them. It must be quick, and must not raise."""

_LONGEST_ID = 200
"""Characters: no call begins with a longer id."""


class Engine:
    """Runs the calls of all carriers.

    Attributes:
        ahead: By how many seconds the clock of a new call, by its id, is ahead of the real one.
    """

    def __init__(
        self,
        projects: Projects,
        store: Store,
        carriers: Mapping[str, Carrier],
        outside: Outside,
        *,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        log: Log | None = None,
        watch: Watch | None = None,
    ) -> None:
        """`clock` gives Unix time in seconds."""
        self.projects = projects
        self.store = store
        self.carriers = carriers
        self.watch = watch or Watch()
        self.outside = outside = Watched(outside, self.watch)
        self.clock = clock
        self.limits = limits or Limits()
        self.log = log or Log()
        self.draining = False
        self.ahead: Callable[[str], float] | None = None
        self.health = Health(self.log, self.watch.metrics)
        caps = Caps(store, clock)
        self.outbox = Outbox(store, carriers, outside, projects, caps, clock, self.log, self.limits.lease, self.watch)
        self._locks = Locks()
        self._gathering = Gathering(outside, caps, clock)
        self._background = Background(self.log)
        self._turns = Turns(
            projects,
            store,
            carriers,
            outside,
            clock=clock,
            limits=self.limits,
            log=self.log,
            locks=self._locks,
            gathering=self._gathering,
            background=self._background,
            outbox=self.outbox,
            health=self.health,
            caps=caps,
            watch=self.watch,
        )
        self._sweeper = Sweeper(
            store,
            self.outbox,
            projects,
            self._turns.ring,
            clock=clock,
            limits=self.limits,
            health=self.health,
            log=self.log,
        )
        self._unknown: dict[str, None] = {}
        self._listeners: list[Listener] = []

    @property
    def degraded(self) -> str:
        """Why calls are answered with patience only; empty when all is well."""
        return self.health.degraded

    @property
    def ready(self) -> bool:
        """Whether new calls should come here."""
        return not self.draining and self.projects.program is not None

    def observe(self, observer: Observer) -> None:
        """Tell `observer` each turn from now on."""
        self._turns.observers.append(observer)

    def overhear(self, listener: Listener) -> None:
        """Tell `listener` each message from now on, with its answer."""
        self._listeners.append(listener)

    @property
    def resting(self) -> bool:
        """Whether nothing is under way that will go on by itself within moments."""
        return self._background.idle and self._gathering.idle

    async def start(self) -> None:
        """Begin to look after timers and what is to leave."""
        self._sweeper.start()

    async def close(self) -> None:
        """Stop; what is saved goes on with the next start, or in another worker."""
        self.draining = True
        for part in (self._sweeper, self._background, self._gathering):
            await part.close()

    # ----------------------------------------------------------------------------------------------- messages come in

    async def handle(self, carrier: Carrier, message: Message) -> Reply:
        """The answer to a message. Never raises; a caller is never left with silence."""
        began = time.perf_counter()
        try:
            route = carrier.route(message)
            await stage()
            if isinstance(route, About):
                reply = await self._answer(carrier, message, route, route.call, route.wants_document)
            elif isinstance(route, Opening):
                reply = await self._answer(carrier, message, route, route.facts.id, True)
            elif isinstance(route, Refused):
                reply = self._refuse(carrier, route.status, route.reason, path="/".join(message.path))
            else:
                reply = NO_CONTENT
        except Exception as error:
            self.log.crash("a fault in taking a webhook", error, carrier=carrier.name)
            reply = self._turns.sorry(carrier)
        seconds = time.perf_counter() - began
        self.watch.metrics.webhook(carrier.name, reply.status, seconds)
        for listener in self._listeners:
            try:
                listener(carrier, message, reply, seconds)
            except Exception as error:
                self.log.crash("a fault in a listener", error, carrier=carrier.name)
        return reply

    def _refuse(self, carrier: Carrier, status: int, reason: str, **facts: str) -> Reply:
        self.watch.metrics.refuse(carrier.name, status)
        self.log.warning("webhook refused", carrier=carrier.name, **facts, reason=reason)
        return Reply(f"{reason}\n", "text/plain", status)

    async def _answer(
        self, carrier: Carrier, message: Message, route: Opening | About, call: str, wants_document: bool
    ) -> Reply:
        locks = self._locks
        if not locks.take(call):
            await locks.wait(call)
        try:
            fresh = begun = False
            while True:
                try:
                    if isinstance(route, About):
                        reply = await self._told(carrier, message, route, fresh)
                    else:
                        reply = await self._opened(carrier, message, route, fresh, begun)
                    break
                except (ConflictError, UnsureError) as error:
                    fresh = True  # another worker was quicker, or may have been: look again
                    begun = begun or isinstance(error, OvertakenError)
            self.health.well()
            return reply
        except (StoreError, TimeoutError) as error:
            self.health.failed(error)
            # A document that comes back asks again; anything else is sent again by the carrier.
            return carrier.patience(message) if wants_document else Reply(status=503)
        except SessionVersionError as error:
            self.log.error("the call cannot be read", call=call, error=str(error))
        except UnknownVersionError as error:
            self.log.error("the flow of the call is lost", call=call, version=str(error))
        except Exception as error:
            # The last line of defence: whatever is wrong with us, the caller hears a sentence.
            self.log.crash("a fault in the engine", error, call=call)
        finally:
            locks.release(call)
        return self._turns.sorry(carrier) if wants_document else NO_CONTENT

    async def _opened(self, carrier: Carrier, message: Message, opening: Opening, fresh: bool, begun: bool) -> Reply:
        """A call begins, or is sent to another flow. Unless `fresh`, one that is not remembered is taken for new.
        `begun`: this very message has begun it already, and somebody came between."""
        facts = opening.facts if self.ahead is None else replace(opening.facts, ahead=self.ahead(opening.facts.id))
        record = await self._turns.load(facts.id) if fresh else self._turns.recent.get(facts.id)
        if record is not None:
            if record.carrier != carrier.name:
                return self._refuse(carrier, 409, "there is a call of this id already", call=record.id)
            if opening.key == record.key and record.reply is not None:
                return record.reply
            kept = await self._turns.within(self.store.answer(record.id, opening.key))
            if kept is not None:
                return kept
            if begun or opening.key == record.opened:
                self._be_sure(fresh)
                return await self._goes_on(carrier, message, opening.key, record)
            if not opening.moves:
                self._be_sure(fresh)
                # The last document of a call that is over may send it to where it came from just now.
                return (None if record.ended else record.reply) or self._turns.sorry(carrier)
        program, flow = self.projects.program, opening.flow
        if flow is None:
            ours = facts.called if facts.direction == "inbound" else facts.caller
            flow = self.projects.flow_of(ours)
            if flow is None:
                self._be_sure(fresh)
                self.log.warning("no flow answers this number", call=facts.id, number=ours)
                return self._turns.sorry(carrier)
        if program is None or flow not in program.flows:
            self._be_sure(fresh)
            self.log.warning("there is no such flow", call=facts.id, flow=flow)
            return self._turns.sorry(carrier)
        try:
            session = machine.begin(program, flow, facts, opening.arguments)
        except machine.ArgumentsError as error:
            self._be_sure(fresh)
            self.log.warning("the flow cannot begin", call=facts.id, flow=flow, error=str(error))
            return self._turns.sorry(carrier)
        if not self.projects.is_kept(program, message.at):
            await self._turns.within(self.projects.keep(program, self.store, message.at))
        timers = {LENGTH: message.at + program.project.limits.length}
        version = 0
        if record is not None:
            # Sent here while it goes on: another flow takes over. Turns are counted on, so that no URL means two.
            session.turn, session.answered, version = record.session.turn, record.session.answered, record.version
        new = CallRecord(
            facts.id,
            version,
            carrier.name,
            session,
            carrier.open(opening),
            opened=opening.key,
            timers=timers,
            flow=flow,
            arguments=dict(opening.arguments),
        )
        about = About(facts.id, opening.key)
        reply = await self._turns.go_on(Work(carrier, program, new, fresh), message, about, Started(message.at))
        self.watch.metrics.begun(new)
        return reply

    async def _goes_on(self, carrier: Carrier, message: Message, key: str, record: CallRecord) -> Reply:
        """The answer to an opening that was begun before, and not answered: the flow has had effect, and never begins
        a second time because of it."""
        if key == record.opened and record.session.waiting_for in WAITS:
            return await self._poll(carrier, message, About(record.id, key), record)
        return record.reply or await self._noted(record, carrier.receive(record.memo, message), message)

    def _be_sure(self, fresh: bool) -> None:
        """Before an answer that changes nothing. Raises UnsureError when the store was not asked."""
        if not fresh:
            raise UnsureError

    async def _told(self, carrier: Carrier, message: Message, about: About, fresh: bool) -> Reply:
        record = None if fresh else self._turns.recent.get(about.call)
        if record is None:
            fresh = True
            record = await self._turns.load(about.call) if len(about.call) <= _LONGEST_ID else None
        if record is None or record.carrier != carrier.name:
            self._unknown_call(about.call, message)
            return self._turns.sorry(carrier) if about.wants_document else NO_CONTENT
        if about.key and about.key == record.key and record.reply is not None:
            return record.reply
        step = carrier.receive(record.memo, message)
        if step.event is None or record.session.waiting_for in WAITS:
            self._be_sure(fresh)
            if about.key:
                kept = await self._turns.within(self.store.answer(about.call, about.key))
                if kept is not None:
                    return kept
            reply = step.reply
            if reply is not None and reply.status >= 400:
                self.watch.metrics.refuse(carrier.name, reply.status)
                self.log.warning("webhook refused", call=about.call, path="/".join(message.path[:1]), reason="token")
                return reply
            if about.key and record.session.waiting_for in WAITS:
                return await self._poll(carrier, message, about, record)
        if step.event is None:
            return await self._noted(record, step, message)
        program, version = self.projects.program, record.session.program
        if program is None or program.version != version:
            program = await self.projects.version(version, self.store)
        if step.memo is not record.memo:
            record = replace(record, memo=step.memo)
        return await self._turns.go_on(Work(carrier, program, record, fresh), message, about, step.event, step)

    async def _noted(self, record: CallRecord, step: Step, message: Message) -> Reply:
        """Nothing for the flow: keep what the carrier wants remembered, and answer."""
        timers = self._turns.timers(record, step, message.at)
        if step.memo is not record.memo or timers != record.timers:
            changed = replace(record, memo=step.memo, timers=timers, version=record.version + 1, updated=message.at)
            await self._turns.save(Change(changed))
        self._turns.tell(self.carriers[record.carrier], step, record.id)
        return step.reply or NO_CONTENT

    def _unknown_call(self, call: str, message: Message) -> None:
        call = call[:_LONGEST_ID]
        if call in self._unknown:
            return
        self._unknown[call] = None
        while len(self._unknown) > 1000:
            del self._unknown[next(iter(self._unknown))]
        self.log.warning("webhook for an unknown call", call=call, path="/".join(message.path[:1]))

    async def _poll(self, carrier: Carrier, message: Message, about: About, record: CallRecord) -> Reply:
        """The carrier asks whether the data is there."""
        program = await self.projects.version(record.session.program, self.store)
        work = Work(carrier, program, record)
        event = await self._turns.data(work, self.limits.answer)
        if event is None:
            return carrier.patience(message)
        return await self._turns.go_on(work, message, about, event)

    async def sweep(self) -> None:
        """Let timers that are due ring, and send what is due to leave. Raises StoreError."""
        await self._sweeper.ring_timers()
        await self.outbox.send()
