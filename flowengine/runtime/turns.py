"""The turns of calls: taken, saved, and only then let out.

One event may take several turns: as long as nothing is to be heard, data that a flow waits for is waited for here.
What an event changed, its answer, and what is to leave go into the store together, before the answer leaves.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from msgspec.structs import replace

from flowengine.carriers.contract import About, Carrier, Message, Reply, Request, Step, Timer
from flowengine.core.commands import QUEUE, Dial, Effect, Fetch, SendText
from flowengine.core.commands import Log as LogEffect
from flowengine.core.events import Dialled, Event, Fetched, TimeUp
from flowengine.core.machine import Turn
from flowengine.runtime.background import Background
from flowengine.runtime.caps import Caps
from flowengine.runtime.gathering import WAITS, Gathering, interrupted, is_safe, longest
from flowengine.runtime.health import Health
from flowengine.runtime.limits import Limits
from flowengine.runtime.locks import Locks
from flowengine.runtime.log import Log
from flowengine.runtime.observing.watch import Watch
from flowengine.runtime.outbox import Outbox, outgoing
from flowengine.runtime.outside import Outside, Undelivered
from flowengine.runtime.projects import Projects
from flowengine.runtime.recent import Recent, UnsureError
from flowengine.runtime.records import detail
from flowengine.runtime.store import CallRecord, Change, ConflictError, MemoryStore, Store
from flowengine.runtime.waiting import Deadlines, stage
from flowengine.runtime.work import Work

T = TypeVar("T")
Observer = Callable[[CallRecord, Event, Turn], None]
"""Told each turn after it is saved. It must be quick, and must not raise."""

NO_CONTENT = Reply(status=204)
LENGTH = "length"
"""The timer that ends a call at its longest time."""

_DATA = "data"
"""The timer after which somebody else goes on with a flow whose caller has left."""

_DATA_WAITS = (Fetch, SendText)
_NOT_YET = frozenset({Fetch, SendText, Dial})
"""Waits that may be over before the carrier hears of them."""

_SOON = 5.0
"""Seconds: timers up to here ring by themselves, later ones by the sweep."""

_LOOK = 0.2
"""Seconds between two looks for data that another worker gets."""


def _result(task: asyncio.Task[Event]) -> Event | None:
    """What a task has brought; None when it has not ended, or was given up."""
    return task.result() if task.done() and not task.cancelled() else None


class OvertakenError(ConflictError):
    """Somebody else has changed the call since the first of an event's turns were saved: they have had effect."""


class Turns:
    """Takes the turns of all calls. Whoever calls a method holds the lock of the call, unless it says otherwise."""

    def __init__(
        self,
        projects: Projects,
        store: Store,
        carriers: Mapping[str, Carrier],
        outside: Outside,
        *,
        clock: Callable[[], float],
        limits: Limits,
        log: Log,
        locks: Locks,
        gathering: Gathering,
        background: Background,
        outbox: Outbox,
        health: Health,
        caps: Caps,
        watch: Watch,
    ) -> None:
        self._projects = projects
        self._store = store
        self._carriers = carriers
        self._outside = outside
        self._clock = clock
        self._limits = limits
        self._log = log
        self._locks = locks
        self._gathering = gathering
        self._background = background
        self._outbox = outbox
        self._health = health
        self._caps = caps
        self._watch = watch
        self.observers: list[Observer] = []
        self.recent = Recent()
        self._deadlines = Deadlines()
        self._memory = store if isinstance(store, MemoryStore) else None
        self._finishing: set[str] = set()

    # --------------------------------------------------------------------------------------------------------- a turn

    def go_on(
        self, work: Work, message: Message, about: About, event: Event, step: Step | None = None
    ) -> Coroutine[Any, Any, Reply]:
        """Take the event, and turns as long as data comes in time; save; answer."""
        if self._watch.tracing is None:
            return self._go_on(work, message, about, event, step)
        return self._traced(work, message, about, event, step)

    async def _traced(self, work: Work, message: Message, about: About, event: Event, step: Step | None) -> Reply:
        with self._watch.turning(work.record.id):
            return await self._go_on(work, message, about, event, step)

    async def _go_on(self, work: Work, message: Message, about: About, event: Event, step: Step | None) -> Reply:
        began = time.perf_counter()
        turn = work.step(event)
        await stage()
        if turn is None:
            if not work.sure:
                raise UnsureError
            return await self._no_turn(work, step, message, about)
        if type(turn.wait) not in _NOT_YET:
            return await self._answer(work, message, about, began)
        version = work.record.version
        try:
            await self._gather(work, message, began + self._limits.answer)
            return await self._answer(work, message, about, began)
        except ConflictError as error:
            if work.record.version == version:
                raise
            raise OvertakenError from error

    async def _gather(self, work: Work, message: Message, deadline: float) -> None:
        """Take further turns: past a call that may not be placed, and with data that comes before the deadline."""
        while work.turn is not None and type(work.turn.wait) in _NOT_YET:
            wait = work.turn.wait
            if not work.sure:
                raise UnsureError  # nothing is counted or asked for twice because of what is only remembered
            if isinstance(wait, Dial):
                if not await self._is_capped(work, wait) or not work.step(Dialled(self._clock(), "failed")):
                    return
                continue
            if not isinstance(wait, Fetch | SendText) or work.heard or work.session.gone:
                return
            if not is_safe(wait):
                # It must not happen twice: what led to it is saved first.
                await self._commit(work, message, "")
            task = self._ask(work, wait)
            await asyncio.wait({task}, timeout=max(0.0, deadline - time.perf_counter()))
            event = _result(task)
            if event is None or not work.step(event):
                return

    async def _is_capped(self, work: Work, wait: Dial) -> bool:
        if all(target.startswith(QUEUE) for target in wait.targets):
            return False
        call, allowed = work.record.id, work.program.project.transfers
        reason = await self.within(self._caps.refuse("transfer", allowed, call))
        if reason:
            self._log.warning("not dialled", call=call, reason=reason)
        return bool(reason)

    async def _answer(self, work: Work, message: Message, about: About, began: float) -> Reply:
        whole, record = work.whole, work.record
        performed = work.carrier.perform(record.memo, whole, asked=about.wants_document)
        reply = (performed.reply if about.wants_document else None) or NO_CONTENT
        # Whoever was given the last document may ask for it again: news that want none, like a hang-up, leave it.
        last = reply if about.wants_document or about.key else record.reply
        await self._commit(work, message, about.key, performed, last)
        if isinstance(whole.wait, _DATA_WAITS):
            self._ask(work, whole.wait)
            if work.session.gone:
                self._go_on_alone(work.record.id)
            else:
                self._background.start(self._bring(work.record.id, whole.number), "data for a flow")
        if len(performed.outputs) > 1 or not about.wants_document:
            self.tell(work.carrier, performed, record.id)
        if work.event is not None:
            self._watch.turn(work.record, work.event, whole, message.at, time.perf_counter() - began)
            for observer in self.observers:
                observer(work.record, work.event, whole)
        if self._log.wants(logging.INFO):
            self._write(work, whole, began)
        return reply

    async def _no_turn(self, work: Work, step: Step | None, message: Message, about: About) -> Reply:
        """The event has no place now: what it changed is kept, and the carrier gets the present answer again."""
        if work.session is not work.record.session or (step is not None and step.outputs):
            await self._commit(work, message, "")
        if work.session.gone and work.session.waiting_for in WAITS:
            self._go_on_alone(work.record.id)
        if not about.wants_document:
            return NO_CONTENT
        return work.record.reply or self.sorry(work.carrier)

    async def _commit(
        self, work: Work, message: Message, key: str, performed: Step | None = None, reply: Reply | None = None
    ) -> None:
        """Save what the event has changed; with what the carrier has `performed`, and the answer, if that is known."""
        record, at, session = work.record, message.at, work.session
        timers, memo = record.timers, record.memo
        if performed is None:
            reply = record.reply
        else:
            memo, timers = performed.memo, self.timers(record, performed, at)
        wait = work.turn.wait if work.turn is not None else record.pending
        pending, until, arrived = None, 0.0, None
        if isinstance(wait, _DATA_WAITS):
            pending = wait
            if work.turn is None:
                until, arrived = record.pending_until, record.arrived  # the same wait goes on
            else:
                until = self._clock() + longest(wait, self._limits)
        if _DATA in timers:
            timers = {name: due for name, due in timers.items() if name != _DATA}
        if session.phase == "ended":
            timers = {}
        elif pending is not None and session.gone:
            timers = {**timers, _DATA: until}  # nobody will ask for it: if this worker dies, another goes on then
        changed = CallRecord(
            record.id,
            record.version + 1,
            record.carrier,
            session,
            memo,
            key or record.key,
            reply,
            record.opened,
            pending,
            timers,
            record.flow,
            record.arguments,
            at,
            until,
            arrived,
        )
        effects = work.effects
        leaving = [item for effect in effects if (item := outgoing(effect, record, at))] if effects else ()
        # What was over before and is only told again keeps the record that it has.
        stays = detail(changed, work.turn.wait) if work.turn is not None and changed.ended else None
        change = Change(changed, bool(key), work.journal, leaving, stays)
        if self._memory is None:
            await self.save(change)
        else:
            self._memory.put(change)
            self.recent.keep(changed)
        self._gathering.settle(record.id, None if pending is None else session.turn)
        work.record, work.journal = changed, []
        if effects:
            work.effects = []
            self._log_effects(effects, record.id)
        if leaving:
            self._background.start(self._outbox.send(), "what is to leave")

    def _log_effects(self, effects: Sequence[Effect], call: str) -> None:
        for effect in effects:
            if isinstance(effect, LogEffect):
                level = logging.getLevelNamesMapping().get(effect.level.upper(), logging.INFO)
                self._log(effect.text, level, call=call)

    def _write(self, work: Work, turn: Turn, began: float) -> None:
        frame = work.session.frames[-1]
        wait = turn.wait.__struct_config__.tag
        got = work.event.__struct_config__.tag if work.event is not None else ""
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        self._log("turn", call=work.record.id, flow=frame.flow, turn=turn.number, got=got, wait=wait, ms=milliseconds)

    # ------------------------------------------------------------------------------------------------- data of a flow

    def _ask(self, work: Work, wait: Fetch | SendText) -> asyncio.Task[Event]:
        return self._gathering.ask(work.record.id, work.session.turn, work.carrier, work.program, wait)

    async def _bring(self, call: str, turn: int) -> None:
        """Keep data that has come in the store, for whichever worker the carrier will ask for it."""
        task = self._gathering.asked(call, turn)
        if task is None:
            return
        await asyncio.wait({task})
        while (event := _result(task)) is not None:
            async with self._locks.hold(call):
                record = await self.load(call)
                if record is None or record.session.turn != turn or record.pending is None:
                    self._gathering.settle(call, None if record is None else record.session.turn)
                    return
                with suppress(ConflictError):
                    if record.arrived is None:
                        await self.save(Change(replace(record, arrived=event, version=record.version + 1)))
                    self._gathering.settle(call, None)
                    return

    async def data(self, work: Work, within: float | None) -> Event | None:
        """The data that the call waits for; None when it is not there in time."""
        found = self._look(work)
        if found is None:
            await asyncio.sleep(_LOOK)
        if not isinstance(found, asyncio.Task):
            return found
        await asyncio.wait({found}, timeout=within)
        return _result(found)

    def _look(self, work: Work) -> Event | asyncio.Task[Event] | None:
        """The data that the call waits for, or the task that gets it; None while another worker is at it, who will put
        it in the store."""
        record, now = work.record, self._clock()
        wait = record.pending
        if wait is None:
            return Fetched(now, error="nothing was asked")
        if record.arrived is not None:
            return record.arrived
        if self._gathering.asked(record.id, record.session.turn) is None:
            if now < record.pending_until:
                return None
            if not is_safe(wait):
                return interrupted(wait, now)
        return self._ask(work, wait)

    def _go_on_alone(self, call: str) -> None:
        """Let a flow whose caller has left take its data as it comes in: nobody will ask for it."""
        if call not in self._finishing:
            self._finishing.add(call)
            self._background.start(self._finish(call), "a flow whose caller has left")

    async def _finish(self, call: str) -> None:
        try:
            while True:
                async with self._locks.hold(call):
                    record = await self.load(call)
                    if record is None or record.ended or record.session.waiting_for not in WAITS:
                        return
                    program = await self._projects.version(record.session.program, self._store)
                    work = Work(self._carriers[record.carrier], program, record)
                    found = self._look(work)
                    event = _result(found) if isinstance(found, asyncio.Task) else found
                    if event is not None:
                        if not work.step(event):
                            return
                        message, about = Message((), {}, self._clock()), About(call, wants_document=False)
                        with self._watch.turning(call), suppress(ConflictError):
                            await self._answer(work, message, about, time.perf_counter())
                # The lock is free meanwhile: the carrier repeats its news, and is answered at once.
                if isinstance(found, asyncio.Task):
                    await asyncio.wait({found})
                elif found is None:
                    await asyncio.sleep(_LOOK)
        finally:
            self._finishing.discard(call)

    # --------------------------------------------------------------------------------------------------------- timers

    def timers(self, record: CallRecord, step: Step, at: float) -> dict[str, float]:
        """The timers of a call with those that a step asks for; one that is near begins to run."""
        timers = record.timers
        for output in step.outputs:
            if isinstance(output, Timer):
                timers = {**timers, output.name: at + output.seconds}
                if output.seconds <= _SOON:
                    self._background.start(self._ring_after(output.seconds, record.id), f"timer {output.name}")
        return timers

    async def _ring_after(self, seconds: float, call: str) -> None:
        await asyncio.sleep(seconds)
        await self.ring(call)

    async def ring(self, call: str) -> None:
        """Let the timers of a call ring that are due.

        Raises:
            StoreError, TimeoutError: the store is away; they ring later.
            ConflictError: another worker was quicker with one of them.
        """
        async with self._locks.hold(call):
            while record := await self.load(call):
                now = self._clock()
                due = [name for name, at in record.timers.items() if at <= now]
                if not due:
                    return
                await self._time_is_up(record, due[0], now)

    async def _time_is_up(self, record: CallRecord, name: str, now: float) -> None:
        carrier = self._carriers[record.carrier]
        timers = {timer: at for timer, at in record.timers.items() if timer != name}
        if name == LENGTH:
            step = Step(record.memo, (), TimeUp(now))
        elif name == _DATA:
            self._go_on_alone(record.id)
            step = Step(record.memo)
        else:
            step = carrier.receive(record.memo, Message(("timer", name), {}, now))
        if step.event is None or record.ended:
            await self.save(Change(replace(record, memo=step.memo, timers=timers, version=record.version + 1)))
            self.tell(carrier, step, record.id)
            return
        program = await self._projects.version(record.session.program, self._store)
        work = Work(carrier, program, replace(record, memo=step.memo, timers=timers))
        await self.go_on(work, Message(("timer", name), {}, now), About(record.id, wants_document=False), step.event)

    # -------------------------------------------------------------------------------------------- the carrier is told

    def sorry(self, carrier: Carrier) -> Reply:
        """The safe document: the project's apology."""
        settings = self._projects.settings
        return carrier.sorry(str(settings["apology"]), str(settings["language"]))

    def tell(self, carrier: Carrier, step: Step, call: str) -> None:
        """Send what a step asks of the carrier's API."""
        for output in step.outputs:
            if isinstance(output, Request):
                self._background.start(self._request(carrier, output, call), "request to the carrier")

    async def _request(self, carrier: Carrier, request: Request, call: str) -> None:
        try:
            await self._outside.tell(carrier, request)
        except Undelivered as error:
            self._log.warning("the carrier was not told", call=call, reason=error.reason)

    # ------------------------------------------------------------------------------------------------------ the store

    async def within(self, work: Coroutine[Any, Any, T]) -> T:
        """What the store gives. Raises TimeoutError when it takes longer than it may."""
        limits = self._limits
        # Callers queue up behind each other: while the store is away, none of them waits long.
        seconds = min(limits.store, limits.store_away) if self._health.degraded else limits.store
        return await self._deadlines.within(seconds, work)

    async def load(self, call: str) -> CallRecord | None:
        """The call as the store has it. Raises StoreError, TimeoutError."""
        return await self.within(self._store.load(call))

    async def save(self, change: Change) -> None:
        """Make the change. Raises StoreError, TimeoutError, ConflictError."""
        try:
            await self.within(self._store.save(change))
        except BaseException:
            self.recent.drop(change.record.id)
            raise
        self.recent.keep(change.record)
